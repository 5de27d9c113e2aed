/** Keys that work everywhere. */
import { drawer, setDrawer, closePanel, panel, togglePanel } from "~/channel/panel";
import { privateChannels, sectionsOf } from "~/channel/store";
import { closeDialog, dialog, openDialog } from "~/dialog/store";
import { openGuild } from "~/guild/Rail";
import { guildList } from "~/guild/store";
import { looksUnread, markGuildRead, markRead, mentionsOf } from "~/read/store";
import { channels } from "~/channel/store";
import { attempt } from "~/ui/Toast";
import { type Channel, isVoice } from "~/wire";
import { channelPath, navigate, openChannel, place } from "./router";

export const SHORTCUTS: { keys: string; does: string }[] = [
  { keys: "Ctrl K", does: "Go to a channel, a person, a guild" },
  { keys: "Alt ↑ / ↓", does: "Previous or next channel" },
  { keys: "Alt Shift ↑ / ↓", does: "Previous or next unread channel" },
  { keys: "Ctrl Alt ↑ / ↓", does: "Previous or next guild" },
  { keys: "Escape", does: "Mark the channel as read" },
  { keys: "Shift Escape", does: "Mark the guild as read" },
  { keys: "Ctrl F", does: "Search" },
  { keys: "Ctrl U", does: "Show or hide members" },
  { keys: "↑", does: "Edit the last message, in an empty box" },
  { keys: "Ctrl B / I / U / E", does: "Bold, italics, underline, code" },
  { keys: "Shift Enter", does: "A new line" },
  { keys: "Ctrl /", does: "This list" },
];

function here(): Channel[] {
  const now = place();
  if (now.kind === "guild") return sectionsOf(now.guild).flatMap((section) => section.channels.filter((one) => !isVoice(one)));
  return privateChannels();
}

function step(by: 1 | -1, unread: boolean): void {
  const all = here();
  const at = all.findIndex((one) => one.id === openChannel());
  for (let index = 1; index <= all.length; index += 1) {
    const next = all[(at + by * index + all.length * index) % all.length];
    if (next && (!unread || looksUnread(next) || mentionsOf(next.id) > 0)) {
      return navigate(channelPath(next.guild_id, next.id));
    }
  }
}

function stepGuild(by: 1 | -1): void {
  const all = guildList();
  const now = place();
  const at = now.kind === "guild" ? all.findIndex((one) => one.id === now.guild) : by > 0 ? -1 : all.length;
  const next = all[at + by];
  if (next) openGuild(next.id);
  else navigate("/channels/@me");
}

function leave(event: KeyboardEvent): void {
  if (drawer() !== "none") return void setDrawer("none");
  if (panel() && panel() !== "members") return closePanel();
  const id = openChannel();
  const now = place();
  if (event.shiftKey && now.kind === "guild") return void attempt(markGuildRead(now.guild), "Marked as read.");
  const last = id ? channels[id]?.last_message_id : undefined;
  if (id && last) markRead(id, last);
}

export function installShortcuts(): () => void {
  const onKey = (event: KeyboardEvent) => {
    // Whatever has the focus took the key for itself.
    if (event.defaultPrevented) return;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && key === "k" && !event.shiftKey) {
      event.preventDefault();
      return dialog()?.kind === "switcher" ? closeDialog() : openDialog({ kind: "switcher" });
    }
    if (command && key === "/") {
      event.preventDefault();
      return openDialog({ kind: "shortcuts" });
    }
    if (document.querySelector("[role=dialog], [role=alertdialog], [role=menu]")) return;
    if ((event.altKey && key === "arrowup") || (event.altKey && key === "arrowdown")) {
      event.preventDefault();
      const by = key === "arrowdown" ? 1 : -1;
      return command ? stepGuild(by) : step(by, event.shiftKey);
    }
    const kind = place().kind;
    if (kind !== "guild" && kind !== "home") return;
    if (command && key === "f" && openChannel()) {
      event.preventDefault();
      const box = document.querySelector<HTMLInputElement>("[data-search]");
      return box?.offsetParent ? box.focus() : togglePanel("search");
    }
    if (command && key === "u" && !(event.target as HTMLElement).closest("[data-composer]")) {
      event.preventDefault();
      return togglePanel("members");
    }
    if (event.key === "Escape") leave(event);
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
