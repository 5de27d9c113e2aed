/** Using commands, buttons, menus and forms of applications. */
import { createSignal } from "solid-js";
import { api } from "~/net/rest";
import { makeNonce } from "~/net/snowflake";
import { upload } from "~/net/upload";
import { complain, toast } from "~/ui/Toast";
import type { Choice, Events, Id, Modal } from "~/wire";

export const InteractionKind = { Command: 2, Component: 3, Autocomplete: 4, Modal: 5 } as const;

interface Where {
  application: Id;
  guild?: Id | undefined;
  channel: Id;
}

const [modal, setModal] = createSignal<Modal | null>(null);
/** The form that an application asks to be filled in. */
export { modal };
export const closeModal = (): void => void setModal(null);

const [busy, setBusy] = createSignal<ReadonlySet<string>>(new Set<string>());
/** Nonces whose answer is awaited. */
export { busy };

const choosing = new Map<string, (choices: Choice[]) => void>();

function done(nonce: string): void {
  setBusy((all) => new Set([...all].filter((one) => one !== nonce)));
}

/** How long an application may think, once it was told. */
const PATIENCE_MS = 15_000;

interface More {
  /** Beside `data`: the message that holds the component. */
  fields?: Record<string, unknown>;
  /** Named in `data` by their place here. */
  files?: File[];
}

/** Sends an interaction; the nonce names it in what comes back. `sent` says whether the server took it. */
export function begin(type: number, where: Where, data: object, more: More = {}): { nonce: string; sent: Promise<boolean> } {
  const nonce = makeNonce();
  const files = more.files ?? [];
  setBusy((all) => new Set([...all, nonce]));
  const body = {
    type,
    application_id: where.application,
    guild_id: where.guild,
    channel_id: where.channel,
    nonce,
    data: files.length > 0 ? { ...data, attachments: files.map((file, id) => ({ id, filename: file.name })) } : data,
    ...more.fields,
  };
  const post = files.length > 0 ? upload("/interactions", body, files, () => {}).done : api.post("/interactions", body);
  const sent = post.then(
    () => {
      setTimeout(() => {
        if (!busy().has(nonce)) return;
        done(nonce);
        if (type !== InteractionKind.Autocomplete) toast("The application did not answer.", "bad");
      }, PATIENCE_MS);
      return true;
    },
    (error: unknown) => {
      done(nonce);
      complain(error);
      return false;
    },
  );
  return { nonce, sent };
}

export const interact = (type: number, where: Where, data: object, more?: More): string => begin(type, where, data, more).nonce;

/** Asks an application for what to suggest. */
export function complete(where: Where, data: object): Promise<Choice[]> {
  return new Promise((resolve) => {
    const nonce = interact(InteractionKind.Autocomplete, where, data);
    choosing.set(nonce, resolve);
    setTimeout(() => {
      if (choosing.delete(nonce)) resolve([]);
    }, 4000);
  });
}

type Answer =
  | "INTERACTION_SUCCESS"
  | "INTERACTION_FAILURE"
  | "INTERACTION_MODAL_CREATE"
  | "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE";

export function answered<Name extends Answer>(name: Name, body: Events[Name]): void {
  const nonce = body.nonce ? String(body.nonce) : null;
  if (nonce) done(nonce);
  if (name === "INTERACTION_FAILURE") toast("The application could not do that.", "bad");
  if (name === "INTERACTION_MODAL_CREATE") setModal(body as Modal);
  if (name === "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE" && nonce) {
    choosing.get(nonce)?.((body as Events["APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE"]).choices);
    choosing.delete(nonce);
  }
}
