/** The picture or emoji of somebody's highest role that has one. */
import { Show } from "solid-js";
import { roleIcon } from "~/net/cdn";
import { Tooltip } from "~/ui/Tooltip";
import type { Id } from "~/wire";
import { rolesOf } from "./store";
import "./member.css";

export function RoleIcon(props: { guild: Id | null | undefined; user: Id }) {
  const role = () => rolesOf(props.guild, props.user).find((one) => one.icon || one.unicode_emoji);
  return (
    <Show when={role()}>
      {(known) => (
        <Tooltip label={known().name}>
          <Show
            when={known().icon}
            fallback={
              <span class="emoji-text role-icon" role="img" aria-label={known().name}>
                {known().unicode_emoji}
              </span>
            }
          >
            {(hash) => <img class="role-icon" src={roleIcon(known().id, hash(), 18)} alt={known().name} width={18} height={18} />}
          </Show>
        </Tooltip>
      )}
    </Show>
  );
}
