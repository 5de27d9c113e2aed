/** A new post: its title, its first message, its tags and files. */
import ImagePlus from "lucide-solid/icons/image-plus";
import X from "lucide-solid/icons/x";
import { createSignal, For, onCleanup, Show } from "solid-js";
import { instance } from "~/app/session";
import { channelPath, navigate } from "~/app/router";
import { createForm } from "~/auth/form";
import { can } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { bytes } from "~/message/time";
import { Button, Dialog, Field, IconButton, toast } from "~/ui";
import { type Channel, ChannelFlag, type Id } from "~/wire";
import { problemOf, toggleTag } from "./posts";
import { publish } from "./store";
import { TagPicks } from "./Tags";

export function ComposePost(props: { forum: Channel; title: string; onClose: () => void }) {
  const [title, setTitle] = createSignal(props.title);
  const [content, setContent] = createSignal("");
  const [tags, setTags] = createSignal<Id[]>([]);
  const [files, setFiles] = createSignal<{ file: File; url: string | null }[]>([]);
  const [share, setShare] = createSignal(0);
  let input: HTMLInputElement | undefined;
  const moderates = () => can(props.forum, Permission.ManageThreads);
  const offered = () => (props.forum.available_tags ?? []).filter((tag) => !tag.moderated || moderates());
  const draft = () => ({ title: title(), content: content(), tags: tags(), files: files().length });
  const problem = () => problemOf(props.forum, draft());
  const add = (list: FileList | null) => {
    const limits = instance()?.limits;
    for (const file of list ?? []) {
      if (file.size > (limits?.attachment_bytes ?? 25_000_000)) {
        toast(`${file.name} is too large: at most ${bytes(limits?.attachment_bytes ?? 25_000_000)}.`, "bad");
      } else if (files().length < (limits?.attachments ?? 10)) {
        const url = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
        setFiles((all) => [...all, { file, url }]);
      }
    }
  };
  const drop = (at: number) => {
    const gone = files()[at];
    if (gone?.url) URL.revokeObjectURL(gone.url);
    setFiles((all) => all.filter((_, index) => index !== at));
  };
  onCleanup(() => {
    for (const one of files()) if (one.url) URL.revokeObjectURL(one.url);
  });
  const form = createForm(async () => {
    const post = { title: title(), content: content(), tags: tags(), files: files().map((one) => one.file) };
    const made = await publish(props.forum, post, setShare);
    props.onClose();
    navigate(channelPath(props.forum.guild_id, made.id));
  }, ["name", "message.content", "applied_tags"]);
  return (
    <Dialog open onClose={props.onClose} title="New post" width={640}>
      <form class="stack" onSubmit={form.submit}>
        <Show when={form.problem()}>
          <p class="field-error" role="alert">
            {form.problem()}
          </p>
        </Show>
        <Field
          label="Title"
          value={title()}
          onChange={setTitle}
          maxLength={100}
          required
          autofocus
          error={form.errors().name}
        />
        <Field
          label="Message"
          multiline
          value={content()}
          onChange={setContent}
          maxLength={instance()?.limits.message_length ?? 2000}
          placeholder="Say what it is about…"
          error={form.errors()["message.content"]}
        />
        <Show when={offered().length > 0}>
          <div>
            <div class="field-label">
              Tags
              <Show when={((props.forum.flags ?? 0) & ChannelFlag.RequireTag) !== 0}>
                <span class="muted"> (at least one)</span>
              </Show>
            </div>
            <TagPicks
              label="Tags"
              tags={offered()}
              chosen={tags()}
              onToggle={(tag) => setTags((all) => toggleTag(all, tag))}
            />
          </div>
        </Show>
        <Show when={files().length > 0}>
          <ul class="post-files">
            <For each={files()}>
              {(one, index) => (
                <li>
                  <Show when={one.url} fallback={<span class="truncate">{one.file.name}</span>}>
                    {(url) => <img src={url()} alt={one.file.name} />}
                  </Show>
                  <button type="button" aria-label={`Remove ${one.file.name}`} onClick={() => drop(index())}>
                    <X size={13} />
                  </button>
                </li>
              )}
            </For>
          </ul>
        </Show>
        <div class="row post-send">
          <Show when={can(props.forum, Permission.AttachFiles)}>
            <IconButton label="Attach files" onClick={() => input?.click()}>
              <ImagePlus size={20} />
            </IconButton>
            <input
              ref={input}
              type="file"
              multiple
              hidden
              onChange={(event) => {
                add(event.currentTarget.files);
                event.currentTarget.value = "";
              }}
            />
          </Show>
          <span class="grow muted small" role="status">
            {form.busy() && files().length > 0 ? `${Math.round(share() * 100)} %` : ""}
          </span>
          <Button look="ghost" onClick={() => props.onClose()}>
            Cancel
          </Button>
          <Button look="primary" type="submit" busy={form.busy()} disabled={problem() !== null} title={problem() ?? undefined}>
            Post
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
