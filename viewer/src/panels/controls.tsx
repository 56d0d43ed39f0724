// The few controls that the panels are made of. `test` names each for tests, and stays the same.

import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "../icons";

interface ButtonProps {
  test: string;
  label: string;
  icon?: IconName;
  /** Only the icon is shown. */
  bare?: boolean;
  pressed?: boolean;
  disabled?: boolean;
  primary?: boolean;
  onClick: () => void;
}

export function Button({ test, label, icon, bare, pressed, disabled, primary, onClick }: ButtonProps) {
  const kind = `button${bare ? " bare" : ""}${primary ? " primary" : ""}`;
  return (
    <button
      type="button"
      class={kind}
      data-test={test}
      aria-label={label}
      title={bare ? label : undefined}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {!bare && <span>{label}</span>}
    </button>
  );
}

interface ChoiceProps<Value extends string> {
  test: string;
  label: string;
  value: Value;
  options: { value: Value; label: string }[];
  onChange: (value: Value) => void;
}

/** One of a few, all in view. Each has the test name TEST-VALUE. */
export function Choice<Value extends string>({ test, label, value, options, onChange }: ChoiceProps<Value>) {
  return (
    <div class="choice" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <button
          type="button"
          role="radio"
          key={option.value}
          data-test={`${test}-${option.value}`}
          aria-checked={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

interface SwitchProps {
  test: string;
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
}

export function Switch({ test, label, on, onChange }: SwitchProps) {
  return (
    <button type="button" role="switch" class="switch" data-test={test} aria-checked={on} onClick={() => onChange(!on)}>
      <span>{label}</span>
      <span class="track" />
    </button>
  );
}

interface SliderProps {
  test: string;
  label: string;
  /** The value for people. */
  shown: string;
  value: number;
  min: number;
  max: number;
  step: number | "any";
  onChange: (value: number) => void;
}

export function Slider({ test, label, shown, value, min, max, step, onChange }: SliderProps) {
  return (
    <label class="slider">
      <span class="row">
        <span>{label}</span>
        <output>{shown}</output>
      </span>
      <input
        type="range"
        data-test={test}
        {...{ value, min, max, step }}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}

interface NumberProps {
  test: string;
  label: string;
  value: number;
  min?: number;
  step?: number;
  onChange: (value: number) => void;
}

/** Takes effect on Enter or when it is left. */
export function NumberField({ test, label, value, min, step, onChange }: NumberProps) {
  return (
    <label class="number">
      <span>{label}</span>
      <input
        type="number"
        inputMode="decimal"
        data-test={test}
        value={Number(value.toPrecision(4))}
        min={min}
        step={step ?? "any"}
        onChange={(event) => {
          const given = event.currentTarget.valueAsNumber;
          if (Number.isFinite(given) && (min === undefined || given >= min)) onChange(given);
          else event.currentTarget.value = String(value);
        }}
      />
    </label>
  );
}

/** A button that opens a file. */
export function FileButton({ test, label, onOpen }: { test: string; label: string; onOpen: (text: string) => void }) {
  return (
    <label class="button">
      <span>{label}</span>
      <input
        type="file"
        accept="application/json,.json"
        data-test={test}
        aria-label={label}
        onChange={async (event) => {
          const field = event.currentTarget;
          const text = await field.files?.[0]?.text();
          field.value = "";
          if (text !== undefined) onOpen(text);
        }}
      />
    </label>
  );
}

export function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function Row({ children }: { children: ComponentChildren }) {
  return <div class="buttons">{children}</div>;
}

export function Hint({ children }: { children: ComponentChildren }) {
  return <p class="hint">{children}</p>;
}
