// The options of moonraker.conf: what is in force, and the line to change it by.

import { mdiContentCopy, mdiMagnify, mdiOpenInNew, mdiRefresh, mdiTuneVariant } from "@mdi/js";
import { useEffect, useState } from "preact/hooks";
import { isOnline } from "../../live/store";
import { RpcError } from "../../live/rpc";
import {
  Button,
  Card,
  Chip,
  Empty,
  Field,
  Icon,
  IconButton,
  Loading,
  Switch,
  wordsOf,
} from "../../ui";
import { known, t } from "../../words";
import { number } from "../../words/format";
import { readOptions, type Option, type Options, type Value } from "./calls";
import { copyText } from "./copy";
import { grouped, lineOf, matching } from "./groups";
import { findFrontEnd, type FrontEnd } from "./place";
import { said } from "./said";

type Got = { is: "asking" } | { is: "failed"; why: string } | { is: "there"; options: Options };

/** Moonraker reads them when it starts: after each connection they may be others. */
export function useOptions(): [Got, () => Promise<void>] {
  const [got, setGot] = useState<Got>({ is: "asking" });
  const read = async (): Promise<void> => {
    try {
      setGot({ is: "there", options: await readOptions() });
    } catch (error) {
      const isOlder = error instanceof RpcError && error.code === 404;
      setGot((now) =>
        now.is === "there"
          ? now
          : {
              is: "failed",
              why: isOlder ? t("settings.too_old") : wordsOf(error),
            },
      );
    }
  };
  const online = isOnline.value;
  useEffect(() => {
    if (online) void read();
  }, [online]);
  return [got, read];
}

export function OptionsCard({ got, onRead }: { got: Got; onRead: () => Promise<void> }) {
  const [search, setSearch] = useState("");
  const [onlyChanged, setOnlyChanged] = useState(false);
  if (got.is === "asking")
    return (
      <Card title={t("settings.options")}>
        <Loading />
      </Card>
    );
  if (got.is === "failed") {
    return (
      <Card title={t("settings.options")}>
        <Empty
          icon={mdiTuneVariant}
          title={t("settings.unread")}
          action={
            <Button icon={mdiRefresh} onClick={onRead}>
              {t("app.try_now")}
            </Button>
          }
        >
          {got.why}
        </Empty>
      </Card>
    );
  }
  const { options } = got.options;
  const wanted = matching(
    options.filter((one) => one.changed || !onlyChanged),
    search,
    textsOf,
  );
  return (
    <Card title={t("settings.options")} testid="options">
      <Where />
      <div class="settings-search">
        <Field
          label={t("settings.search")}
          type="search"
          value={search}
          onValue={setSearch}
          testid="option-search"
        />
        <Switch
          label={t("settings.only_changed")}
          on={onlyChanged}
          onChange={setOnlyChanged}
          testid="only-changed"
        />
      </div>
      <p class="sr-only" role="status">
        {t("settings.shown", { n: wanted.length })}
      </p>
      {wanted.length === 0 && <Empty icon={mdiMagnify} title={t("settings.none_found")} />}
      {grouped(wanted).map((group) => (
        <section key={group.name} class="settings-group" aria-label={titleOf(group.name)}>
          <h3>{titleOf(group.name)}</h3>
          <ul>
            {group.options.map((one) => (
              <li key={one.name}>
                <OptionRow option={one} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Card>
  );
}

const titleOf = (name: string): string => known(`settings_group.${name}`) ?? name;

const textsOf = (one: Option): string[] => [
  one.name,
  one.meaning,
  said(one.meaning),
  String(one.value),
  ...one.choices,
];

function OptionRow({ option }: { option: Option }) {
  const { name, changed } = option;
  return (
    <div class={`settings-option${changed ? " changed" : ""}`} data-testid={`option-${name}`}>
      <div class="settings-option-what">
        <p>
          <code class="wrap">{name}</code>
          {changed && (
            <>
              {" "}
              <Chip kind="info">{t("settings.changed")}</Chip>
            </>
          )}
        </p>
        <p class="small dim wrap">{said(option.meaning)}</p>
        {option.choices.length > 0 && (
          <p class="small dim">{t("settings.choices", { words: option.choices.join(", ") })}</p>
        )}
      </div>
      <div class="settings-option-value">
        <Shown value={option.value} unit={option.unit} />
        {option.hidden && <p class="small dim">{t("settings.hidden")}</p>}
        {changed && (
          <p class="small dim wrap">
            {t("settings.default", { value: words(option.default, option.unit) })}
          </p>
        )}
      </div>
      <IconButton
        icon={mdiContentCopy}
        label={t("settings.copy_line", { name })}
        onClick={() => copyText(lineOf(option))}
        testid={`copy-${name}`}
      />
    </div>
  );
}

function Shown({ value, unit }: { value: Value; unit: string }) {
  if (typeof value === "string" && value.includes("\n")) {
    return (
      <pre class="settings-text" tabIndex={0}>
        {value}
      </pre>
    );
  }
  return <p class="wrap">{words(value, unit)}</p>;
}

function words(value: Value, unit: string): string {
  if (typeof value === "boolean") return t(value ? "settings.on" : "settings.off");
  if (value === "") return t("settings.empty");
  if (typeof value === "string") return value;
  const digits = Number.isInteger(value)
    ? 0
    : Math.min(3, String(value).split(".")[1]?.length ?? 0);
  return unit === ""
    ? number(value, digits)
    : `${number(value, digits)} ${known(`settings_unit.${unit.replaceAll(" ", "_")}`) ?? unit}`;
}

function Where() {
  const [place, setPlace] = useState<FrontEnd | null>(null);
  useEffect(() => {
    let isOld = false;
    void findFrontEnd().then((found) => !isOld && setPlace(found));
    return () => {
      isOld = true;
    };
  }, []);
  return (
    <div class="settings-where">
      <p class="small dim">{t("settings.where")}</p>
      {place !== null && (
        <a class="button plain" href={place.path} target="_top" data-testid="open-config">
          <Icon path={mdiOpenInNew} size={20} />
          <span>{t("settings.open_in", { name: place.name })}</span>
        </a>
      )}
    </div>
  );
}
