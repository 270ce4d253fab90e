// Buttons and other small parts.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { pictureOf, metadata } from "../live/files";
import { mdiCubeOutline } from "@mdi/js";
import { t } from "../words";
import { percent } from "../words/format";

/** path: of @mdi/js. It is decoration: what it means is said beside it. */
export function Icon({ path, size = 24 }: { path: string; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} fill="currentColor" />
    </svg>
  );
}

type Press = (event: MouseEvent) => unknown;

interface ButtonProps {
  children: ComponentChildren;
  kind?: "primary" | "plain" | "text" | "danger";
  big?: boolean;
  icon?: string;
  /** A promise keeps the button busy until it is settled. */
  onClick?: Press;
  disabled?: boolean;
  submit?: boolean;
  testid?: string;
  label?: string;
}

export function Button(props: ButtonProps) {
  const [busy, press] = useBusy(props.onClick);
  return (
    <button
      type={props.submit ? "submit" : "button"}
      class={`button ${props.kind ?? "plain"}${props.big ? " big" : ""}`}
      onClick={press}
      disabled={props.disabled}
      aria-busy={busy}
      aria-label={props.label}
      data-testid={props.testid}
    >
      {busy ? <Spinner size={18} /> : props.icon && <Icon path={props.icon} size={20} />}
      <span>{props.children}</span>
    </button>
  );
}

interface IconButtonProps {
  icon: string;
  label: string;
  onClick?: Press;
  disabled?: boolean;
  pressed?: boolean;
  testid?: string;
}

/** label: what it does; shown when the mouse rests on it. */
export function IconButton(props: IconButtonProps) {
  const [busy, press] = useBusy(props.onClick);
  return (
    <button
      type="button"
      class="icon-button"
      onClick={press}
      disabled={props.disabled}
      aria-busy={busy}
      aria-label={props.label}
      aria-pressed={props.pressed}
      title={props.label}
      data-testid={props.testid}
    >
      {busy ? <Spinner size={20} /> : <Icon path={props.icon} />}
    </button>
  );
}

/** Nothing is sent twice: presses are dropped while the first one is at work. */
function useBusy(onClick: Press | undefined): [boolean, Press] {
  const [busy, setBusy] = useState(false);
  const press: Press = (event) => {
    if (busy) return;
    const work = onClick?.(event);
    if (!(work instanceof Promise)) return;
    setBusy(true);
    void work.finally(() => setBusy(false)).catch(() => undefined);
  };
  return [busy, press];
}

export function Spinner({ size = 24, label }: { size?: number; label?: string }) {
  return (
    <span
      class="spinner"
      style={{ width: size, height: size }}
      role={label ? "status" : undefined}
      aria-label={label}
    />
  );
}

/** value: 0 to 1; null: nobody knows. */
export function Progress({ value, label, thin }: {
  value: number | null; label: string; thin?: boolean;
}) {
  const share = value === null ? null : Math.min(1, Math.max(0, value));
  return (
    <div
      class={`progress${thin ? " thin" : ""}${share === null ? " unknown" : ""}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(share * 100)}
      aria-valuetext={share === null ? undefined : percent(share)}
    >
      <span style={share === null ? undefined : { transform: `scaleX(${share})` }} />
    </div>
  );
}

export function Chip({ children, kind = "plain", icon, title }: {
  children: ComponentChildren;
  kind?: "plain" | "info" | "success" | "warning" | "error";
  icon?: string;
  title?: string;
}) {
  return (
    <span class={`chip ${kind}`} title={title}>
      {icon && <Icon path={icon} size={14} />}
      <span class="line">{children}</span>
    </span>
  );
}

export function Empty({ icon, title, children, action }: {
  icon: string; title: string; children?: ComponentChildren; action?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon path={icon} size={48} />
      <p class="empty-title">{title}</p>
      {children && <p class="dim">{children}</p>}
      {action}
    </div>
  );
}

/** title and actions make its header; both may be left out. */
export function Card({ title, actions, children, testid, kind, as: Tag = "section" }: {
  title?: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
  testid?: string;
  kind?: "error" | "warning";
  as?: "section" | "div";
}) {
  return (
    <Tag class={`card ${kind ?? ""}`} data-testid={testid} aria-label={title}>
      {title && (
        <header class="card-header">
          <h2>{title}</h2>
          <div class="card-actions">{actions}</div>
        </header>
      )}
      {children}
    </Tag>
  );
}

/** A file's picture by the slicer, or a cube. It keeps its place while it loads. */
export function Thumbnail({ path, size }: { path: string; size: number }) {
  const source = pictureOf(path, metadata(path).value, size * 1.5);
  const [broken, setBroken] = useState("");
  useEffect(() => setBroken(""), [source]);
  return (
    <span class="thumbnail" style={{ width: size, height: size }}>
      {source !== null && broken !== source ? (
        <img
          src={source}
          width={size}
          height={size}
          alt=""
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => setBroken(source)}
        />
      ) : (
        <Icon path={mdiCubeOutline} size={Math.round(size * 0.6)} />
      )}
    </span>
  );
}

/** A switch with its words. */
export function Switch({ label, on, onChange, disabled, testid }: {
  label: string; on: boolean; onChange: (on: boolean) => void; disabled?: boolean; testid?: string;
}) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={on}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
        data-testid={testid}
      />
      <span class="switch-track" aria-hidden="true" />
      <span>{label}</span>
    </label>
  );
}

export const Loading = () => (
  <div class="loading"><Spinner size={36} label={t("app.loading")} /></div>
);
