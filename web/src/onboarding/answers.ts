/** Answers of a newcomer: plain decisions. */
import type { FormField, Id, Onboarding, Prompt } from "~/wire";

export type Answers = ReadonlySet<Id>;

/** Takes an answer or gives it back; a question with one answer forgets the other. */
export function pick(answers: Answers, prompt: Prompt, option: Id): Set<Id> {
  const next = new Set(answers);
  if (next.delete(option)) return next;
  if (prompt.single_select) for (const other of prompt.options) next.delete(other.id);
  next.add(option);
  return next;
}

export const answered = (answers: Answers, prompt: Prompt): boolean => prompt.options.some((one) => answers.has(one.id));

/** Whether a newcomer may go on from a question. */
export const mayGoOn = (answers: Answers, prompt: Prompt): boolean => !prompt.required || answered(answers, prompt);

/** What is asked on joining. */
export const asked = (onboarding: Pick<Onboarding, "prompts">): Prompt[] =>
  onboarding.prompts.filter((prompt) => prompt.in_onboarding && prompt.options.length > 0);

/** Which answers somebody gave, by the roles that they hold and the channels that they picked. */
export function given(
  onboarding: Pick<Onboarding, "prompts" | "default_channel_ids">,
  roles: readonly Id[],
  channels: readonly Id[],
): Set<Id> {
  const has = new Set([...roles, ...channels]);
  const options = onboarding.prompts.flatMap((prompt) => prompt.options);
  return new Set(
    options
      .filter((one) => one.role_ids.length + one.channel_ids.length > 0)
      .filter((one) => [...one.role_ids, ...one.channel_ids].every((id) => has.has(id)))
      .map((one) => one.id),
  );
}

/** Whether a field of a form is answered as it wants to be. */
export function filled(field: FormField): boolean {
  if (!field.required && field.response === undefined) return true;
  switch (field.field_type) {
    case "TERMS":
      return field.response === true;
    case "MULTIPLE_CHOICE":
      return typeof field.response === "number";
    default:
      return typeof field.response === "string" && (!field.required || field.response.trim() !== "");
  }
}
