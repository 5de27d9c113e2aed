/** Onboarding as it is edited: what is new has an id of its own until the server gives it another. */
import type { Onboarding, Prompt, PromptOption } from "~/wire";

let made = 0;
/** Not a snowflake of the server: it takes what it does not know for new. */
const fresh = (): string => {
  made += 1;
  return String(made);
};

export const newOption = (): PromptOption => ({
  id: fresh(),
  title: "",
  description: "",
  emoji: { id: null, name: null },
  role_ids: [],
  channel_ids: [],
});

export const newPrompt = (): Prompt => ({
  id: fresh(),
  title: "",
  options: [newOption()],
  single_select: false,
  required: false,
  in_onboarding: true,
  type: 0,
});

/** What is wrong with a question, if anything. */
export function problemOf(prompt: Prompt): string | null {
  if (!prompt.title.trim()) return "It needs a text.";
  if (prompt.options.length === 0) return "It needs an answer.";
  if (prompt.options.some((one) => !one.title.trim())) return "Each answer needs a text.";
  if (prompt.options.some((one) => one.role_ids.length + one.channel_ids.length === 0))
    return "Each answer gives a role or a channel.";
  return null;
}

/** As the server takes it. */
export function bodyOf(onboarding: Pick<Onboarding, "prompts" | "default_channel_ids" | "enabled" | "mode">): object {
  return {
    ...onboarding,
    prompts: onboarding.prompts.map((prompt) => ({
      ...prompt,
      title: prompt.title.trim(),
      options: prompt.options.map(({ emoji, ...option }) => ({
        ...option,
        title: option.title.trim(),
        description: option.description?.trim() || null,
        emoji_id: emoji.id ?? null,
        emoji_name: emoji.name ?? null,
        emoji_animated: emoji.animated ?? false,
      })),
    })),
  };
}

/** Channels to begin with that it takes before it can be switched on, and how many of them everybody may write to. */
export const NEEDED = { channels: 7, writable: 5 } as const;

export function shortfall(
  onboarding: Pick<Onboarding, "prompts" | "default_channel_ids" | "mode">,
  writable: (channel: string) => boolean,
): { channels: number; writable: number } {
  const ids = new Set(onboarding.default_channel_ids);
  if (onboarding.mode === 1) {
    for (const prompt of onboarding.prompts) for (const one of prompt.options) for (const id of one.channel_ids) ids.add(id);
  }
  return {
    channels: Math.max(0, NEEDED.channels - ids.size),
    writable: Math.max(0, NEEDED.writable - [...ids].filter(writable).length),
  };
}
