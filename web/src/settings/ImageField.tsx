/** A picture that can be chosen, dropped, and taken away. */
import Camera from "lucide-solid/icons/camera";
import { createSignal, createUniqueId, type JSX, Show } from "solid-js";
import { explain } from "~/net/error";
import { Button } from "~/ui";
import { PICTURES, prepare } from "./image";

interface ImageFieldProps {
  label: string;
  note?: JSX.Element;
  /** What is shown now; null for nothing. */
  src: string | null;
  shape: "round" | "square" | "banner";
  most: number;
  error?: string | undefined;
  /** A `data:` address, or null to take the picture away. */
  onChange: (picture: string | null) => void;
  fallback?: JSX.Element;
  disabled?: boolean;
}

const WANTED = {
  round: { width: 512, height: 512 },
  square: { width: 512, height: 512 },
  banner: { width: 1360, height: 480 },
};

export function ImageField(props: ImageFieldProps) {
  const id = createUniqueId();
  const [problem, setProblem] = createSignal("");
  const [over, setOver] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  let input: HTMLInputElement | undefined;
  const take = async (file: File | undefined) => {
    if (!file || props.disabled) return;
    setBusy(true);
    setProblem("");
    try {
      props.onChange(await prepare(file, props.most, WANTED[props.shape]));
    } catch (error) {
      setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer?.files[0]);
  };
  return (
    <div class={`image-field image-${props.shape}`}>
      <input
        ref={input}
        id={id}
        type="file"
        class="visually-hidden"
        accept={PICTURES}
        tabindex={-1}
        disabled={props.disabled}
        aria-label={props.label}
        onChange={(event) => {
          void take(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
      <button
        type="button"
        class="image-face"
        classList={{ over: over() }}
        aria-label={`Change: ${props.label}`}
        aria-busy={busy()}
        disabled={props.disabled}
        onClick={() => input?.click()}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Show when={props.src} fallback={props.fallback ?? <span class="image-nothing" />}>
          {(src) => <img src={src()} alt="" />}
        </Show>
        <span class="image-veil" aria-hidden="true">
          <Camera size={22} />
        </span>
      </button>
      <div class="image-words">
        <div class="field-label">{props.label}</div>
        <Show when={props.note}>
          <div class="field-note">{props.note}</div>
        </Show>
        <div class="row" style={{ "margin-top": "8px" }}>
          <Button small disabled={props.disabled ?? false} busy={busy()} onClick={() => input?.click()}>
            {props.src ? "Change" : "Upload"}
          </Button>
          <Show when={props.src}>
            <Button small look="ghost" disabled={props.disabled ?? false} onClick={() => props.onChange(null)}>
              Remove
            </Button>
          </Show>
        </div>
        <Show when={problem() || props.error}>
          <p class="field-error" role="alert">
            {problem() || props.error}
          </p>
        </Show>
      </div>
    </div>
  );
}
