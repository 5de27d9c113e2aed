/** A guild that one may come into. */
import Users from "lucide-solid/icons/users";
import { createSignal, For, Show } from "solid-js";
import { openGuild } from "~/guild/Rail";
import { guilds } from "~/guild/store";
import { bannerOfGuild, guildIcon, guildSplash } from "~/net/cdn";
import { ApiError, explain } from "~/net/error";
import { Button, Picture, StatusDot, tint } from "~/ui";
import { join } from "./join";
import type { DiscoverableGuild } from "./wire";

const count = new Intl.NumberFormat();

export function Card(props: { guild: DiscoverableGuild; onTag: (word: string) => void }) {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal("");
  const inside = () => guilds[props.guild.id] !== undefined;
  const splash = () => guildSplash(props.guild, 400) ?? bannerOfGuild(props.guild, 400);
  const enter = async () => {
    setBusy(true);
    setProblem("");
    try {
      await join(props.guild.id);
    } catch (error) {
      const gone = error instanceof ApiError && error.code === 10004;
      setProblem(gone ? "It is not open any more." : explain(error));
    }
    setBusy(false);
  };
  return (
    <li class="discovery-card">
      <div class="discovery-splash" style={{ background: tint(props.guild.id) }}>
        <Show when={splash()}>{(src) => <img src={src()} alt="" loading="lazy" draggable={false} />}</Show>
      </div>
      <span class="discovery-icon">
        <Picture src={guildIcon(props.guild, 56)} name={props.guild.name} id={props.guild.id} size={56} />
      </span>
      <div class="discovery-words">
        <h3 class="discovery-name truncate" title={props.guild.name}>
          {props.guild.name}
        </h3>
        <p class="discovery-about">{props.guild.description || "Says nothing of itself yet."}</p>
        <Show when={props.guild.keywords.length > 0}>
          <ul class="discovery-tags" aria-label={`Tags of ${props.guild.name}`}>
            <For each={props.guild.keywords}>
              {(word) => (
                <li>
                  <button type="button" class="chip" aria-label={`Search ${word}`} onClick={() => props.onTag(word)}>
                    <span class="truncate">{word}</span>
                  </button>
                </li>
              )}
            </For>
          </ul>
        </Show>
        <Show when={problem()}>
          <p class="field-error" role="alert">
            {problem()}
          </p>
        </Show>
        <div class="discovery-foot">
          <span class="discovery-count">
            <StatusDot status="online" size={8} /> {count.format(props.guild.approximate_presence_count)} online
          </span>
          <span class="discovery-count">
            <Users size={14} /> {count.format(props.guild.approximate_member_count)}{" "}
            {props.guild.approximate_member_count === 1 ? "member" : "members"}
          </span>
          <Show
            when={!inside()}
            fallback={
              <Button small onClick={() => openGuild(props.guild.id)}>
                Open<span class="visually-hidden"> {props.guild.name}</span>
              </Button>
            }
          >
            <Button small look="primary" busy={busy()} onClick={() => void enter()}>
              Join<span class="visually-hidden"> {props.guild.name}</span>
            </Button>
          </Show>
        </div>
      </div>
    </li>
  );
}
