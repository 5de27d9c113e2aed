/** Files for an application: chosen, dropped here, or pasted. */
import FileIcon from "lucide-solid/icons/file";
import Upload from "lucide-solid/icons/upload";
import X from "lucide-solid/icons/x";
import { createSignal, createUniqueId, For, Show } from "solid-js";
import { instance } from "~/app/session";
import { bytes } from "~/message/time";
import { IconButton, toast } from "~/ui";

interface FileFieldProps {
  label: string;
  note?: string;
  files: readonly File[];
  most: number;
  onChange: (files: File[]) => void;
  error?: string;
}

export function FileField(props: FileFieldProps) {
  const id = createUniqueId();
  const [over, setOver] = createSignal(false);
  let input: HTMLInputElement | undefined;
  const room = () => props.most - props.files.length;
  const add = (list: FileList | null | undefined) => {
    const largest = instance()?.limits.attachment_bytes ?? Number.POSITIVE_INFINITY;
    const all = [...(list ?? [])];
    const large = all.find((file) => file.size > largest);
    if (large) toast(`${large.name} is too large: files here are ${bytes(largest)} at most.`, "bad");
    const fit = all.filter((file) => file.size <= largest);
    if (fit.length === 0) return;
    // In a field of one, what comes takes the place of what was there.
    props.onChange(props.most === 1 ? fit.slice(0, 1) : [...props.files, ...fit.slice(0, room())]);
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {props.label}
      </label>
      <For each={props.files}>
        {(file) => (
          <div class="file-chosen">
            <FileIcon size={18} />
            <span class="grow truncate">{file.name}</span>
            <span class="muted small">{bytes(file.size)}</span>
            <IconButton
              label={`Remove ${file.name}`}
              onClick={() => {
                props.onChange(props.files.filter((one) => one !== file));
                input?.focus();
              }}
            >
              <X size={16} />
            </IconButton>
          </div>
        )}
      </For>
      <div
        class="file-drop"
        classList={{ over: over(), bad: Boolean(props.error), full: room() <= 0 }}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          event.stopPropagation();
          setOver(false);
          add(event.dataTransfer?.files);
        }}
        onPaste={(event) => {
          if (!event.clipboardData?.files.length) return;
          event.preventDefault();
          event.stopPropagation();
          add(event.clipboardData.files);
        }}
      >
        <Upload size={18} aria-hidden="true" />
        <span aria-hidden="true">{props.most > 1 ? "Choose files, or drop them here" : "Choose a file, or drop it here"}</span>
        <input
          id={id}
          ref={input}
          type="file"
          multiple={props.most > 1}
          aria-invalid={Boolean(props.error)}
          aria-describedby={props.error ? `${id}-error` : props.note ? `${id}-note` : undefined}
          onChange={(event) => {
            add(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </div>
      <Show when={props.note}>
        <div class="field-note" id={`${id}-note`}>
          {props.note}
        </div>
      </Show>
      <Show when={props.error}>
        <div class="field-error" id={`${id}-error`}>
          {props.error}
        </div>
      </Show>
    </div>
  );
}
