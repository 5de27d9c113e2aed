/** What only forums have: tags, the reaction at a touch, how posts are listed. */
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import { Index } from "solid-js";
import { putChannel } from "~/channel/store";
import { api } from "~/net/rest";
import { Button, Choice, Field, IconButton, Switch } from "~/ui";
import { type Channel, ChannelFlag, ChannelKind, ForumLayout, type ForumTag, SortOrder } from "~/wire";
import { createDraft } from "../draft";
import { EmojiField } from "../EmojiField";
import { Card, Section } from "../parts";
import { SaveBar } from "../SaveBar";

const MOST = 20;

type Draft = Omit<ForumTag, "id"> & { id?: string };

export function ForumSettings(props: { channel: Channel }) {
  const draft = createDraft(
    () => ({
      available_tags: (props.channel.available_tags ?? []) as Draft[],
      default_reaction_emoji: props.channel.default_reaction_emoji ?? null,
      default_sort_order: props.channel.default_sort_order ?? SortOrder.LatestActivity,
      default_forum_layout: props.channel.default_forum_layout ?? ForumLayout.NotSet,
      flags: props.channel.flags ?? 0,
    }),
    async (changes) => {
      const tags = changes.available_tags?.map((tag) => ({ ...tag, name: tag.name.trim() }));
      const body = { ...changes, ...(tags ? { available_tags: tags } : {}) };
      putChannel(await api.patch<Channel>(`/channels/${props.channel.id}`, body));
    },
    {
      check: (all) =>
        all.available_tags.some((tag) => !tag.name.trim()) ? { available_tags: "Each tag needs a name." } : {},
    },
  );
  const tags = () => draft.value("available_tags");
  const put = (at: number, patch: Partial<Draft>) =>
    draft.set(
      "available_tags",
      tags().map((one, index) => (index === at ? { ...one, ...patch } : one)),
    );
  const required = () => (draft.value("flags") & ChannelFlag.RequireTag) !== 0;
  return (
    <>
      <Section
        title={`Tags: ${tags().length} of ${MOST}`}
        tools={
          <Button
            small
            disabled={tags().length >= MOST}
            onClick={() =>
              draft.set("available_tags", [...tags(), { name: "", moderated: false, emoji_id: null, emoji_name: null }])
            }
          >
            <Plus size={16} /> Add a tag
          </Button>
        }
      >
        <Card flush>
          <Index each={tags()} fallback={<p class="set-row field-note">Tags let people find posts of a kind.</p>}>
            {(tag, index) => (
              <div class="set-row welcome-row" role="group" aria-label={`Tag ${index + 1}`}>
                <EmojiField
                  label="Emoji"
                  value={{ id: tag().emoji_id, name: tag().emoji_name }}
                  onChange={(next) =>
                    put(index, { emoji_id: next.id ?? null, emoji_name: next.id ? null : (next.name ?? null) })
                  }
                />
                <Field
                  label={`Name of tag ${index + 1}`}
                  hideLabel
                  value={tag().name}
                  onChange={(name) => put(index, { name })}
                  maxLength={20}
                  placeholder="Name"
                  required
                />
                <label class="check-line">
                  <input
                    type="checkbox"
                    checked={tag().moderated}
                    onChange={(event) => put(index, { moderated: event.currentTarget.checked })}
                  />
                  Only moderators give it
                </label>
                <IconButton
                  label={`Remove tag ${index + 1}`}
                  class="danger"
                  onClick={() =>
                    draft.set(
                      "available_tags",
                      tags().filter((_, other) => other !== index),
                    )
                  }
                >
                  <Trash size={16} />
                </IconButton>
              </div>
            )}
          </Index>
          <Switch
            label="Posts need a tag"
            disabled={tags().length === 0}
            checked={required()}
            onChange={(on) =>
              draft.set(
                "flags",
                on ? draft.value("flags") | ChannelFlag.RequireTag : draft.value("flags") & ~ChannelFlag.RequireTag,
              )
            }
          />
        </Card>
        {draft.errors().available_tags && <p class="field-error">{draft.errors().available_tags}</p>}
      </Section>
      <Section title="Posts">
        <Card>
          <div class="set-line">
            <div class="grow">
              <div class="set-line-label">Reaction at a touch</div>
              <div class="field-note">Offered first under each post.</div>
            </div>
            <EmojiField
              label="Reaction at a touch"
              value={{
                id: draft.value("default_reaction_emoji")?.emoji_id ?? null,
                name: draft.value("default_reaction_emoji")?.emoji_name ?? null,
              }}
              onChange={(next) =>
                draft.set(
                  "default_reaction_emoji",
                  next.id || next.name
                    ? { emoji_id: next.id ?? null, emoji_name: next.id ? null : (next.name ?? null) }
                    : null,
                )
              }
            />
          </div>
          <div class="set-pair">
            <Choice
              label="Order"
              value={String(draft.value("default_sort_order"))}
              onChange={(value) => draft.set("default_sort_order", Number(value))}
              options={[
                { value: String(SortOrder.LatestActivity), label: "Recently active" },
                { value: String(SortOrder.CreationDate), label: "Date posted" },
              ]}
            />
            <Choice
              label="Shown as"
              value={String(draft.value("default_forum_layout"))}
              onChange={(value) => draft.set("default_forum_layout", Number(value))}
              disabled={props.channel.type === ChannelKind.Media}
              options={[
                { value: String(ForumLayout.NotSet), label: "As each likes" },
                { value: String(ForumLayout.List), label: "List" },
                { value: String(ForumLayout.Gallery), label: "Gallery" },
              ]}
            />
          </div>
        </Card>
      </Section>
      <SaveBar draft={draft} />
    </>
  );
}
