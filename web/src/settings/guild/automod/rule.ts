/** Rules of automatic moderation as they are edited: plain decisions. */
import { type Action, type Rule, RuleAction, type RuleMetadata, Trigger } from "~/wire";

export interface Kind {
  trigger: number;
  name: string;
  about: string;
  /** Most rules of a guild. */
  most: number;
  /** What it may do. */
  actions: readonly number[];
}

const { Block, Alert, Timeout, BlockInteraction } = RuleAction;

export const KINDS: readonly Kind[] = [
  {
    trigger: Trigger.Keyword,
    name: "Words and patterns",
    about: "Messages with words of your own list.",
    most: 6,
    actions: [Block, Alert, Timeout],
  },
  {
    trigger: Trigger.Preset,
    name: "Known bad words",
    about: "Lists that come with the server: swearing, sexual content, slurs.",
    most: 1,
    actions: [Block, Alert],
  },
  {
    trigger: Trigger.Mentions,
    name: "Many mentions",
    about: "Messages that mention too many at once.",
    most: 1,
    actions: [Block, Alert, Timeout],
  },
  {
    trigger: Trigger.Spam,
    name: "Spam",
    about: "Messages that look like unwanted advertising.",
    most: 1,
    actions: [Block, Alert],
  },
  {
    trigger: Trigger.Profile,
    name: "Names of members",
    about: "Members whose names hold words of your list.",
    most: 1,
    actions: [BlockInteraction, Alert],
  },
];

export const kindOf = (trigger: number): Kind =>
  KINDS.find((kind) => kind.trigger === trigger) ?? (KINDS[0] as Kind);

/** Kinds of which a guild may have one more. */
export const addable = (rules: readonly Pick<Rule, "trigger_type">[]): Kind[] =>
  KINDS.filter((kind) => rules.filter((rule) => rule.trigger_type === kind.trigger).length < kind.most);

/** Words of a field: one a line, or with commas between them. */
export const wordsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,]/)
      .map((word) => word.trim())
      .filter(Boolean),
  ),
];

/** Patterns have commas of their own: one a line. */
export const linesOf = (text: string): string[] => [
  ...new Set(
    text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean),
  ),
];

export interface RuleDraft {
  name: string;
  enabled: boolean;
  words: string;
  patterns: string;
  allowed: string;
  presets: number[];
  mentions: number;
  raids: boolean;
  block: boolean;
  explanation: string;
  alert: string;
  /** Seconds; 0 for none. */
  timeout: number;
  exempt_roles: string[];
  exempt_channels: string[];
}

export function draftOf(rule: Pick<Rule, "name" | "enabled" | "trigger_metadata" | "actions" | "exempt_roles" | "exempt_channels">): RuleDraft {
  const meta = rule.trigger_metadata;
  const action = (...types: number[]) => rule.actions.find((one) => types.includes(one.type));
  return {
    name: rule.name,
    enabled: rule.enabled,
    words: (meta.keyword_filter ?? []).join("\n"),
    patterns: (meta.regex_patterns ?? []).join("\n"),
    allowed: (meta.allow_list ?? []).join("\n"),
    presets: meta.presets ?? [],
    mentions: meta.mention_total_limit ?? 20,
    raids: meta.mention_raid_protection_enabled ?? false,
    block: Boolean(action(Block, BlockInteraction)),
    explanation: action(Block)?.metadata?.custom_message ?? "",
    alert: action(Alert)?.metadata?.channel_id ?? "",
    timeout: action(Timeout)?.metadata?.duration_seconds ?? 0,
    exempt_roles: rule.exempt_roles,
    exempt_channels: rule.exempt_channels,
  };
}

export function bodyOf(trigger: number, draft: RuleDraft): object {
  const kind = kindOf(trigger);
  const meta: RuleMetadata = {};
  if (trigger === Trigger.Keyword || trigger === Trigger.Profile) {
    meta.keyword_filter = wordsOf(draft.words);
    meta.regex_patterns = linesOf(draft.patterns);
    meta.allow_list = wordsOf(draft.allowed);
  }
  if (trigger === Trigger.Preset) {
    meta.presets = draft.presets;
    meta.allow_list = wordsOf(draft.allowed);
  }
  if (trigger === Trigger.Mentions) {
    meta.mention_total_limit = draft.mentions;
    meta.mention_raid_protection_enabled = draft.raids;
  }
  const actions: Action[] = [];
  if (draft.block) {
    const said = draft.explanation.trim();
    if (kind.actions.includes(BlockInteraction)) actions.push({ type: BlockInteraction });
    else actions.push({ type: Block, metadata: said ? { custom_message: said } : {} });
  }
  if (draft.alert) actions.push({ type: Alert, metadata: { channel_id: draft.alert } });
  if (draft.timeout > 0 && kind.actions.includes(Timeout)) {
    actions.push({ type: Timeout, metadata: { duration_seconds: draft.timeout } });
  }
  return {
    name: draft.name.trim(),
    enabled: draft.enabled,
    trigger_metadata: meta,
    actions,
    exempt_roles: draft.exempt_roles,
    exempt_channels: draft.exempt_channels,
  };
}

/** What is wrong with a rule, by field. */
export function problemsOf(trigger: number, draft: RuleDraft): Partial<Record<keyof RuleDraft, string>> {
  const wrong: Partial<Record<keyof RuleDraft, string>> = {};
  if (!draft.name.trim()) wrong.name = "It needs a name.";
  if (trigger === Trigger.Keyword || trigger === Trigger.Profile) {
    const words = wordsOf(draft.words);
    const patterns = linesOf(draft.patterns);
    if (words.length + patterns.length === 0) wrong.words = "It needs a word or a pattern.";
    if (words.some((word) => [...word].length > 60)) wrong.words = "Words have 60 characters at most.";
    if (words.length > 1000) wrong.words = "1000 words at most.";
    if (patterns.length > 10) wrong.patterns = "10 patterns at most.";
    if (patterns.some((pattern) => [...pattern].length > 260)) wrong.patterns = "Patterns have 260 characters at most.";
  }
  if (trigger === Trigger.Preset && draft.presets.length === 0) wrong.presets = "Choose a list.";
  if (!draft.block && !draft.alert && draft.timeout === 0) wrong.block = "It does nothing yet.";
  return wrong;
}

/** A rule of a kind as it begins. */
export const newDraft = (trigger: number): RuleDraft => ({
  ...draftOf({
    name: kindOf(trigger).name,
    enabled: true,
    trigger_metadata: trigger === Trigger.Preset ? { presets: [1, 2, 3] } : {},
    actions: [{ type: kindOf(trigger).actions[0] ?? Block }],
    exempt_roles: [],
    exempt_channels: [],
  }),
});
