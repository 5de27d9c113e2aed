/** Finding messages. */
import SearchIcon from "lucide-solid/icons/search";
import { createMemo, createSignal, For, Match, Show, Switch } from "solid-js";
import { closePanel, leafed, searched, setLeafed, setSearched } from "~/channel/panel";
import { channelName, channels } from "~/channel/store";
import { displayName, members } from "~/member/store";
import { createLoaded } from "~/net/loaded";
import { Preview } from "~/message/Preview";
import { api } from "~/net/rest";
import { learnThreads } from "~/thread/store";
import { Button, Empty, Failed, SkeletonRows } from "~/ui";
import { Panel } from "~/ui/Panel";
import { users } from "~/user/store";
import type { Channel, SearchResult } from "~/wire";
import { type Names, parseQuery } from "./query";

const PAGE = 25;
const HINTS = ["from:", "in:", "has:image", "has:file", "has:link", "mentions:", "pinned:yes", "before:", "after:"];

function namesIn(channel: Channel): Names {
  const guild = channel.guild_id;
  const low = (text: string | null | undefined) => text?.toLowerCase();
  return {
    user: (name) => {
      const wanted = name.toLowerCase();
      const ids = guild ? Object.keys(members[guild] ?? {}) : Object.keys(users);
      return ids.find((id) => {
        const user = users[id];
        return user && (low(user.username) === wanted || low(displayName(guild, user)) === wanted);
      });
    },
    channel: (name) =>
      Object.values(channels).find((one) => one?.guild_id === guild && low(channelName(one)) === name.toLowerCase())?.id,
  };
}

export function SearchPanel(props: { channel: Channel }) {
  const [text, setText] = createSignal(searched());
  const where = () => props.channel.guild_id ?? props.channel.id;
  const page = () => (leafed().where === where() ? leafed().page : 0);
  const newest = () => leafed().newest;
  const turnTo = (next: number) => setLeafed({ where: where(), page: next, newest: newest() });
  const query = createMemo(() => parseQuery(searched(), namesIn(props.channel)));
  const asked = () => {
    const { unknown: _, ...rest } = query();
    if (Object.keys(rest).length === 0) return undefined;
    return { ...rest, offset: page() * PAGE, sort_order: newest() ? "desc" : "asc", sort_by: "timestamp" };
  };
  const path = () =>
    props.channel.guild_id ? `/guilds/${props.channel.guild_id}/messages/search` : `/channels/${props.channel.id}/messages/search`;
  const found = createLoaded(asked, (wanted) =>
    api.get<SearchResult>(path(), { ...wanted, limit: PAGE }).then((answer) => {
      // Archived threads among them: no event told of those.
      learnThreads({ threads: answer.threads ?? [], members: answer.members ?? [] });
      return answer;
    }),
  );
  const messages = () => found.value()?.messages.flatMap((group) => group.slice(0, 1)) ?? [];
  const submit = (event?: Event) => {
    event?.preventDefault();
    setSearched(text().trim());
  };
  const pages = () => Math.ceil((found.value()?.total_results ?? 0) / PAGE);
  return (
    <Panel title="Search" onClose={closePanel}>
      <form class="search-form" role="search" onSubmit={submit}>
        <input
          class="field-input"
          type="search"
          aria-label="Search messages"
          placeholder="Search messages"
          value={text()}
          autofocus
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <div class="search-hints">
          <For each={HINTS}>
            {(hint) => (
              <button type="button" onClick={() => setText((now) => `${now.trim()} ${hint}`.trim())}>
                {hint}
              </button>
            )}
          </For>
        </div>
        <Show when={query().unknown.length > 0}>
          <p class="field-error">Not understood: {query().unknown.join(", ")}</p>
        </Show>
      </form>
      <div class="panel-body" aria-live="polite">
        <Switch>
          <Match when={!asked()}>
            <Empty icon={SearchIcon} title="Find a message">
              <p>Words, and filters like from:name, in:channel or has:image.</p>
            </Empty>
          </Match>
          <Match when={found.error()}>
            <Failed error={found.error()} onRetry={() => found.again()} />
          </Match>
          <Match when={found.loading() && !found.value()}>
            <SkeletonRows rows={5} />
          </Match>
          <Match when={messages().length === 0}>
            <Empty icon={SearchIcon} title="Nothing found">
              <p>Try other words, or fewer filters.</p>
            </Empty>
          </Match>
          <Match when={true}>
            <div class="row panel-note">
              <span class="grow">{found.value()?.total_results} found</span>
              <button type="button" class="link" onClick={() => setLeafed({ where: where(), page: 0, newest: !newest() })}>
                {newest() ? "Newest first" : "Oldest first"}
              </button>
            </div>
            <For each={messages()}>
              {(message) => (
                <>
                  <div class="panel-note">#{channels[message.channel_id] ? channelName(channels[message.channel_id] as Channel) : ""}</div>
                  <Preview message={message} />
                </>
              )}
            </For>
            <Show when={pages() > 1}>
              <div class="row" style={{ "justify-content": "center" }}>
                <Button small disabled={page() === 0} onClick={() => turnTo(page() - 1)}>
                  Back
                </Button>
                <span class="muted small">
                  {page() + 1} of {pages()}
                </span>
                <Button small disabled={page() + 1 >= pages()} onClick={() => turnTo(page() + 1)}>
                  Next
                </Button>
              </div>
            </Show>
          </Match>
        </Switch>
      </div>
    </Panel>
  );
}
