/** The buttons that hover over a message, and its menu. */
import Copy from "lucide-solid/icons/copy";
import CornerUpRight from "lucide-solid/icons/corner-up-right";
import Hash from "lucide-solid/icons/hash";
import Link from "lucide-solid/icons/link";
import MailOpen from "lucide-solid/icons/mail";
import MessagesSquare from "lucide-solid/icons/messages-square";
import More from "lucide-solid/icons/ellipsis";
import Pencil from "lucide-solid/icons/pencil";
import Pin from "lucide-solid/icons/pin";
import PinOff from "lucide-solid/icons/pin-off";
import Reply from "lucide-solid/icons/reply";
import SmilePlus from "lucide-solid/icons/face-slightly-smiling-plus";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, Show } from "solid-js";
import { canReact, canSend, channels } from "~/channel/store";
import { appsEntry, CommandKind } from "~/command/menu";
import { openDialog } from "~/dialog/store";
import { Glyph, pickEmoji } from "~/emoji/Picker";
import { noteUse, recent } from "~/emoji/recent";
import { indexOf } from "~/message/log";
import { markUnread } from "~/read/store";
import { mayStartThread, startThreadFrom } from "~/thread/store";
import { afterMenu, attempt, IconButton, Menu, type MenuEntry } from "~/ui";
import { type Message, isThread } from "~/wire";
import { copyText, isEphemeral, isSystem, linkOf, mayDelete, mayEdit, mayPin, remove, togglePin, toggleReaction } from "./act";
import { setEditing } from "./edit";
import { replyTo, setDeleting } from "./focus";
import { mayForward } from "./forward";
import { logs } from "./store";

function unreadFrom(message: Message): void {
  const list = logs[message.channel_id]?.messages ?? [];
  const { index } = indexOf(list, message.id);
  const before = list[index - 1]?.id ?? String(BigInt(message.id) - 1n);
  void attempt(markUnread(message.channel_id, before));
}

const mayAnswer = (message: Message): boolean => {
  const channel = channels[message.channel_id];
  return channel !== undefined && canSend(channel) && !isSystem(message) && !isEphemeral(message);
};

const mayReact = (message: Message): boolean => {
  const channel = channels[message.channel_id];
  return channel !== undefined && canReact(channel) && !isEphemeral(message);
};

/** Beside the message itself, when the menu that asked is gone and has given the focus back. */
function reactTo(message: Message): void {
  const row = document.querySelector<HTMLElement>(`[data-message="${message.id}"]`);
  if (row) afterMenu(() => pickEmoji(row, (found) => void toggleReaction(message, found.emoji)));
}

export function entriesOf(message: Message): MenuEntry[] {
  const channel = channels[message.channel_id];
  return [
    mayReact(message) && { label: "Add a reaction", icon: SmilePlus, act: () => reactTo(message) },
    mayAnswer(message) && { label: "Reply", icon: Reply, act: () => replyTo(message) },
    mayForward(message) && { label: "Forward", icon: CornerUpRight, act: () => openDialog({ kind: "forward", message }) },
    mayEdit(message) && { label: "Edit", icon: Pencil, act: () => setEditing(message.id) },
    channel &&
      !isThread(channel) &&
      !message.thread &&
      mayStartThread(channel) &&
      !isSystem(message) && { label: "Start a thread", icon: MessagesSquare, act: () => startThreadFrom(message) },
    mayPin(message) && {
      label: message.pinned ? "Unpin" : "Pin",
      icon: message.pinned ? PinOff : Pin,
      act: () => void togglePin(message),
    },
    !isEphemeral(message) && appsEntry(channel, CommandKind.Message, message.id),
    "line",
    message.content && { label: "Copy text", icon: Copy, act: () => void copyText(message.content, "Text copied.") },
    { label: "Copy link", icon: Link, act: () => void copyText(linkOf(message), "Link copied.") },
    { label: "Copy id", icon: Hash, act: () => void copyText(message.id, "Id copied.") },
    !isEphemeral(message) && { label: "Mark unread from here", icon: MailOpen, act: () => unreadFrom(message) },
    mayDelete(message) && "line",
    mayDelete(message) && { label: "Delete", icon: Trash, danger: true, act: () => setDeleting(message) },
  ];
}

export function Actions(props: { message: Message }) {
  const [open, setOpen] = createSignal(false);
  const takeBack = (event: MouseEvent) => {
    // Shift deletes without asking, as people are used to.
    if (event.shiftKey) void attempt(remove(props.message));
    else setDeleting(props.message);
  };
  return (
    <div class="message-actions" classList={{ open: open() }} role="toolbar" aria-label="Message">
      <Show when={mayReact(props.message)}>
        <For each={recent(3)}>
          {(found) => (
            <button
              type="button"
              class="icon-button quick"
              aria-label={`React with ${found.label}`}
              onClick={() => {
                noteUse(found);
                void toggleReaction(props.message, found.emoji);
              }}
            >
              <Glyph found={found} />
            </button>
          )}
        </For>
        <IconButton
          label="Add a reaction"
          onClick={(event) => pickEmoji(event.currentTarget, (found) => void toggleReaction(props.message, found.emoji))}
        >
          <SmilePlus size={18} />
        </IconButton>
      </Show>
      <Show when={mayEdit(props.message)}>
        <IconButton label="Edit" onClick={() => setEditing(props.message.id)}>
          <Pencil size={17} />
        </IconButton>
      </Show>
      <Show when={mayAnswer(props.message)}>
        <IconButton label="Reply" onClick={() => replyTo(props.message)}>
          <Reply size={18} />
        </IconButton>
      </Show>
      <Show when={mayDelete(props.message) && !mayEdit(props.message)}>
        <IconButton label="Delete" class="danger" onClick={takeBack}>
          <Trash size={17} />
        </IconButton>
      </Show>
      <Menu
        label="More"
        trigger={<More size={18} />}
        entries={entriesOf(props.message)}
        placement="bottom-end"
        onOpenChange={setOpen}
      />
    </div>
  );
}
