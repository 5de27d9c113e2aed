/** A new poll. */
import Plus from "lucide-solid/icons/plus";
import Trash from "lucide-solid/icons/trash";
import { createSignal, Index, Show } from "solid-js";
import { createForm } from "~/auth/form";
import { Problem } from "~/auth/Page";
import type { Asked } from "~/dialog/Dialogs";
import { api } from "~/net/rest";
import { EmojiField } from "~/settings/EmojiField";
import { Button, Choice, Dialog, Field, IconButton, Switch } from "~/ui";
import { type DraftAnswer, MOST_ANSWERS, problemOf } from "./tally";
import "./poll.css";

const HOURS = [
  { value: "1", label: "1 hour" },
  { value: "4", label: "4 hours" },
  { value: "8", label: "8 hours" },
  { value: "24", label: "1 day" },
  { value: "72", label: "3 days" },
  { value: "168", label: "1 week" },
  { value: "336", label: "2 weeks" },
];

const blank = (): DraftAnswer => ({ text: "", emoji: { id: null, name: null } });

export default function ComposePoll(props: Asked<"poll">) {
  const [question, setQuestion] = createSignal("");
  const [answers, setAnswers] = createSignal<DraftAnswer[]>([blank(), blank()]);
  const [hours, setHours] = createSignal("24");
  const [several, setSeveral] = createSignal(false);
  const put = (at: number, patch: Partial<DraftAnswer>) =>
    setAnswers((all) => all.map((one, index) => (index === at ? { ...one, ...patch } : one)));
  const problem = () => problemOf(question(), answers());
  const form = createForm(async () => {
    const given = answers().filter((one) => one.text.trim());
    const media = ({ text, emoji }: DraftAnswer) => ({
      text: text.trim(),
      ...(emoji.id ? { emoji: { id: emoji.id } } : emoji.name ? { emoji: { name: emoji.name } } : {}),
    });
    await api.post(`/channels/${props.asked.channel}/messages`, {
      poll: {
        question: { text: question().trim() },
        answers: given.map((one) => ({ poll_media: media(one) })),
        duration: Number(hours()),
        allow_multiselect: several(),
        layout_type: 1,
      },
    });
    props.onClose();
  });
  return (
    <Dialog open onClose={props.onClose} title="Make a poll" width={520}>
      <form class="stack" onSubmit={form.submit}>
        <Problem text={form.problem()} />
        <Field
          label="Question"
          value={question()}
          onChange={setQuestion}
          maxLength={300}
          placeholder="What do you want to know?"
          required
          autofocus
        />
        <div class="stack poll-make">
          <div class="field-label">Answers</div>
          <Index each={answers()}>
            {(one, index) => (
              <div class="row poll-line">
                <EmojiField label="Emoji" value={one().emoji} onChange={(emoji) => put(index, { emoji })} />
                <Field
                  label={`Answer ${index + 1}`}
                  hideLabel
                  value={one().text}
                  onChange={(text) => put(index, { text })}
                  maxLength={55}
                  placeholder={`Answer ${index + 1}`}
                />
                <IconButton
                  label={`Remove answer ${index + 1}`}
                  class="danger"
                  disabled={answers().length === 1}
                  onClick={() => setAnswers((all) => all.filter((_, other) => other !== index))}
                >
                  <Trash size={16} />
                </IconButton>
              </div>
            )}
          </Index>
          <Show when={answers().length < MOST_ANSWERS}>
            <Button small onClick={() => setAnswers((all) => [...all, blank()])}>
              <Plus size={15} /> Add an answer
            </Button>
          </Show>
        </div>
        <Choice label="Goes for" value={hours()} onChange={setHours} options={HOURS} />
        <Switch label="Several answers" note="Everybody may choose more than one." checked={several()} onChange={setSeveral} />
        <Button look="primary" wide type="submit" busy={form.busy()} disabled={problem() !== null} title={problem() ?? undefined}>
          Post the poll
        </Button>
      </form>
    </Dialog>
  );
}
