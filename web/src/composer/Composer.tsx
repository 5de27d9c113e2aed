/** Where messages are written. */
import Send from "lucide-solid/icons/send-horizontal";
import Smile from "lucide-solid/icons/face-slightly-smiling";
import { createEffect, createMemo, createSignal, on, onCleanup, onMount, Show } from "solid-js";
import { instance } from "~/app/session";
import { can, canSend, channelName } from "~/channel/store";
import { CommandForm } from "~/command/Form";
import { emojiSet } from "~/emoji/data";
import { pickEmoji } from "~/emoji/Picker";
import { Permission } from "~/guild/permissions";
import { createLoaded } from "~/net/loaded";
import { mayEdit } from "~/message/act";
import { setEditing } from "~/message/edit";
import { replies, stopReply } from "~/message/focus";
import { send } from "~/message/outbox";
import { logs } from "~/message/store";
import { isPast } from "~/net/clock";
import { api } from "~/net/rest";
import { preferences } from "~/preference/store";
import { isPending } from "~/onboarding/Screening";
import { hasStickers, StickerPicker } from "~/sticker/Picker";
import { IconButton, toast } from "~/ui";
import { type Channel, ChannelKind, isThread } from "~/wire";
import { AddMenu } from "./AddMenu";
import { Closed } from "./Closed";
import { addFiles, clear, draftOf, pick, setCommand, setText } from "./draft";
import { Files } from "./Files";
import { type Edited, prefix, replace, tokenAt, wrap } from "./format";
import { grow } from "./grow";
import { SlowMode, Typing } from "./Below";
import { Suggestions } from "./Suggestions";
import { ReplyPill } from "./ReplyPill";
import { whenKnown } from "./shortcode";
import { slowDown, until } from "./slow";
import { type Suggestion, suggest } from "./suggest";
import "./composer.css";

/** Others hear that somebody types at most this often. */
const TYPING_EVERY = 8000;

const MARKS: Record<string, string> = { b: "**", i: "*", u: "__", e: "`" };

