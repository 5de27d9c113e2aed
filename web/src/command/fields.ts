/** The fields of forms that applications ask to be filled in: what stands in them at first, what is missing, what is sent. */
import { type Component, ComponentKind } from "~/wire";

/** What was filled in, by custom id. A tick is the text "true". */
export interface Filled {
  texts: Record<string, string[]>;
  files: Record<string, File[]>;
}

export interface FormField {
  component: Component;
  label: string;
  note: string;
}

/** Inputs with their labels, out of rows (the old form) and labels (the new), and the texts between them. */
export function fieldsOf(components: readonly Component[]): FormField[] {
  return components.flatMap((outer) => {
    if (outer.type === ComponentKind.Label && outer.component) {
      return [{ component: outer.component, label: outer.label ?? "", note: outer.description ?? "" }];
    }
    if (outer.type === ComponentKind.TextDisplay) return [{ component: outer, label: "", note: "" }];
    return (outer.components ?? []).map((one) => ({ component: one, label: one.label ?? "", note: "" }));
  });
}

/** What is chosen before anybody chose. */
export const preset = (component: Component): string[] =>
  component.default_values?.map((one) => one.id) ??
  component.options?.filter((one) => one.default).map((one) => one.value) ??
  [];

export function firstOf(components: readonly Component[]): Filled {
  const texts: Record<string, string[]> = {};
  for (const { component } of fieldsOf(components)) {
    if (!component.custom_id) continue;
    if (component.type === ComponentKind.TextInput) texts[component.custom_id] = component.value ? [component.value] : [];
    else if (component.type === ComponentKind.Checkbox) texts[component.custom_id] = component.default ? ["true"] : [];
    else texts[component.custom_id] = preset(component);
  }
  return { texts, files: {} };
}

/** How many have to be given, and may be. */
export function bounds(component: Component): { least: number; most: number } {
  return { least: component.min_values ?? 1, most: component.max_values ?? 1 };
}

export const isRequired = (component: Component): boolean =>
  component.type !== ComponentKind.Checkbox && component.required !== false;

/** What is wrong with a field, in words; nothing where it can be sent. */
export function problemOf(component: Component, filled: Filled): string {
  const id = component.custom_id ?? "";
  const files = component.type === ComponentKind.FileUpload;
  const count = files ? (filled.files[id]?.length ?? 0) : (filled.texts[id]?.filter(Boolean).length ?? 0);
  switch (component.type) {
    case ComponentKind.Checkbox:
    case ComponentKind.TextDisplay:
      return "";
    case ComponentKind.TextInput:
    case ComponentKind.RadioGroup:
      return count === 0 && isRequired(component) ? "This is needed." : "";
    default: {
      const { least, most } = bounds(component);
      if (count === 0 && (!isRequired(component) || least === 0)) return "";
      if (count < least && least === 1) return files ? "Add a file." : "Choose one.";
      const what = files ? "Add" : "Choose";
      if (count < least) return least === most ? `${what} ${least}.` : `${what} at least ${least}.`;
      return count > most ? `${what} at most ${most}.` : "";
    }
  }
}

/** What is sent: the components with what was filled in, and the files, which are named by their place. */
export function answersOf(components: readonly Component[], filled: Filled): { components: object[]; files: File[] } {
  const files: File[] = [];
  const answer = (component: Component): object => {
    const id = component.custom_id ?? "";
    const base = { type: component.type, custom_id: id };
    const texts = filled.texts[id] ?? [];
    switch (component.type) {
      case ComponentKind.TextInput:
        return { ...base, value: texts[0] ?? "" };
      case ComponentKind.Checkbox:
        return { ...base, value: texts[0] === "true" };
      case ComponentKind.RadioGroup:
        return { ...base, value: texts[0] ?? null };
      case ComponentKind.FileUpload: {
        const first = files.length;
        const own = filled.files[id] ?? [];
        files.push(...own);
        return { ...base, values: own.map((_, index) => String(first + index)) };
      }
      default:
        return { ...base, values: texts };
    }
  };
  const sent = components.flatMap((outer): object[] => {
    if (outer.type === ComponentKind.Label && outer.component) return [{ type: outer.type, component: answer(outer.component) }];
    if (outer.type === ComponentKind.Row) return [{ type: outer.type, components: (outer.components ?? []).map(answer) }];
    return [];
  });
  return { components: sent, files };
}
