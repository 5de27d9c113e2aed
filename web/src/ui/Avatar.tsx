/** Pictures of people and places, with letters where there is no picture. */
import { createEffect, createSignal, Show } from "solid-js";
import { avatarOf } from "~/net/cdn";
import type { Status as StatusName, User } from "~/wire";

const HUES = [232, 266, 318, 350, 18, 152, 174, 200];

/** A colour that belongs to an id: always the same. */
export function tint(id: string): string {
  let sum = 0;
  for (const digit of id) sum = (sum * 31 + digit.charCodeAt(0)) % 9973;
  const hue = HUES[sum % HUES.length] ?? 232;
  return `linear-gradient(140deg, hsl(${hue} 58% 52%), hsl(${hue + 24} 55% 41%))`;
}

/** Up to two letters of a name. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s_\-.]+/)
    .filter(Boolean);
  const letters =
    words.length > 1 ? `${[...(words[0] ?? "")][0] ?? ""}${[...(words[1] ?? "")][0] ?? ""}` : [...name.trim()][0];
  return (letters || "?").toUpperCase();
}

export function Picture(props: { src: string | null; name: string; id: string; size: number }) {
  const [broken, setBroken] = createSignal(false);
  createEffect(() => {
    props.src;
    setBroken(false);
  });
  return (
    <Show
      when={props.src && !broken()}
      fallback={
        <span
          class="avatar-letters"
          style={{ background: tint(props.id), "font-size": `${Math.round(props.size * 0.4)}px` }}
          aria-hidden="true"
        >
          {initials(props.name)}
        </span>
      }
    >
      <img
        class="avatar-picture"
        src={props.src ?? ""}
        alt=""
        loading="lazy"
        draggable={false}
        onError={() => setBroken(true)}
      />
    </Show>
  );
}

export function StatusDot(props: { status: StatusName; size?: number }) {
  return (
    <span
      class={`status status-${props.status}`}
      style={{ width: `${props.size ?? 10}px`, height: `${props.size ?? 10}px` }}
      role="img"
      aria-label={STATUS_WORDS[props.status]}
    />
  );
}

export const STATUS_WORDS: Record<StatusName, string> = {
  online: "Online",
  idle: "Idle",
  dnd: "Do not disturb",
  invisible: "Invisible",
  offline: "Offline",
};

interface AvatarProps {
  user: Pick<User, "id" | "avatar" | "username" | "global_name">;
  size?: number;
  status?: StatusName | undefined;
  src?: string | null;
}

export function Avatar(props: AvatarProps) {
  const size = () => props.size ?? 40;
  return (
    <span class="avatar" style={{ width: `${size()}px`, height: `${size()}px` }}>
      <Picture
        src={props.src ?? avatarOf(props.user, size())}
        name={props.user.global_name ?? props.user.username}
        id={props.user.id}
        size={size()}
      />
      <Show when={props.status}>
        {(status) => (
          <span class="avatar-status">
            <span
              class={`status status-${status()}`}
              style={{ width: "100%", height: "100%" }}
              role="img"
              aria-label={STATUS_WORDS[status()]}
            />
          </span>
        )}
      </Show>
    </span>
  );
}
