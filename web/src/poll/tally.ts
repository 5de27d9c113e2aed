/** Votes of polls: plain decisions. */
import type { Poll, PollCount } from "~/wire";

export interface Line {
  id: number;
  count: number;
  /** 0 to 100; those of all lines make 100 only where everybody chose one. */
  percent: number;
  mine: boolean;
  /** Nobody has more. */
  leads: boolean;
}

const countsOf = (poll: Poll): PollCount[] => poll.results?.answer_counts ?? [];

export const totalOf = (poll: Poll): number => countsOf(poll).reduce((sum, one) => sum + one.count, 0);

export const minesOf = (poll: Poll): number[] =>
  countsOf(poll)
    .filter((one) => one.me_voted)
    .map((one) => one.id);

export function tally(poll: Poll): Line[] {
  const total = totalOf(poll);
  const most = Math.max(0, ...countsOf(poll).map((one) => one.count));
  return poll.answers.map((answer) => {
    const known = countsOf(poll).find((one) => one.id === answer.answer_id);
    const count = known?.count ?? 0;
    return {
      id: answer.answer_id,
      count,
      percent: total === 0 ? 0 : Math.round((count / total) * 100),
      mine: known?.me_voted ?? false,
      leads: count > 0 && count === most,
    };
  });
}

/** A vote more or less; told twice it counts once where it is one's own. */
export function vote(poll: Poll, answer: number, by: 1 | -1, mine: boolean): void {
  poll.results ??= { is_finalized: false, answer_counts: [] };
  const known = poll.results.answer_counts.find((one) => one.id === answer);
  if (!known) {
    if (by > 0) poll.results.answer_counts.push({ id: answer, count: 1, me_voted: mine });
    return;
  }
  if (mine && known.me_voted === by > 0) return;
  known.count = Math.max(0, known.count + by);
  if (mine) known.me_voted = by > 0;
}

export const isOver = (poll: Poll, now: number): boolean =>
  poll.results?.is_finalized === true || (poll.expiry !== null && Date.parse(poll.expiry) <= now);

/** How long it still goes, in words. */
export function remaining(poll: Poll, now: number): string {
  if (isOver(poll, now)) return "Ended";
  if (poll.expiry === null) return "No end";
  const minutes = Math.max(1, Math.round((Date.parse(poll.expiry) - now) / 60_000));
  if (minutes < 60) return minutes === 1 ? "1 minute left" : `${minutes} minutes left`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return hours === 1 ? "1 hour left" : `${hours} hours left`;
  return `${Math.round(hours / 24)} days left`;
}

export interface DraftAnswer {
  text: string;
  emoji: { id?: string | null; name?: string | null };
}

export const MOST_ANSWERS = 10;

/** What is wrong with a poll that is being made, if anything. */
export function problemOf(question: string, answers: readonly DraftAnswer[]): string | null {
  if (!question.trim()) return "It needs a question.";
  const given = answers.filter((one) => one.text.trim());
  if (given.length < 1) return "It needs an answer.";
  if (new Set(given.map((one) => one.text.trim().toLowerCase())).size < given.length) return "Two answers are the same.";
  return null;
}