export function Composer(props: { channel: Channel }) {
  const id = () => props.channel.id;
  const draft = () => draftOf(id());
  const reply = () => replies[id()];
  const [caret, setCaret] = createSignal(0);
  const [at, setAt] = createSignal(0);
  const [dismissed, setDismissed] = createSignal<number | null>(null);
  const emoji = createLoaded(() => draft().text.includes(":"), emojiSet).value;
  let box: HTMLTextAreaElement | undefined;
  let files: HTMLInputElement | undefined;
  let typedAt = 0;
  /** Others are not told that somebody types when it was sent by then. */
  let told: AbortController | undefined;

  const limit = () => instance()?.limits.message_length ?? 2000;
  const left = () => limit() - draft().text.length;
  const mayAttach = () => can(props.channel, Permission.AttachFiles);
  const waits = () => !isPast(until[id()] ?? 0);

  const token = createMemo(() => tokenAt(draft().text, caret()));
  const list = createMemo<Suggestion[]>(() => {
    const now = token();
    return now && dismissed() !== now.from && document.activeElement === box ? suggest(now, props.channel, emoji()) : [];
  });
  createEffect(on(() => [token()?.kind, token()?.query], () => setAt(0)));
  createEffect(on(token, (now) => !now && setDismissed(null)));

  createEffect(
    on([id, () => draft().text], () => {
      if (box) grow(box);
    }),
  );
  createEffect(on([id, reply], () => void (matchMedia("(hover: hover)").matches && box?.focus())));

  const current = (): Edited => ({ text: draft().text, start: box?.selectionStart ?? 0, end: box?.selectionEnd ?? 0 });
  const apply = (next: Edited) => {
    setText(id(), next.text);
    if (!box) return;
    box.value = next.text;
    box.focus();
    box.setSelectionRange(next.start, next.end);
    setCaret(next.end);
  };
  const insert = (text: string) => {
    const now = current();
    apply(replace(now, now.start, now.end, text));
  };
  const choose = (one: Suggestion) => {
    const now = token();
    if (!now) return;
    if (one.kind === "command") return setCommand(id(), one.command);
    if ("token" in one) pick(id(), one.insert, one.token);
    apply(replace(current(), now.from, caret(), `${one.insert} `));
  };

  const submit = () => {
    const now = draft();
    if ((!now.text.trim() && now.files.length === 0) || waits()) return;
    if (left() < 0) return void toast(`That is ${-left()} ${left() === -1 ? "character" : "characters"} too long to send.`, "bad");
    const answered = reply();
    const channel = id();
    const files = now.files.map(({ file, spoiler, description }) => ({ file, spoiler, description }));
    whenKnown(now.text, now.picked, props.channel, emoji(), (content) =>
      send(channel, { content, files, ...(answered ? { reply: answered } : {}) }),
    );
    const slow = props.channel.rate_limit_per_user ?? 0;
    if (slow > 0 && !can(props.channel, Permission.BypassSlowmode)) {
      slowDown(id(), slow);
    }
    clear(id());
    stopReply(id());
    typedAt = 0;
    told?.abort();
    if (box) box.value = "";
  };

  const editLast = (): boolean => {
    const mine = [...(logs[id()]?.messages ?? [])].reverse().find(mayEdit);
    if (mine) setEditing(mine.id);
    return mine !== undefined;
  };

  const inList = (event: KeyboardEvent): boolean => {
    const all = list();
    if (all.length === 0) return false;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        setAt((now) => (now + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length);
        return true;
      case "Enter":
      case "Tab": {
        const one = all[at()];
        if (event.shiftKey || !one) return false;
        choose(one);
        return true;
      }
      case "Escape":
        setDismissed(token()?.from ?? null);
        return true;
      default:
        return false;
    }
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const command = event.ctrlKey || event.metaKey;
    if (inList(event)) return event.preventDefault();
    const mark = command && !event.altKey ? MARKS[event.key.toLowerCase()] : undefined;
    if (mark || (command && event.shiftKey && event.key.toLowerCase() === "x")) {
      event.preventDefault();
      return apply(wrap(current(), mark ?? "~~"));
    }
    if (command && event.shiftKey && event.key === ">") {
      event.preventDefault();
      return apply(prefix(current(), "> "));
    }
    if (event.key === "Enter") {
      const sends = preferences.enterSends ? !event.shiftKey || command : command;
      // On a phone, Enter makes a line: there is a button to send.
      if (!sends || (!command && matchMedia("(hover: none) and (pointer: coarse)").matches)) return;
      event.preventDefault();
      return submit();
    }
    if (event.key === "ArrowUp" && !draft().text && draft().files.length === 0 && editLast()) event.preventDefault();
    if (event.key === "Escape" && reply()) {
      event.preventDefault();
      stopReply(id());
    }
  };

  const typed = (text: string) => {
    setText(id(), text);
    if (text && !text.startsWith("/") && Date.now() - typedAt > TYPING_EVERY) {
      typedAt = Date.now();
      told = new AbortController();
      api.post(`/channels/${id()}/typing`, {}, { signal: told.signal }).catch(() => {});
    }
  };

  const pasted = (event: ClipboardEvent) => {
    const list = [...(event.clipboardData?.files ?? [])];
    if (list.length > 0 && mayAttach()) {
      event.preventDefault();
      addFiles(id(), list);
    }
  };

  // Whoever types without being anywhere means the composer.
  const anywhere = (event: KeyboardEvent) => {
    const inside = (event.target as HTMLElement).closest("input, textarea, select, [role=dialog], [role=menu], [contenteditable]");
    if (inside || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
    box?.focus();
  };
  onMount(() => {
    document.addEventListener("keydown", anywhere);
    onCleanup(() => document.removeEventListener("keydown", anywhere));
  });

  const hint = () => {
    if (isThread(props.channel)) return `Message in ${channelName(props.channel)}`;
    return `Message ${props.channel.type === ChannelKind.Dm ? "@" : props.channel.guild_id ? "#" : ""}${channelName(props.channel)}`;
  };

  return (
    <Show
      when={canSend(props.channel) && !isPending(props.channel.guild_id)}
      fallback={<Closed channel={props.channel} />}
    >
      <div class="composer">
        <Show when={list().length > 0}>
          <Suggestions list={list()} at={at()} onPick={choose} onPoint={setAt} />
        </Show>
        <ReplyPill channel={id()} />
        <div class="composer-box" classList={{ joined: !!reply() }}>
          <Files channel={id()} />
          <Show
            when={!draft().command}
            fallback={<CommandForm channel={props.channel} command={draft().command as never} onDone={() => setCommand(id(), null)} />}
          >
            <div class="composer-line">
              <Show when={mayAttach() || can(props.channel, Permission.SendPolls)}>
                <AddMenu channel={props.channel} onFiles={() => files?.click()} />
                <input
                  ref={files}
                  type="file"
                  multiple
                  hidden
                  data-files
                  onChange={(event) => {
                    addFiles(id(), event.currentTarget.files ?? []);
                    event.currentTarget.value = "";
                    box?.focus();
                  }}
                />
              </Show>
              <textarea
                ref={box}
                data-composer
                class="composer-text"
                rows={1}
                placeholder={hint()}
                aria-label={hint()}
                aria-autocomplete="list"
                aria-controls={list().length > 0 ? "suggestions" : undefined}
                aria-activedescendant={list().length > 0 ? `suggestion-${at()}` : undefined}
                value={draft().text}
                onInput={(event) => {
                  typed(event.currentTarget.value);
                  setCaret(event.currentTarget.selectionStart);
                }}
                onKeyDown={onKey}
                onKeyUp={(event) => setCaret(event.currentTarget.selectionStart)}
                onClick={(event) => setCaret(event.currentTarget.selectionStart)}
                onPaste={pasted}
              />
              <Show when={left() < 200}>
                <span class="composer-left" classList={{ over: left() < 0 }} role="status">
                  {left()}
                </span>
              </Show>
              <Show when={hasStickers(props.channel)}>
                <StickerPicker channel={props.channel} />
              </Show>
              <IconButton label="Emoji" onClick={(event) => pickEmoji(event.currentTarget, (found) => insert(found.emoji.id ? `:${found.label}: ` : found.text))}>
                <Smile size={21} />
              </IconButton>
              <button
                type="button"
                class="icon-button composer-send"
                aria-label="Send"
                disabled={(!draft().text.trim() && draft().files.length === 0) || left() < 0 || waits()}
                onClick={submit}
              >
                <Send size={19} />
              </button>
            </div>
          </Show>
        </div>
        <div class="below">
          <Typing channel={props.channel} />
          <SlowMode channel={props.channel} />
        </div>
      </div>
    </Show>
  );
}
