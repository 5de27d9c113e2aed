/** The order of channels: categories with what is in them, text above voice. */
import type { Id } from "~/wire";

export interface Row {
  id: Id;
  category: boolean;
  voice: boolean;
}

export interface Place {
  id: Id;
  position: number;
  parent_id: Id | null;
}

interface Part {
  head: Row | null;
  inside: Row[];
}

function partsOf(rows: readonly Row[]): Part[] {
  const parts: Part[] = [{ head: null, inside: [] }];
  for (const row of rows) {
    if (row.category) parts.push({ head: row, inside: [] });
    else parts.at(-1)?.inside.push(row);
  }
  return parts;
}

/** Voice stands below text, whatever else is wanted. */
const flat = (parts: readonly Part[]): Row[] =>
  parts.flatMap(({ head, inside }) => [
    ...(head ? [head] : []),
    ...inside.filter((row) => !row.voice),
    ...inside.filter((row) => row.voice),
  ]);

/** The rows with one of them in another place: a channel goes alone, a category with all that is in it. */
export function arrange(rows: readonly Row[], from: number, to: number): Row[] {
  const row = rows[from];
  if (!row || from === to) return [...rows];
  const rest = rows.filter((_, index) => index !== from);
  if (!row.category) return flat(partsOf([...rest.slice(0, to), row, ...rest.slice(to)]));
  const parts = partsOf(rows);
  const moved = parts.find((part) => part.head?.id === row.id);
  const others = parts.filter((part) => part !== moved);
  if (!moved) return [...rows];
  const heads = others.slice(1);
  const inFront = (to > from ? rows.slice(0, to + 1) : rows.slice(0, to)).filter(
    (one) => one.category && one.id !== row.id,
  ).length;
  const place = Math.min(heads.length, inFront);
  return flat([...others.slice(0, 1), ...heads.slice(0, place), moved, ...heads.slice(place)]);
}

/** Where each row stands: categories count by themselves, channels through the whole guild. */
export function placesOf(rows: readonly Row[]): Place[] {
  let parent: Id | null = null;
  let categories = 0;
  let channels = 0;
  return rows.map((row) => {
    if (row.category) {
      parent = row.id;
      categories += 1;
      return { id: row.id, position: categories - 1, parent_id: null };
    }
    channels += 1;
    return { id: row.id, position: channels - 1, parent_id: parent };
  });
}

/** Where an arrow key leads from a row: a category goes past the next category with all that is in it. */
export function stepFrom(rows: readonly Row[], from: number, by: 1 | -1): number {
  if (!rows[from]?.category) return from + by;
  for (let index = from + by; index >= 0 && index < rows.length; index += by) {
    if (rows[index]?.category) return index;
  }
  return from;
}
