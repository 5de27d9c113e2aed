/** A tree of markdown as elements. Text only ever becomes text. */
import Check from "lucide-solid/icons/check";
import Copy from "lucide-solid/icons/copy";
import Hash from "lucide-solid/icons/hash";
import Volume from "lucide-solid/icons/volume-2";
import { createMemo, createSignal, For, Match, Show, Switch } from "solid-js";
import { channelPath, navigate } from "~/app/router";
import { channelName, channels } from "~/channel/store";
import { roleOf } from "~/guild/store";
import { displayName, roleColor } from "~/member/store";
import { exact, styled } from "~/message/time";
import { emojiImage } from "~/net/cdn";
import { Tooltip } from "~/ui/Tooltip";
import { openProfile } from "~/user/popover";
import { myId, users } from "~/user/store";
import { type Id, isVoice } from "~/wire";
import { inline, isJumbo, type Node, parse } from "./parse";
import "./markdown.css";

interface Where {
  guild?: Id | null | undefined;
  /** Nothing in it is pressed: it stands in something that is pressed as a whole. */
  still?: boolean;
}

/** The text of a message. */
export function Markdown(props: { text: string } & Where) {
  // Only a text that is another one is read anew: what was uncovered or selected stays so when somebody reacts.
  const text = createMemo(() => props.text);
  const nodes = createMemo(() => parse(text()));
  return (
    <div class="markdown" classList={{ jumbo: isJumbo(nodes()) }}>
      <Nodes nodes={nodes()} guild={props.guild} />
    </div>
  );
}

