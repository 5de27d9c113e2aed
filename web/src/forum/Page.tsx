/** A forum: its posts, found by words and tags, in an order of one's choice. */
import ArrowDownUp from "lucide-solid/icons/arrow-down-up";
import LayoutGrid from "lucide-solid/icons/layout-grid";
import List from "lucide-solid/icons/list";
import MessagesSquare from "lucide-solid/icons/messages-square";
import Plus from "lucide-solid/icons/plus";
import Search from "lucide-solid/icons/search";
import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from "solid-js";
import { canSend, channelName } from "~/channel/store";
import { Markdown } from "~/markdown/View";
import { markRead } from "~/read/store";
import { Button, complain, Empty, Failed, IconButton, Menu, SkeletonRows } from "~/ui";
import { type Channel, ChannelKind, ForumLayout, type Id, SortOrder } from "~/wire";
import { PostCard } from "./Card";
import { ComposePost } from "./Compose";
import { arrange, toggleTag } from "./posts";
import { findPosts, postsOf } from "./store";
import { TagPicks } from "./Tags";
import "./forum.css";

/** A breath between two keys. */
const PATIENCE = 250;

const ORDERS = [
  { value: SortOrder.LatestActivity, label: "Recently active" },
  { value: SortOrder.CreationDate, label: "Date posted" },
] as const;

export function ForumPage(props: { channel: Channel }) {
  const [text, setText] = createSignal("");
  const [asked, setAsked] = createSignal("");
  const [tags, setTags] = createSignal<Id[]>([]);
  const [order, setOrder] = createSignal<number | null>(null);
  const [layout, setLayout] = createSignal<number | null>(null);
  const [loaded, setLoaded] = createSignal<"loading" | "there" | "failed">("loading");
  const [problem, setProblem] = createSignal<unknown>();
  const [more, setMore] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  const [offset, setOffset] = createSignal(0);
  const [composing, setComposing] = createSignal(false);
  const sort = () => order() ?? props.channel.default_sort_order ?? SortOrder.LatestActivity;
  const gallery = () => {
    const fallback = props.channel.type === ChannelKind.Media ? ForumLayout.Gallery : ForumLayout.List;
    return (layout() ?? (props.channel.default_forum_layout || fallback)) === ForumLayout.Gallery;
  };
  const wish = () => ({ order: sort(), tags: tags(), text: asked() });
  // A forum is read where its list was seen; what is said in its posts is read there.
  const seen = () => {
    const newest = props.channel.last_message_id;
    if (newest && document.visibilityState === "visible" && document.hasFocus()) markRead(props.channel.id, newest);
  };
  createEffect(on(() => [props.channel.id, props.channel.last_message_id], seen));
  window.addEventListener("focus", seen);
  onCleanup(() => window.removeEventListener("focus", seen));
  let turn = 0;
  const load = async (from: number) => {
    turn += 1;
    const mine = turn;
    setBusy(true);
    if (from === 0) setLoaded((now) => (now === "there" ? "there" : "loading"));
    try {
      const page = await findPosts(props.channel.id, wish(), from);
      if (mine !== turn) return;
      setOffset(from + page.ids.length);
      setMore(page.more);
      setLoaded("there");
    } catch (error) {
      if (mine !== turn) return;
      setProblem(error);
      if (loaded() === "there") complain(error);
      else setLoaded("failed");
    } finally {
      if (mine === turn) setBusy(false);
    }
  };
  createEffect(on([() => props.channel.id, asked, tags, sort], () => void load(0)));
  let timer: ReturnType<typeof setTimeout> | undefined;
  createEffect(
    on(
      text,
      (now) => {
        clearTimeout(timer);
        timer = setTimeout(() => setAsked(now), PATIENCE);
      },
      { defer: true },
    ),
  );
  onCleanup(() => clearTimeout(timer));
  const posts = createMemo(() => arrange(postsOf(props.channel.id), { ...wish(), text: text() }));
  const none = () => posts().active.length + posts().older.length === 0;
  return (
    <div class="forum">
      <div class="forum-in">
        <Show when={props.channel.topic}>
          {(topic) => (
            <details class="forum-guide">
              <summary>Guidelines of this forum</summary>
              <Markdown text={topic()} guild={props.channel.guild_id} />
            </details>
          )}
        </Show>
        <div class="forum-bar">
          <label class="forum-search">
            <Search size={17} />
            <input
              type="search"
              value={text()}
              placeholder={canSend(props.channel) ? "Search, or begin a post…" : "Search posts"}
              aria-label="Search posts"
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
          <Show when={canSend(props.channel)}>
            <Button look="primary" onClick={() => setComposing(true)}>
              <Plus size={17} /> New post
            </Button>
          </Show>
        </div>
        <div class="forum-bar">
          <Menu
            class="button button-secondary button-small"
            label="Sort posts"
            trigger={
              <>
                <ArrowDownUp size={15} /> {ORDERS.find((one) => one.value === sort())?.label}
              </>
            }
            entries={ORDERS.map((one) => ({ label: one.label, act: () => setOrder(one.value) }))}
          />
          <TagPicks
            label="Only posts with these tags"
            tags={props.channel.available_tags ?? []}
            chosen={tags()}
            onToggle={(tag) => setTags((all) => toggleTag(all, tag))}
          />
          <span class="grow" />
          <IconButton label="As a list" aria-pressed={!gallery()} onClick={() => setLayout(ForumLayout.List)}>
            <List size={18} />
          </IconButton>
          <IconButton label="As a gallery" aria-pressed={gallery()} onClick={() => setLayout(ForumLayout.Gallery)}>
            <LayoutGrid size={17} />
          </IconButton>
        </div>
        <Show when={!none()} fallback={<Nothing state={loaded()} problem={problem()} found={text() !== "" || tags().length > 0} onRetry={() => void load(0)} />}>
          <ul class="posts" classList={{ gallery: gallery() }} aria-label={`Posts in ${channelName(props.channel)}`}>
            <For each={posts().active}>
              {(post) => <PostCard post={post} forum={props.channel} gallery={gallery()} />}
            </For>
          </ul>
          <Show when={posts().older.length > 0}>
            <h2 class="forum-older">Older posts</h2>
            <ul class="posts" classList={{ gallery: gallery() }} aria-label="Older posts">
              <For each={posts().older}>
                {(post) => <PostCard post={post} forum={props.channel} gallery={gallery()} />}
              </For>
            </ul>
          </Show>
          <Show when={more()}>
            <Button busy={busy()} onClick={() => void load(offset())}>
              Show more
            </Button>
          </Show>
        </Show>
      </div>
      <Show when={composing()}>
        <ComposePost
          forum={props.channel}
          title={text()}
          onClose={() => {
            setComposing(false);
          }}
        />
      </Show>
    </div>
  );
}

function Nothing(props: { state: string; problem: unknown; found: boolean; onRetry: () => void }) {
  return (
    <Show when={props.state !== "loading"} fallback={<SkeletonRows rows={5} />}>
      <Show when={props.state !== "failed"} fallback={<Failed error={props.problem} onRetry={() => props.onRetry()} />}>
        <Empty icon={MessagesSquare} title={props.found ? "No such post" : "No posts yet"}>
          <p>{props.found ? "Try other words or other tags." : "Begin the first one: a question, an idea, a picture."}</p>
        </Empty>
      </Show>
    </Show>
  );
}
