/** Who has what an application sells: given, paid for again, ended, taken back. */
import CalendarPlus from "lucide-solid/icons/calendar-plus";
import CalendarX from "lucide-solid/icons/calendar-x";
import Trash from "lucide-solid/icons/trash";
import Users from "lucide-solid/icons/users";
import { createSignal, For, Show } from "solid-js";
import { guildList, guilds } from "~/guild/store";
import { longDay, now } from "~/message/time";
import { api, own } from "~/net/rest";
import { STATE_CHIPS, STATE_WORDS, stateOf } from "~/shop/words";
import { attempt, Choice, Confirm, Empty, Field, IconButton } from "~/ui";
import { learnUser, myId, nameOf, users } from "~/user/store";
import { type Entitlement, type Sku, SkuFlag, SkuKind, type Subscription, SubscriptionStatus, type User } from "~/wire";
import { FormDialog } from "../../FormDialog";
import { createLoad, Loaded } from "../../load";
import { Card, Line, Section } from "../../parts";
import type { Application } from "../application";

const DAYS = 30;

interface HoldersProps {
  application: Application;
  skus: readonly Sku[];
  /** What is to be given to somebody now. */
  giving: Sku | null;
  onGiven: () => void;
}

interface Had {
  entitlements: Entitlement[];
  subscriptions: Subscription[];
}

/** Whose things they are: read once each, where they are not known. */
async function meet(all: readonly Entitlement[]): Promise<void> {
  const strangers = new Set(all.map((one) => one.user_id).filter((id) => !users[id]));
  await Promise.all([...strangers].map((id) => api.get<User>(`/users/${id}`).then(learnUser, () => {})));
}

export function Holders(props: HoldersProps) {
  const had = createLoad(async (): Promise<Had> => {
    const path = `/applications/${props.application.id}`;
    const [entitlements, subscriptions] = await Promise.all([
      api.get<Entitlement[]>(`${path}/entitlements`, { limit: 100 }),
      own.get<Subscription[]>(`${path}/subscriptions`, { limit: 100 }),
    ]);
    await meet(entitlements);
    return { entitlements, subscriptions };
  });
  const [removing, setRemoving] = createSignal<Entitlement | null>(null);
  const behind = (one: Entitlement) => had.value()?.subscriptions.find((other) => other.entitlement_ids.includes(one.id));
  const nameOfSku = (one: Entitlement) => props.skus.find((sku) => sku.id === one.sku_id)?.name ?? one.sku_id;
  const whose = (one: Entitlement) => {
    const user = users[one.user_id];
    const person = user ? nameOf(user) : one.user_id;
    return one.guild_id ? `${guilds[one.guild_id]?.name ?? one.guild_id} (by ${person})` : person;
  };
  const address = (one: Subscription) => `/applications/${props.application.id}/subscriptions/${one.id}`;
  const change = async (one: Subscription, body: object) => {
    if (await attempt(own.patch(address(one), body))) had.again();
  };
  const remove = async () => {
    const one = removing();
    if (!one) return;
    const subscription = behind(one);
    if (subscription) await own.delete(address(subscription));
    else await api.delete(`/applications/${props.application.id}/entitlements/${one.id}`);
    had.again();
  };
  return (
    <Section title="Who has it">
      <Loaded load={had} rows={2}>
        {(known) => (
          <Card flush>
            <For
              each={known().entitlements}
              fallback={
                <Empty icon={Users} title="Nobody yet">
                  <p>Give something to yourself to try what your application does with it.</p>
                </Empty>
              }
            >
              {(one) => {
                const subscription = () => behind(one);
                const state = () => stateOf(one, subscription(), now());
                return (
                  <Line
                    label={whose(one)}
                    note={`${nameOfSku(one)}${one.ends_at ? ` · until ${longDay(Date.parse(one.ends_at))}` : ""}`}
                  >
                    <span class={`chip ${STATE_CHIPS[state()]}`}>{STATE_WORDS[state()]}</span>
                    <Show when={subscription()}>
                      {(paid) => (
                        <>
                          <IconButton
                            label={`${whose(one)} paid for ${DAYS} days more`}
                            onClick={() => void change(paid(), { days: DAYS })}
                          >
                            <CalendarPlus size={16} />
                          </IconButton>
                          <Show when={paid().status === SubscriptionStatus.Active}>
                            <IconButton
                              label={`Let it end with its period: ${whose(one)}`}
                              onClick={() => void change(paid(), { cancelled: true })}
                            >
                              <CalendarX size={16} />
                            </IconButton>
                          </Show>
                        </>
                      )}
                    </Show>
                    <IconButton label={`Take back: ${nameOfSku(one)}, ${whose(one)}`} class="danger" onClick={() => setRemoving(one)}>
                      <Trash size={16} />
                    </IconButton>
                  </Line>
                );
              }}
            </For>
          </Card>
        )}
      </Loaded>
      <Show when={props.giving} keyed>
        {(sku) => (
          <GiveDialog
            application={props.application}
            sku={sku}
            onClose={props.onGiven}
            onDone={() => had.again()}
          />
        )}
      </Show>
      <Confirm
        open={removing() !== null}
        onClose={() => setRemoving(null)}
        title="Take it back?"
        about="It is gone at once, and the application is told."
        action="Take it back"
        onConfirm={remove}
      />
    </Section>
  );
}