/** One line of it: topics, previews. */
export function Inline(props: { text: string } & Where) {
  const nodes = createMemo(() => inline(props.text.replace(/\n+/g, " ").replace(/```/g, "`")));
  return <Nodes nodes={nodes()} guild={props.guild} still={props.still ?? false} />;
}

function Nodes(props: { nodes: Node[] } & Where) {
  return <For each={props.nodes}>{(node) => <One node={node} guild={props.guild} still={props.still ?? false} />}</For>;
}

function One(props: { node: Node } & Where) {
  const node = props.node;
  const inside = (nodes: Node[]) => <Nodes nodes={nodes} guild={props.guild} still={props.still ?? false} />;
  if (props.still && PRESSED.has(node.kind)) return <Still node={node} guild={props.guild} />;
  switch (node.kind) {
    case "text":
      return <>{node.text}</>;
    case "break":
      return <br />;
    case "strong":
      return <strong>{inside(node.nodes)}</strong>;
    case "em":
      return <em>{inside(node.nodes)}</em>;
    case "u":
      return <u>{inside(node.nodes)}</u>;
    case "s":
      return <s>{inside(node.nodes)}</s>;
    case "spoiler":
      return <Spoiler nodes={node.nodes} guild={props.guild} />;
    case "code":
      return <code class="code">{node.text}</code>;
    case "block":
      return <Block language={node.language} text={node.text} />;
    case "heading":
      if (node.level === 1) return <h2 class="md-h1">{inside(node.nodes)}</h2>;
      if (node.level === 2) return <h3 class="md-h2">{inside(node.nodes)}</h3>;
      return <h4 class="md-h3">{inside(node.nodes)}</h4>;
    case "subtext":
      return <div class="md-subtext">{inside(node.nodes)}</div>;
    case "quote":
      return <blockquote>{inside(node.nodes)}</blockquote>;
    case "list":
      return node.start === null ? (
        <ul>
          <For each={node.items}>{(item) => <li>{inside(item)}</li>}</For>
        </ul>
      ) : (
        <ol start={node.start}>
          <For each={node.items}>{(item) => <li>{inside(item)}</li>}</For>
        </ol>
      );
    case "link":
      return <Link href={node.href} nodes={node.nodes} guild={props.guild} />;
    case "user":
      return <UserMention id={node.id} guild={props.guild} />;
    case "role":
      return <RoleMention id={node.id} guild={props.guild} />;
    case "channel":
      return <ChannelMention id={node.id} />;
    case "command":
      return <span class="mention">/{node.name}</span>;
    case "everyone":
      return <span class="mention">{node.text}</span>;
    case "emoji":
      return (
        <Tooltip label={`:${node.name}:`}>
          <img class="emoji" src={emojiImage(node, 48)} alt={`:${node.name}:`} draggable={false} loading="lazy" />
        </Tooltip>
      );
    case "unicode":
      return <span class="emoji-text">{node.text}</span>;
    case "time":
      return (
        <Tooltip label={exact(node.seconds * 1000)}>
          <time class="md-time">{styled(node.seconds, node.style)}</time>
        </Tooltip>
      );
  }
}

/** What is a link or a button where it may be one. */
const PRESSED: ReadonlySet<Node["kind"]> = new Set(["link", "spoiler", "user", "channel", "block"]);

function Still(props: { node: Node } & Where) {
  const node = props.node;
  switch (node.kind) {
    case "link":
      return <Nodes nodes={node.nodes} guild={props.guild} still />;
    case "spoiler":
      return <span class="spoiler" role="img" aria-label="Spoiler">{"\u2002".repeat(6)}</span>;
    case "user":
      return <span class="mention">@{calledHere(node.id, props.guild)}</span>;
    case "channel":
      return <span class="mention">#{channels[node.id] ? channelName(channels[node.id] as never) : "unknown"}</span>;
    case "block":
      return <code class="code">{node.text}</code>;
    default:
      return null;
  }
}

const calledHere = (id: Id, guild: Id | null | undefined): string => {
  const user = users[id];
  return user ? displayName(guild, user) : "unknown";
};

function Spoiler(props: { nodes: Node[] } & Where) {
  const [shown, setShown] = createSignal(false);
  return (
    <Show
      when={shown()}
      fallback={
        <button type="button" class="spoiler" aria-label="Spoiler, show" onClick={() => setShown(true)}>
          <span aria-hidden="true" inert>
            <Nodes nodes={props.nodes} guild={props.guild} />
          </span>
        </button>
      }
    >
      <span class="spoiler-shown">
        <Nodes nodes={props.nodes} guild={props.guild} />
      </span>
    </Show>
  );
}

function Block(props: { language: string; text: string }) {
  const [copied, setCopied] = createSignal(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(props.text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <div class="code-block" classList={{ named: props.language !== "" }}>
      <Show when={props.language}>
        <div class="code-language">{props.language}</div>
      </Show>
      <button type="button" class="icon-button code-copy" aria-label="Copy the code" onClick={copy}>
        <Show when={copied()} fallback={<Copy size={15} />}>
          <Check size={15} />
        </Show>
      </button>
      <pre tabindex={0}>
        <code>{props.text}</code>
      </pre>
    </div>
  );
}

function Link(props: { href: string; nodes: Node[] } & Where) {
  const own = () => {
    const url = new URL(props.href, location.href);
    return url.origin === location.origin && /^\/(channels|invite)\//.test(url.pathname) ? url.pathname : null;
  };
  const act = (event: MouseEvent) => {
    const path = own();
    if (!path || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    navigate(path);
  };
  return (
    <a href={props.href} target="_blank" rel="noopener noreferrer nofollow" title={props.href} onClick={act}>
      <Nodes nodes={props.nodes} guild={props.guild} />
    </a>
  );
}

function UserMention(props: { id: Id } & Where) {
  return (
    <button
      type="button"
      class="mention"
      classList={{ "mention-me": props.id === myId() }}
      onClick={(event) => openProfile(props.id, props.guild, event.currentTarget)}
    >
      @{calledHere(props.id, props.guild)}
    </button>
  );
}

function RoleMention(props: { id: Id } & Where) {
  const role = () => (props.guild ? roleOf(props.guild, props.id) : undefined);
  return (
    <span class="mention" style={role()?.color ? { "--mention": roleColor(role() as { color: number }) } : {}}>
      @{role()?.name ?? "unknown role"}
    </span>
  );
}

function ChannelMention(props: { id: Id }) {
  const channel = () => channels[props.id];
  return (
    <Show when={channel()} fallback={<span class="mention"># unknown</span>}>
      {(known) => (
        <button
          type="button"
          class="mention mention-channel"
          onClick={() => navigate(channelPath(known().guild_id, known().id))}
        >
          <Switch fallback={<Hash size={14} />}>
            <Match when={isVoice(known())}>
              <Volume size={14} />
            </Match>
          </Switch>
          {channelName(known())}
        </button>
      )}
    </Show>
  );
}
