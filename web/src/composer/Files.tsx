/** Files that go with the next message. */
import Eye from "lucide-solid/icons/eye";
import EyeOff from "lucide-solid/icons/eye-off";
import FileIcon from "lucide-solid/icons/file";
import Pencil from "lucide-solid/icons/pencil";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For, Match, Show, Switch } from "solid-js";
import { bytes } from "~/message/time";
import { Button, Dialog, Field, IconButton } from "~/ui";
import type { Id } from "~/wire";
import { changeFile, type DraftFile, draftOf, dropFile } from "./draft";

export function Files(props: { channel: Id }) {
  const [describing, setDescribing] = createSignal<DraftFile | null>(null);
  const [text, setText] = createSignal("");
  const openDescription = (file: DraftFile) => {
    setText(file.description);
    setDescribing(file);
  };
  const save = (event: Event) => {
    event.preventDefault();
    const file = describing();
    if (file) changeFile(props.channel, file.key, { description: text().slice(0, 1024) });
    setDescribing(null);
  };
  return (
    <Show when={draftOf(props.channel).files.length > 0}>
      <ul class="draft-files" aria-label="Files to send">
        <For each={draftOf(props.channel).files}>
          {(one) => (
            <li class="draft-file">
              <div class="draft-picture" classList={{ spoilered: one.spoiler }}>
                <Switch fallback={<FileIcon size={44} />}>
                  <Match when={one.url && one.file.type.startsWith("image/")}>
                    <img src={one.url ?? ""} alt={one.description} />
                  </Match>
                  <Match when={one.url}>
                    <video src={one.url ?? ""} muted />
                  </Match>
                </Switch>
              </div>
              <div class="truncate small">{one.file.name}</div>
              <div class="muted small">{one.description || bytes(one.file.size)}</div>
              <div class="draft-tools">
                <IconButton
                  label={one.spoiler ? "Show without spoiler" : "Mark as spoiler"}
                  aria-pressed={one.spoiler}
                  onClick={() => changeFile(props.channel, one.key, { spoiler: !one.spoiler })}
                >
                  {one.spoiler ? <EyeOff size={17} /> : <Eye size={17} />}
                </IconButton>
                <IconButton label="Describe" onClick={() => openDescription(one)}>
                  <Pencil size={16} />
                </IconButton>
                <IconButton label={`Remove ${one.file.name}`} class="danger" onClick={() => dropFile(props.channel, one.key)}>
                  <Trash size={17} />
                </IconButton>
              </div>
            </li>
          )}
        </For>
      </ul>
      <Dialog open={describing() !== null} onClose={() => setDescribing(null)} title="Describe the file">
        <form class="stack" onSubmit={save}>
          <Field
            label="Description"
            value={text()}
            onChange={setText}
            maxLength={1024}
            multiline
            note="For people who cannot see it."
          />
          <Button look="primary" type="submit">
            Save
          </Button>
        </form>
      </Dialog>
    </Show>
  );
}
