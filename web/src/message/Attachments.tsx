/** Files of a message: pictures, film, sound, and everything else. */
import Download from "lucide-solid/icons/download";
import FileIcon from "lucide-solid/icons/file";
import { createSignal, For, Match, Show, Switch } from "solid-js";
import { local, preview } from "~/net/cdn";
import type { Attachment } from "~/wire";
import { blur } from "./blur";
import { setViewed } from "./focus";
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
  const pictures = () => props.files.filter(isPicture);
  const others = () => props.files.filter((file) => !isPicture(file));
  return (
    <Show when={props.files.length > 0}>
      <div class="attachments">
        <div class="pictures" classList={{ gallery: pictures().length > 1 }} data-count={Math.min(pictures().length, 4)}>
          <For each={pictures()}>{(file) => <PictureFile file={file} alone={pictures().length === 1} />}</For>
        </div>
        <For each={others()}>
          {(file) => (
            <Covered file={file}>
              <Switch fallback={<OtherFile file={file} />}>
                <Match when={isFilm(file)}>
                  <video
                    class="film"
                    controls
                    preload="metadata"
                    src={local(file.url)}
                    style={file.width && file.height ? sized(file.width, file.height) : {}}
                  />
                </Match>
                <Match when={isSound(file)}>
                  <div class="sound">
                    <OtherFile file={file} bare />
                    <audio controls preload="metadata" src={local(file.url)} />
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

function Covered(props: { file: Attachment; children: unknown }) {
  const [open, setOpen] = createSignal(!isSpoiler(props.file));
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

function PictureFile(props: { file: Attachment; alone: boolean }) {
  const size = () => fitted(props.file.width ?? 1, props.file.height ?? 1);
  const [here, setHere] = createSignal(false);
  const density = Math.min(2, window.devicePixelRatio || 1);
  const animated = () => props.file.content_type === "image/gif";
  const src = () =>
    animated() || (props.file.width ?? 0) <= size().width * density
      ? local(props.file.url)
      : preview(props.file.proxy_url || props.file.url, size().width * density, size().height * density);
  return (
    <Covered file={props.file}>
      <button
        type="button"
        class="picture"
        style={props.alone ? sized(props.file.width ?? 1, props.file.height ?? 1) : {}}
        aria-label={`Show ${props.file.description || props.file.filename}`}
        onClick={() =>
          setViewed({ url: local(props.file.url), name: props.file.filename, alt: props.file.description ?? "" })
        }
      >
        <Show when={props.file.placeholder && !here()}>
          <canvas class="picture-blur" ref={(canvas) => paint(canvas, props.file.placeholder ?? "")} />
        </Show>
        <img
          src={src()}
          onLoad={() => setHere(true)}
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
    <div class="file" classList={{ "file-bare": props.bare }}>
      <span class="file-icon">
        <FileIcon size={22} />
      </span>
      <div class="grow">
        <a class="file-name truncate" href={local(props.file.url)} download={props.file.filename} target="_blank" rel="noopener">
          {props.file.title ?? props.file.filename}
        </a>
        <div class="muted small">{bytes(props.file.size)}</div>
      </div>
      <a
        class="icon-button"
        href={local(props.file.url)}
        download={props.file.filename}
        target="_blank"
        rel="noopener"
        aria-label={`Download ${props.file.filename}`}
      >
        <Download size={18} />
      </a>
    </div>
  );
}
