/** What is written but not sent, by channel: it waits while one is elsewhere. */
import { createStore } from "solid-js/store";
import { instance } from "~/app/session";
import { bytes } from "~/message/time";
import { toast } from "~/ui/Toast";
import type { Command, Id } from "~/wire";
import type { Picked } from "./format";

export interface DraftFile {
  key: number;
  file: File;
  url: string | null;
  spoiler: boolean;
  description: string;
}

export interface Draft {
  text: string;
  files: DraftFile[];
  picked: Picked;
  command: Command | null;
}

const empty = (): Draft => ({ text: "", files: [], picked: {}, command: null });
const [drafts, set] = createStore<Record<Id, Draft>>({});
let keys = 0;

export const draftOf = (channel: Id): Draft => drafts[channel] ?? empty();

function change(channel: Id, patch: Partial<Draft>): void {
  set(channel, { ...draftOf(channel), ...patch });
}

/** Whether anything is written anywhere and not sent. */
export const written = (): boolean =>
  Object.values(drafts).some((one) => one.text.trim() !== "" || one.files.length > 0 || one.command !== null);

export const setText = (channel: Id, text: string): void => change(channel, { text });
export const setCommand = (channel: Id, command: Command | null): void => change(channel, { command, text: "" });
export const pick = (channel: Id, name: string, token: string): void =>
  change(channel, { picked: { ...draftOf(channel).picked, [name]: token } });

/** Takes files in, as many and as large as the server allows. */
export function addFiles(channel: Id, files: Iterable<File>): void {
  const limits = instance()?.limits;
  const most = limits?.attachments ?? 10;
  const largest = limits?.attachment_bytes ?? 25_000_000;
  const kept = [...draftOf(channel).files];
  for (const file of files) {
    if (file.size > largest) toast(`${file.name} is too large: at most ${bytes(largest)}.`, "bad");
    else if (kept.length >= most) toast(`At most ${most} files go with one message.`, "bad");
    else {
      keys += 1;
      const url = /^(image|video)\//.test(file.type) ? URL.createObjectURL(file) : null;
      kept.push({ key: keys, file, url, spoiler: false, description: "" });
    }
  }
  change(channel, { files: kept });
}

export function dropFile(channel: Id, key: number): void {
  const { files } = draftOf(channel);
  const gone = files.find((one) => one.key === key);
  if (gone?.url) URL.revokeObjectURL(gone.url);
  change(channel, { files: files.filter((one) => one.key !== key) });
}

export function changeFile(channel: Id, key: number, patch: Partial<DraftFile>): void {
  change(channel, { files: draftOf(channel).files.map((one) => (one.key === key ? { ...one, ...patch } : one)) });
}

export function clear(channel: Id): void {
  for (const one of draftOf(channel).files) if (one.url) URL.revokeObjectURL(one.url);
  set(channel, empty());
}
