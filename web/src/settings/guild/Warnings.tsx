/** What somebody was warned of, and one more word. */
import Check from "lucide-solid/icons/circle-check";
import Trash from "lucide-solid/icons/trash";
import { createSignal, For } from "solid-js";
import { createForm } from "~/auth/form";
import { stamp } from "~/message/time";
import { attempt, Button, Dialog, Empty, Field, IconButton } from "~/ui";
import { nameOf, users } from "~/user/store";
import { createLoad, Loaded } from "../load";
import { guildId } from "./context";
import type { Face } from "./people";
import { takeBack, warn, warningsOf } from "./warning";

export function Warnings(props: { face: Face; onClose: () => void }) {
  const id = () => props.face.user.id;
  const warnings = createLoad(() => warningsOf(guildId(), id()));
  const [reason, setReason] = createSignal("");
  const form = createForm(async () => {
    const made = await warn(guildId(), id(), reason().trim());
    warnings.change((all) => [made, ...all]);
    setReason("");
  }, ["reason"]);
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={`Warnings of ${props.face.name}`}
      about="Whoever is warned is told at once. Warnings are kept, and stand in the audit log."
      width={520}
    >
      <form class="warn-form" onSubmit={(event) => void form.submit(event)}>
        <Field
          label="Warn them"
          value={reason()}
          onChange={setReason}
          maxLength={500}
          placeholder="What was it, and what should change?"
          autofocus
          required
          error={form.errors().reason ?? (form.problem() || undefined)}
        />
        <Button look="primary" type="submit" busy={form.busy()} disabled={!reason().trim()}>
          Warn
        </Button>
      </form>
      <Loaded load={warnings} rows={2}>
        {(all) => (
          <ul class="warn-list">
            <For each={all()} fallback={<Empty icon={Check} title="Never warned" />}>
              {(one) => (
                <li class="set-line">
                  <div class="grow">
                    <div class="set-line-label">{one.reason}</div>
                    <div class="field-note">
                      {one.moderator_id && users[one.moderator_id]
                        ? nameOf(users[one.moderator_id] as never)
                        : "A moderator"}{" "}
                      · {stamp(one.created_at)}
                    </div>
                  </div>
                  <IconButton
                    label="Take the warning back"
                    class="danger"
                    onClick={() =>
                      void attempt(
                        takeBack(one).then(() =>
                          warnings.change((list) => list.filter((other) => other.id !== one.id)),
                        ),
                      )
                    }
                  >
                    <Trash size={17} />
                  </IconButton>
                </li>
              )}
            </For>
          </ul>
        )}
      </Loaded>
    </Dialog>
  );
}
