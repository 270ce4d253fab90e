// Moonraker wants to know who this is.

import { useState } from "preact/hooks";
import { logIn, logInWithKey, rpc } from "../live/store";
import { RpcError } from "../live/rpc";
import { t } from "../words";
import { Button } from "./basics";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { wordsOf } from "./toast";

export function LoginDialog() {
  const [byKey, setByKey] = useState(false);
  const [name, setName] = useState("");
  const [secret, setSecret] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);

  const send = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setWrong("");
    try {
      if (byKey) await logInWithKey(secret.trim());
      else await logIn(name.trim(), secret);
    } catch (error) {
      const isWrong = error instanceof RpcError && [400, 401].includes(error.code);
      setWrong(isWrong ? t("login.wrong") : wordsOf(error));
    } finally {
      setBusy(false);
    }
  };
  const swap = (): void => {
    setByKey(!byKey);
    setSecret("");
    setWrong("");
  };
  return (
    <Dialog
      title={t("login.title")}
      onClose={() => rpc.hurry()}
      dismiss={false}
      onSubmit={send}
      testid="login"
      actions={
        <>
          <Button kind="text" onClick={swap}>{t(byKey ? "login.by_password" : "login.by_key")}</Button>
          <Button kind="primary" submit disabled={busy || !secret} testid="login-send">
            {t("login.log_in")}
          </Button>
        </>
      }
    >
      <p class="dim">{t("login.why")}</p>
      {!byKey && (
        <Field
          label={t("login.user")} autofocus value={name} onValue={setName} autocomplete="username"
          autocapitalize="none" spellcheck={false} testid="login-user"
        />
      )}
      <Field
        key={String(byKey)}
        label={t(byKey ? "login.key" : "login.password")}
        value={secret}
        onValue={setSecret}
        type="password"
        autocomplete={byKey ? "off" : "current-password"}
        error={wrong || undefined}
        testid="login-secret"
      />
    </Dialog>
  );
}
