/** The tags of a post that is open, changed by who made it and by moderators. */
import Tags from "lucide-solid/icons/tags";
import { createSignal, Show } from "solid-js";
import { can } from "~/channel/store";
import { Permission } from "~/guild/permissions";
import { attempt, Button, Dialog } from "~/ui";
import { myId } from "~/user/store";
import type { Channel, Id } from "~/wire";
import { toggleTag } from "./posts";
import { applyTags } from "./store";
import { TagList, TagPicks } from "./Tags";
import "./forum.css";

export function PostTags(props: { post: Channel; forum: Channel }) {
  const [chosen, setChosen] = createSignal<Id[] | null>(null);
  const [busy, setBusy] = createSignal(false);
  const moderates = () => can(props.post, Permission.ManageThreads);
  const may = () =>
    (props.forum.available_tags?.length ?? 0) > 0 && (moderates() || props.post.owner_id === myId());
  const save = async () => {
    setBusy(true);
    await attempt(applyTags(props.post.id, chosen() ?? []).then(() => setChosen(null)));
    setBusy(false);
  };
  return (
    <div class="row post-tags">
      <TagList forum={props.forum} tags={props.post.applied_tags} />
      <Show when={may()}>
        <Button small look="ghost" onClick={() => setChosen([...(props.post.applied_tags ?? [])])}>
          <Tags size={15} /> Edit tags
        </Button>
      </Show>
      <Dialog
        open={chosen() !== null}
        onClose={() => setChosen(null)}
        title="Tags of the post"
        foot={
          <>
            <Button look="ghost" onClick={() => setChosen(null)}>
              Cancel
            </Button>
            <Button look="primary" busy={busy()} onClick={() => void save()}>
              Save
            </Button>
          </>
        }
      >
        <TagPicks
          label="Tags"
          tags={props.forum.available_tags ?? []}
          chosen={chosen() ?? []}
          disabled={(tag) => tag.moderated && !moderates()}
          onToggle={(tag) => setChosen((all) => toggleTag(all ?? [], tag))}
        />
      </Dialog>
    </div>
  );
}
