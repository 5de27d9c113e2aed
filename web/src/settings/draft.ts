/** A form over something saved: what was changed, whether it is on its way, and what was wrong with it. */
import { createMemo, createSignal } from "solid-js";
import { ApiError, explain } from "~/net/error";

/** Whether two plain values say the same. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) => Object.hasOwn(b, key) && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

/** Fields of `edited` that are not as they were saved. */
export function difference<T extends object>(saved: T, edited: Partial<T>): Partial<T> {
  const changed: Partial<T> = {};
  for (const key of Object.keys(edited) as (keyof T)[]) {
    if (!same(saved[key], edited[key])) changed[key] = edited[key] as T[keyof T];
  }
  return changed;
}

/** Messages that belong to no field of a form: they are said beside the button. */
export function homeless(errors: Record<string, string>, fields: readonly string[]): string {
  const rest = Object.entries(errors).filter(([path]) => !fields.includes(path.split(".")[0] ?? path));
  return rest.map(([path, text]) => (path ? `${path.replace(/_/g, " ")}: ${text}` : text)).join(" ");
}

export type Errors = Record<string, string>;

interface Options<T> {
  /** What is wrong before anybody is asked, by field. */
  check?: (whole: T) => Partial<Record<keyof T, string>>;
  /** Fields that show their own errors; all of the saved ones where absent. */
  fields?: readonly string[];
}

export interface Draft<T extends object> {
  value: <K extends keyof T>(key: K) => T[K];
  set: <K extends keyof T>(key: K, value: T[K]) => void;
  whole: () => T;
  changes: () => Partial<T>;
  dirty: () => boolean;
  busy: () => boolean;
  problem: () => string;
  errors: () => Errors;
  submit: (event?: Event) => Promise<boolean>;
  reset: () => void;
}

export function createDraft<T extends object>(
  saved: () => T,
  save: (changes: Partial<T>, whole: T) => Promise<unknown>,
  options: Options<T> = {},
): Draft<T> {
  const [edits, setEdits] = createSignal<Partial<T>>({});
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal("");
  const [errors, setErrors] = createSignal<Errors>({});
  const changes = createMemo(() => difference(saved(), edits()));
  const whole = createMemo(() => ({ ...saved(), ...edits() }));
  const reset = () => {
    setEdits({});
    setErrors({});
    setProblem("");
  };
  const refuse = (error: unknown) => {
    const known = error instanceof ApiError ? error.fields : {};
    setErrors(known);
    const fields = options.fields ?? Object.keys(saved());
    const rest = homeless(known, fields);
    if (Object.keys(known).length === 0) setProblem(explain(error));
    else setProblem(rest || "Some fields need another look.");
  };
  const submit = async (event?: Event): Promise<boolean> => {
    event?.preventDefault();
    if (busy() || Object.keys(changes()).length === 0) return false;
    setProblem("");
    const wrong = options.check?.(whole()) ?? {};
    const found = Object.fromEntries(Object.entries(wrong).filter(([, text]) => text)) as Errors;
    setErrors(found);
    if (Object.keys(found).length > 0) {
      setProblem("Some fields need another look.");
      return false;
    }
    setBusy(true);
    const sent = whole();
    try {
      await save(changes(), sent);
      // What was typed while it was on its way is not saved yet.
      const later = Object.entries(edits()).filter(([key, value]) => !same(value, sent[key as keyof T]));
      reset();
      setEdits(() => Object.fromEntries(later) as Partial<T>);
      return true;
    } catch (error) {
      refuse(error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return {
    value: (key) => (key in edits() ? (edits()[key] as T[typeof key]) : saved()[key]),
    set: (key, value) => {
      setEdits((all) => ({ ...all, [key]: value }));
      setErrors((all) => Object.fromEntries(Object.entries(all).filter(([path]) => path.split(".")[0] !== key)));
      setProblem("");
    },
    whole,
    changes,
    dirty: () => Object.keys(changes()).length > 0,
    busy,
    problem,
    errors,
    submit,
    reset,
  };
}