function GiveDialog(props: { application: Application; sku: Sku; onClose: () => void; onDone: () => void }) {
  const subscribes = props.sku.type === SkuKind.Subscription;
  const ofGuild = (props.sku.flags & SkuFlag.GuildSubscription) !== 0;
  const [toGuild, setToGuild] = createSignal(ofGuild ? "guild" : "user");
  const [user, setUser] = createSignal(myId());
  const [guild, setGuild] = createSignal(guildList()[0]?.id ?? "");
  const [days, setDays] = createSignal(String(DAYS));
  const save = async () => {
    const path = `/applications/${props.application.id}`;
    const group = toGuild() === "guild";
    if (subscribes) {
      await own.post(`${path}/subscriptions`, {
        sku_id: props.sku.id,
        user_id: user().trim(),
        ...(ofGuild ? { guild_id: guild() } : {}),
        days: Number(days()),
      });
    } else {
      await api.post(`${path}/entitlements`, {
        sku_id: props.sku.id,
        owner_id: group ? guild() : user().trim(),
        owner_type: group ? 1 : 2,
      });
    }
    props.onDone();
  };
  return (
    <FormDialog
      open
      onClose={props.onClose}
      title={`Give ${props.sku.name}`}
      action="Give it"
      disabled={toGuild() === "guild" ? !guild() : !/^\d{1,20}$/.test(user().trim())}
      fields={["owner_id", "user_id", "guild_id", "days"]}
      onSubmit={save}
    >
      {(errors) => (
        <>
          <Show when={!subscribes}>
            <Choice
              label="To"
              value={toGuild()}
              onChange={setToGuild}
              options={[
                { value: "user", label: "Somebody" },
                { value: "guild", label: "A guild" },
              ]}
            />
          </Show>
          <Show when={toGuild() === "guild"}>
            <Choice
              label="Guild"
              value={guild()}
              onChange={setGuild}
              options={guildList().map((one) => ({ value: one.id, label: one.name }))}
              error={errors().guild_id}
            />
          </Show>
          <Show when={toGuild() === "user" || subscribes}>
            <Field
              label={ofGuild ? "Who paid" : "Who gets it"}
              value={user()}
              onChange={setUser}
              inputMode="numeric"
              maxLength={20}
              note="Their id: right click on a name, “Copy id”. It is yours where you change nothing."
              required
              error={errors().user_id ?? errors().owner_id}
            />
          </Show>
          <Show when={subscribes}>
            <Field
              label="Days"
              type="number"
              value={days()}
              onChange={setDays}
              note="1 to 366, then it ends unless it is paid for again."
              required
              error={errors().days}
            />
          </Show>
        </>
      )}
    </FormDialog>
  );
}
