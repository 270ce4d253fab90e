// A labelled input: its hint and what is wrong with it are read out with it.

import type { JSX } from "preact";
import { useId } from "preact/hooks";

interface FieldProps extends Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "label" | "value"> {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string | undefined;
  error?: string | undefined;
  unit?: string;
  testid?: string;
}

export function Field({ label, value, onValue, hint, error, unit, testid, ...input }: FieldProps) {
  const id = useId();
  const about = error ?? hint;
  return (
    <div class={`field${error ? " wrong" : ""}`}>
      <label for={id}>{label}</label>
      <span class="field-box">
        <input
          {...input}
          id={id}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
          aria-invalid={error ? true : undefined}
          aria-describedby={about ? `${id}-about` : undefined}
          data-testid={testid}
        />
        {unit && <span class="field-unit dim">{unit}</span>}
      </span>
      {about && <p id={`${id}-about`} class={error ? "field-error" : "field-hint"}>{about}</p>}
    </div>
  );
}

export function TextArea({ label, value, onValue, hint, rows = 3, testid }: {
  label: string; value: string; onValue: (value: string) => void; hint?: string; rows?: number;
  testid?: string;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="field-box">
        <textarea
          id={id}
          rows={rows}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
          aria-describedby={hint ? `${id}-about` : undefined}
          data-testid={testid}
        />
      </span>
      {hint && <p id={`${id}-about`} class="field-hint">{hint}</p>}
    </div>
  );
}

export function Select<T extends string>({ label, value, onValue, options, hint, testid }: {
  label: string; value: T; onValue: (value: T) => void;
  options: { value: T; label: string }[]; hint?: string; testid?: string;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="field-box">
        <select
          id={id}
          value={value}
          onChange={(event) => onValue(event.currentTarget.value as T)}
          aria-describedby={hint ? `${id}-about` : undefined}
          data-testid={testid}
        >
          {options.map((one) => (
            <option key={one.value} value={one.value}>{one.label}</option>
          ))}
        </select>
      </span>
      {hint && <p id={`${id}-about`} class="field-hint">{hint}</p>}
    </div>
  );
}
