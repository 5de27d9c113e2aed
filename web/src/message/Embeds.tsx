/** Cards under a message. */
import { For, Show } from "solid-js";
import { Inline, Markdown } from "~/markdown/View";
import { local, preview } from "~/net/cdn";
import type { Embed, Id } from "~/wire";
import { fitted } from "./Attachments";
import { setViewed } from "./focus";
import { stamp } from "./time";

const hex = (color: number | undefined): string | undefined =>
  color === undefined ? undefined : `#${color.toString(16).padStart(6, "0")}`;

function Medium(props: { url: string; width?: number | undefined; height?: number | undefined; small?: boolean }) {
  const size = () => (props.width && props.height ? fitted(props.width, props.height, props.small ? 80 : 440, props.small ? 80 : 300) : null);
  const density = Math.min(2, window.devicePixelRatio || 1);
  const shown = () => {
    const fits = size();
    return fits ? preview(props.url, fits.width * density, fits.height * density) : local(props.url);
  };
  return (
    <button type="button" class="embed-medium" aria-label="Show the picture" onClick={() => setViewed({ url: local(props.url), name: "", alt: "" })}>
      <img
        src={shown()}
        alt=""
        loading="lazy"
        style={size() ? { width: `${size()?.width}px`, "aspect-ratio": `${size()?.width} / ${size()?.height}` } : {}}
      />
    </button>
  );
}

/** Previews of which the picture says more than the words. */
const LARGE = ["article", "video"];

function Card(props: { embed: Embed; guild: Id | undefined }) {
  const embed = props.embed;
  const large = LARGE.includes(embed.type ?? "");
  return (
    <article class="embed" style={{ "--embed": hex(embed.color) ?? "var(--line-2)" }}>
      <div class="embed-main">
        <div class="grow">
          <Show when={embed.provider?.name}>
            <div class="embed-provider">{embed.provider?.name}</div>
          </Show>
          <Show when={embed.author}>
            {(author) => (
              <div class="embed-author">
                <Show when={author().proxy_icon_url ?? author().icon_url}>
                  {(url) => <img src={local(url())} alt="" />}
                </Show>
                <Show when={author().url} fallback={author().name}>
                  <a href={author().url} target="_blank" rel="noopener noreferrer nofollow">
                    {author().name}
                  </a>
                </Show>
              </div>
            )}
          </Show>
          <Show when={embed.title}>
            <div class="embed-title">
              <Show when={embed.url} fallback={<Inline text={embed.title ?? ""} guild={props.guild} />}>
                <a href={embed.url} target="_blank" rel="noopener noreferrer nofollow">
                  <Inline text={embed.title ?? ""} guild={props.guild} still />
                </a>
              </Show>
            </div>
          </Show>
          <Show when={embed.description}>
            <div class="embed-text">
              <Markdown text={embed.description ?? ""} guild={props.guild} />
            </div>
          </Show>
          <Show when={embed.fields?.length}>
            <div class="embed-fields">
              <For each={embed.fields}>
                {(field) => (
                  <div class="embed-field" classList={{ inline: field.inline ?? false }}>
                    <div class="embed-field-name">
                      <Inline text={field.name} guild={props.guild} />
                    </div>
                    <div class="embed-text">
                      <Markdown text={field.value} guild={props.guild} />
                    </div>
                  </div>
                )}
              </For>
            </div>
          </Show>
        </div>
        <Show when={!large && embed.thumbnail}>
          {(media) => <Medium url={media().proxy_url ?? media().url} width={media().width} height={media().height} small />}
        </Show>
      </div>
      <Show when={embed.image ?? (large && embed.thumbnail)}>
        {(media) => <Medium url={media().proxy_url ?? media().url} width={media().width} height={media().height} />}
      </Show>
      <Show when={embed.footer || embed.timestamp}>
        <footer class="embed-foot">
          <Show when={embed.footer?.proxy_icon_url ?? embed.footer?.icon_url}>
            {(url) => <img src={local(url())} alt="" />}
          </Show>
          <span>{[embed.footer?.text, embed.timestamp && stamp(embed.timestamp)].filter(Boolean).join(" · ")}</span>
        </footer>
      </Show>
    </article>
  );
}

export function Embeds(props: { embeds: Embed[]; guild: Id | undefined }) {
  return (
    <For each={props.embeds}>
      {(embed) => (
        // A link to a picture is the picture, without a card around it.
        <Show when={embed.type === "image" && embed.thumbnail} fallback={<Card embed={embed} guild={props.guild} />}>
          {(media) => <Medium url={media().proxy_url ?? media().url} width={media().width} height={media().height} />}
        </Show>
      )}
    </For>
  );
}
