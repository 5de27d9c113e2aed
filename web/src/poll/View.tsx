/** A poll in a message: its answers to vote for, and the counts as they are now. */
import Check from "lucide-solid/icons/check";
import { createSignal, For, onCleanup, Show } from "solid-js";
import { channels } from "~/channel/store";
import { displayName } from "~/member/store";
import { api } from "~/net/rest";
import { createLoaded } from "~/net/loaded";
import { Face } from "~/emoji/Face";
import { attempt, Avatar, Button, Confirm, Dialog, Empty, Failed, SkeletonRows } from "~/ui";
import { Tabs } from "~/ui/Tabs";
import Users from "lucide-solid/icons/users";
import { learnUser, myId } from "~/user/store";
import type { Message, Poll, User } from "~/wire";
import { isOver, minesOf, remaining, tally, totalOf } from "./tally";
import "./poll.css";

export function PollView(props: { message: Message; poll: Poll }) {
  const [now, setNow] = createSignal(Date.now());
  const timer = setInterval(() => setNow(Date.now()), 30_000);
  onCleanup(() => clearInterval(timer));
  const [chosen, setChosen] = createSignal<readonly number[]>([]);
  const [peeking, setPeeking] = createSignal(false);
  const [listing, setListing] = createSignal(false);
  const [ending, setEnding] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  const over = () => isOver(props.poll, now());
  const voted = () => minesOf(props.poll).length > 0;
  /** Counts are shown to those who voted, who asked for them, and when it is over. */
  const counted = () => over() || voted() || peeking();
  const lines = () => tally(props.poll);
  const total = () => totalOf(props.poll);
  const path = () => `/channels/${props.message.channel_id}/polls/${props.message.id}`;
  const pick = (answer: number) => {
    if (counted()) return;
    const before = chosen();
    if (before.includes(answer)) setChosen(before.filter((one) => one !== answer));
    else setChosen(props.poll.allow_multiselect ? [...before, answer] : [answer]);
  };
  const send = async (answers: readonly number[]) => {
    setBusy(true);
    await attempt(api.put(`${path()}/answers/@me`, { answer_ids: answers.map(String) }));
    setChosen([]);
    setBusy(false);
  };
  /** Only who asked ends it: the server lets nobody else. */
  const mayEnd = () => !over() && props.message.author.id === myId();
  return (
    <section class="poll" aria-label={`Poll: ${props.poll.question.text ?? ""}`}>
      <h3 class="poll-question">{props.poll.question.text}</h3>
      <p class="field-note">
        {over() ? "The poll has ended." : props.poll.allow_multiselect ? "Choose one or more answers." : "Choose one answer."}
      </p>
      <div class="poll-answers" role="group" aria-label="Answers">
        <For each={props.poll.answers}>
          {(answer) => {
            const line = () => lines().find((one) => one.id === answer.answer_id);
            const on = () => (counted() ? (line()?.mine ?? false) : chosen().includes(answer.answer_id));
            const inside = () => (
              <>
                <Show when={counted()}>
                  <span class="poll-fill" style={{ width: `${line()?.percent ?? 0}%` }} aria-hidden="true" />
                </Show>
                <Show when={answer.poll_media.emoji}>{(emoji) => <Face emoji={emoji()} size={22} />}</Show>
                <span class="grow poll-text">{answer.poll_media.text}</span>
                <Show when={counted()}>
                  <span class="poll-count">
                    {line()?.count === 1 ? "1 vote" : `${line()?.count ?? 0} votes`} · <strong>{line()?.percent ?? 0} %</strong>
                  </span>
                </Show>
                <Show when={on()}>
                  <span class="poll-tick">
                    <Check size={13} aria-label={counted() ? "Your vote" : undefined} />
                  </span>
                </Show>
              </>
            );
            return (
              <Show
                when={!counted()}
                fallback={
                  <div class="poll-answer counted" classList={{ mine: on(), leads: over() && (line()?.leads ?? false) }}>
                    {inside()}
                  </div>
                }
              >
                <button
                  type="button"
                  class="poll-answer"
                  aria-pressed={on()}
                  onClick={() => pick(answer.answer_id)}
                >
                  {inside()}
                </button>
              </Show>
            );
          }}
        </For>
      </div>
      <div class="poll-foot">
        <button type="button" class="link" onClick={() => setListing(true)} disabled={total() === 0}>
          {total() === 1 ? "1 vote" : `${total()} votes`}
        </button>
        <span aria-hidden="true">·</span>
        <span title={props.poll.expiry ? new Date(props.poll.expiry).toLocaleString() : undefined}>{remaining(props.poll, now())}</span>
        <span class="grow" />
        <Show when={mayEnd()}>
          <Button small look="ghost" onClick={() => setEnding(true)}>
            End now
          </Button>
        </Show>
        <Show when={!over() && !voted()}>
          <Button small look="ghost" onClick={() => setPeeking(!peeking())}>
            {peeking() ? "Back to vote" : "Show results"}
          </Button>
          <Show when={!peeking()}>
            <Button small look="primary" busy={busy()} disabled={chosen().length === 0} onClick={() => void send(chosen())}>
              Vote
            </Button>
          </Show>
        </Show>
        <Show when={!over() && voted()}>
          <Button small look="ghost" busy={busy()} onClick={() => void send([])}>
            Take back my vote
          </Button>
        </Show>
      </div>
      <Confirm
        open={ending()}
        onClose={() => setEnding(false)}
        title="End the poll now?"
        about="Nobody votes any more, and the result is told in the channel."
        action="End the poll"
        onConfirm={() => api.post(`${path()}/expire`, {})}
      />
      <Show when={listing()}>
        <Voters message={props.message} poll={props.poll} onClose={() => setListing(false)} />
      </Show>
    </section>
  );
}

function Voters(props: { message: Message; poll: Poll; onClose: () => void }) {
  const first = () => tally(props.poll).find((one) => one.count > 0)?.id ?? props.poll.answers[0]?.answer_id ?? 1;
  const [answer, setAnswer] = createSignal(String(first()));
  const voters = createLoaded(answer, async (id) => {
    const path = `/channels/${props.message.channel_id}/polls/${props.message.id}/answers/${id}`;
    const { users } = await api.get<{ users: User[] }>(path, { limit: 100 });
    for (const user of users) learnUser(user);
    return users;
  });
  return (
    <Dialog open onClose={props.onClose} title={props.poll.question.text ?? "Votes"} width={460}>
      <Tabs
        label="Answers"
        value={answer()}
        onChange={setAnswer}
        options={props.poll.answers.map((one) => ({
          value: String(one.answer_id),
          label: one.poll_media.text ?? "",
          count: tally(props.poll).find((line) => line.id === one.answer_id)?.count ?? 0,
        }))}
      />
      <Show when={!voters.error()} fallback={<Failed error={voters.error()} onRetry={() => voters.again()} />}>
        <Show when={voters.value()} fallback={<SkeletonRows rows={3} />}>
          {(all) => (
            <ul class="poll-voters">
              <For each={all()} fallback={<Empty icon={Users} title="Nobody yet" />}>
                {(user) => (
                  <li class="who">
                    <Avatar user={user} size={32} />
                    <span class="who-name truncate">{displayName(channels[props.message.channel_id]?.guild_id, user)}</span>
                  </li>
                )}
              </For>
            </ul>
          )}
        </Show>
      </Show>
    </Dialog>
  );
}
