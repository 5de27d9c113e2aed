/** The form of newcomers as it is edited: plain decisions. */
import type { FormField, MemberVerification } from "~/wire";

export type FieldKind = FormField["field_type"];

export const KINDS: readonly { value: FieldKind; label: string }[] = [
  { value: "TEXT_INPUT", label: "A line" },
  { value: "PARAGRAPH", label: "A few lines" },
  { value: "MULTIPLE_CHOICE", label: "One of several" },
];

/** The server's limits. */
export const MOST = { rules: 16, questions: 5, choices: 8, rule: 300, label: 300, choice: 150, hint: 300, about: 300 } as const;

export interface ScreeningDraft {
  enabled: boolean;
  description: string;
  rules: string[];
  questions: FormField[];
}

const LABEL = "I have read these rules and agree.";

export const draftOf = (form: MemberVerification, enabled: boolean): ScreeningDraft => ({
  enabled,
  description: form.description ?? "",
  rules: form.form_fields.find((one) => one.field_type === "TERMS")?.values ?? [],
  questions: form.form_fields.filter((one) => one.field_type !== "TERMS"),
});

export const newQuestion = (): FormField => ({ field_type: "TEXT_INPUT", label: "", required: true });

/** A question of another kind: answers to choose from belong to one kind only. */
export const asKind = (question: FormField, kind: FieldKind): FormField => {
  const { choices, ...rest } = question;
  return kind === "MULTIPLE_CHOICE"
    ? { ...rest, field_type: kind, choices: choices ?? ["", ""] }
    : { ...rest, field_type: kind };
};

const tidy = (list: readonly string[]): string[] => list.map((one) => one.trim()).filter(Boolean);

/** What is wrong with a question, if anything. */
export function problemOf(question: FormField): string | null {
  if (!question.label.trim()) return "It needs a text.";
  if (question.field_type === "MULTIPLE_CHOICE" && tidy(question.choices ?? []).length < 2) return "It needs two answers at least.";
  return null;
}

export function problemsOf(draft: ScreeningDraft): Partial<Record<keyof ScreeningDraft, string>> {
  const wrong = draft.questions.findIndex((one) => problemOf(one) !== null);
  const question = draft.questions[wrong];
  if (question) return { questions: `Question ${wrong + 1}: ${problemOf(question)}` };
  if (draft.enabled && tidy(draft.rules).length === 0 && draft.questions.length === 0)
    return { enabled: "A form needs a rule or a question." };
  return {};
}

/** As the server takes it: the rules first, for they are read first. */
export function bodyOf(draft: ScreeningDraft): object {
  const rules = tidy(draft.rules);
  const terms: FormField[] =
    rules.length > 0 ? [{ field_type: "TERMS", label: LABEL, required: true, values: rules }] : [];
  const questions = draft.questions.map((one) => ({
    ...one,
    label: one.label.trim(),
    placeholder: one.placeholder?.trim() || null,
    ...(one.choices ? { choices: tidy(one.choices) } : {}),
  }));
  return {
    enabled: draft.enabled,
    description: draft.description.trim() || null,
    form_fields: [...terms, ...questions],
  };
}
