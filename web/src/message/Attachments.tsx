/** Files of a message: pictures, film, sound, and everything else. */
import Download from "lucide-solid/icons/download";
import FileIcon from "lucide-solid/icons/file";
import { createSignal, For, Match, Show, Switch } from "solid-js";
import { local } from "~/net/cdn";
import type { Attachment } from "~/wire";
import { blur } from "./blur";
import { setViewed } from "./focus";
import { sourceOf } from "./picture";
import { current, isOver, renew } from "./renew";
import { bytes } from "./time";

const WIDEST = 520;
const HIGHEST = 360;

/** How large a picture is shown, in the proportions that it has. */
export function fitted(width: number, height: number, widest = WIDEST, highest = HIGHEST): { width: number; height: number } {
  const scale = Math.min(1, widest / width, highest / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

const isSpoiler = (file: Attachment): boolean => file.filename.startsWith("SPOILER_") || ((file.flags ?? 0) & 8) !== 0;
const isPicture = (file: Attachment): boolean =>
  Boolean(file.content_type?.startsWith("image/") && file.width && file.height);
const isFilm = (file: Attachment): boolean => Boolean(file.content_type?.startsWith("video/"));
const isSound = (file: Attachment): boolean => Boolean(file.content_type?.startsWith("audio/"));

export function Attachments(props: { files: Attachment[] }) {
  // What the browser cannot show is a file like any other.
  const [broken, setBroken] = createSignal<readonly string[]>([]);
  const shows = (file: Attachment) => isPicture(file) && !broken().includes(file.id);
  const pictures = () => props.files.filter(shows);
  const others = () => props.files.filter((file) => !shows(file));
  return (
    <Show when={props.files.length > 0}>
      <div class="attachments">
        <div class="pictures" classList={{ gallery: pictures().length > 1 }} data-count={Math.min(pictures().length, 4)}>
          <For each={pictures()}>
            {(file) => (
              <PictureFile
                file={file}
                alone={pictures().length === 1}
                onBroken={() => setBroken((all) => [...all, file.id])}
              />
            )}
          </For>
        </div>
        <For each={others()}>
          {(file) => (
            <Covered spoiler={isSpoiler(file)}>
              <Switch fallback={<OtherFile file={file} />}>
                <Match when={isFilm(file)}>
                  <video
                    class="film"
                    controls
                    preload="metadata"
                    src={local(current(file.url))}
                    onError={() => renew(file.url)}
                    style={file.width && file.height ? sized(file.width, file.height) : {}}
                  />
                </Match>
                <Match when={isSound(file)}>
                  <div class="sound">
                    <OtherFile file={file} bare />
                    <audio controls preload="metadata" src={local(current(file.url))} onError={() => renew(file.url)} />
                  </div>
                </Match>
              </Switch>
            </Covered>
          )}
        </For>
      </div>
    </Show>
  );
}

function sized(width: number, height: number): Record<string, string> {
  const fit = fitted(width, height);
  return { width: `${fit.width}px`, "aspect-ratio": `${fit.width} / ${fit.height}` };
}

export function Covered(props: { spoiler: boolean; children: unknown }) {
  const [open, setOpen] = createSignal(!props.spoiler);
  return (
    <div class="covered" classList={{ closed: !open() }}>
      <div inert={!open()}>{props.children as never}</div>
      <Show when={!open()}>
        <button type="button" class="cover" onClick={() => setOpen(true)}>
          Spoiler
        </button>
      </Show>
    </div>
  );
}

function paint(canvas: HTMLCanvasElement, hash: string): void {
  const made = blur(hash);
  if (!made) return;
  canvas.width = made.width;
  canvas.height = made.height;
  canvas.getContext("2d")?.putImageData(new ImageData(made.rgba, made.width, made.height), 0, 0);
}

function PictureFile(props: { file: Attachment; alone: boolean; onBroken: () => void }) {
  const size = () => fitted(props.file.width ?? 1, props.file.height ?? 1);
  const [here, setHere] = createSignal(false);
  const density = Math.min(2, window.devicePixelRatio || 1);
  const src = () => sourceOf(props.file, size(), density);
  return (
    <Covered spoiler={isSpoiler(props.file)}>
      <button
        type="button"
        class="picture"
        style={props.alone ? sized(props.file.width ?? 1, props.file.height ?? 1) : {}}
        aria-label={`Show ${props.file.description || props.file.filename}`}
        onClick={() =>
          setViewed({ url: local(current(props.file.url)), name: props.file.filename, alt: props.file.description ?? "" })
        }
      >
        <Show when={props.file.placeholder && !here()}>
          <canvas class="picture-blur" ref={(canvas) => paint(canvas, props.file.placeholder ?? "")} />
        </Show>
        <img
          src={src()}
          onLoad={() => setHere(true)}
          onError={() => {
            const url = props.file.proxy_url || props.file.url;
            if (isOver(current(url), Date.now())) renew(url);
            else props.onBroken();
          }}
          alt={props.file.description ?? ""}
          width={size().width}
          height={size().height}
          loading="lazy"
          decoding="async"
        />
        <Show when={props.file.description}>
          <span class="picture-alt">ALT</span>
        </Show>
      </button>
    </Covered>
  );
}

function OtherFile(props: { file: Attachment; bare?: boolean }) {
  return (
    <FileRow
      name={props.file.title ?? props.file.filename}
      saved={props.file.filename}
      url={props.file.url}
      size={props.file.size}
      bare={props.bare ?? false}
    />
  );
}

/** A file with its size, and a way to have it. */
export function FileRow(props: { name: string; saved?: string; url: string; size: number | undefined; bare?: boolean }) {
  const url = () => local(current(props.url));
  return (
    <div
      class="file"
      classList={{ "file-bare": props.bare ?? false }}
      onPointerEnter={() => renew(props.url)}
      onFocusIn={() => renew(props.url)}
    >
      <span class="file-icon">
        <FileIcon size={22} />
      </span>
      <div class="grow">
        <a class="file-name truncate" href={url()} download={props.saved ?? props.name} target="_blank" rel="noopener">
          {props.name}
        </a>
        <Show when={props.size !== undefined}>
          <div class="muted small">{bytes(props.size ?? 0)}</div>
        </Show>
      </div>
      <a
        class="icon-button"
          href={url()}
          download={props.saved ?? props.name}
        target="_blank"
        rel="noopener"
        aria-label={`Download ${props.name}`}
      >
        <Download size={18} />
      </a>
    </div>
  );
}
