/** What linked roles ask of people, in words and in forms: plain decisions. */
import type { Id, LinkCheck, LinkField, LinkRule, LinkSource, Role } from "~/wire";

/** Most ways to a role, and most rules of one. */
export const MOST = { ways: 5, rules: 10 };

/** A moment is compared in days before now. */
export const isMoment = (kind: number): boolean => kind === 5 || kind === 6;
export const isYesNo = (kind: number): boolean => kind === 7 || kind === 8;

/** Whether a role is given by rules alone: it says so of itself, with nothing in it. */
export const isLinked = (role: Role): boolean => role.tags !== undefined && "guild_connections" in role.tags;

export const ofRole = (source: LinkSource, field?: LinkField): LinkRule => ({
  connection_type: "application",
  application_id: source.id,
  connection_metadata_field: field?.key ?? null,
  operator: field?.type ?? null,
  value: field ? (isYesNo(field.type) ? "1" : "") : null,
});

const days = (count: string): string => (count === "1" ? "1 day" : `${count} days`);

/** How a field is compared, with what: "10 or more". */
export function comparison(kind: number, value: string): string {
  const yes = value === "1";
  switch (kind) {
    case 1:
      return `${value} or less`;
    case 2:
      return `${value} or more`;
    case 3:
      return `exactly ${value}`;
    case 4:
      return `anything but ${value}`;
    case 5:
      return `at least ${days(value)} ago`;
    case 6:
      return `at most ${days(value)} ago`;
    case 7:
      return yes ? "yes" : "no";
    default:
      return yes ? "no" : "yes";
  }
}

/** One rule as people read it. */
export function words(rule: LinkRule & { name?: string | null }): string {
  if (rule.connection_metadata_field === null || rule.operator === null) return "Connect an account";
  return `${rule.name ?? rule.connection_metadata_field}: ${comparison(rule.operator, rule.value ?? "")}`;
}

/** What the field is called in which the number of a rule is written. */
export function labelOf(kind: number): string {
  const labels = ["Is at most", "Is at least", "Is exactly", "Is not", "Days ago, at least", "Days ago, at most"];
  return labels[kind - 1] ?? "Is";
}

/** What is wrong with the rules of a role, by `way.rule`. */
export function problemsOf(ways: readonly (readonly LinkRule[])[]): Record<string, string> {
  const wrong: Record<string, string> = {};
  for (const [at, way] of ways.entries()) {
    for (const [place, rule] of way.entries()) {
      if (rule.operator === null || isYesNo(rule.operator)) continue;
      const text = (rule.value ?? "").trim();
      if (!/^-?\d{1,15}$/.test(text)) wrong[`${at}.${place}`] = "Write a whole number.";
      else if (isMoment(rule.operator) && (Number(text) < 0 || Number(text) > 36_500)) {
        wrong[`${at}.${place}`] = "Write a number of days.";
      }
    }
  }
  return wrong;
}

/** Of the ways to a role, whether one is met: then it is one's own. */
export const deserved = (ways: readonly (readonly LinkCheck[])[]): boolean =>
  ways.some((way) => way.length > 0 && way.every((check) => check.result));

/** The applications that a role asks, each once, in the order in which they are asked. */
export function sourcesOf(ways: readonly (readonly LinkRule[])[], known: readonly LinkSource[]): LinkSource[] {
  const asked: Id[] = [];
  for (const rule of ways.flat()) if (!asked.includes(rule.application_id)) asked.push(rule.application_id);
  return asked.flatMap((id) => known.find((one) => one.id === id) ?? []);
}
