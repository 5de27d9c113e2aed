/** What one has of applications: bought, given, or subscribed to. */
import ShoppingBag from "lucide-solid/icons/shopping-bag";
import { createSignal, For, Show } from "solid-js";
import { guilds } from "~/guild/store";
import { longDay, now } from "~/message/time";
import { own } from "~/net/rest";
import { kindOf, STATE_CHIPS, STATE_WORDS, stateOf } from "~/shop/words";
import { attempt, Button, Empty } from "~/ui";
import type { Purchase } from "~/wire";
import { createLoad, Loaded } from "../load";
import { Card, Section } from "../parts";
import { AppRow } from "./AppRow";

const PAGE = 50;

/** For whom, and until when. */
function about(one: Purchase): string {
  const { entitlement, sku, subscription } = one;
  const state = stateOf(entitlement, subscription, now());
  const end = entitlement.ends_at ? longDay(Date.parse(entitlement.ends_at)) : null;
  return [
    one.application.name,
    kindOf(sku),
    entitlement.guild_id && `for ${guilds[entitlement.guild_id]?.name ?? "a guild"}`,
    end && (state === "over" ? `ended ${end}` : state === "ending" || !subscription ? `until ${end}` : `paid until ${end}`),
  ]
    .filter(Boolean)
    .join(" · ");
}

export function Purchases() {
  const page = (before?: string) => own.get<Purchase[]>("/users/@me/purchases", { limit: PAGE, before });
  const all = createLoad(() => page());
  const [more, setMore] = createSignal(true);
  const [busy, setBusy] = createSignal(false);
  const older = async () => {
    setBusy(true);
    const found = await attempt(page(all.value()?.at(-1)?.entitlement.id));
    if (found) {
      all.change((known) => [...known, ...found]);
      setMore(found.length === PAGE);
    }
    setBusy(false);
  };
  return (
    <Section about="What applications gave you or sold you, and what you got for guilds. To end a subscription, ask who sells it.">
      <Loaded load={all} rows={2}>
        {(known) => (
          <Show
            when={known().length > 0}
            fallback={
              <Card>
                <Empty icon={ShoppingBag} title="Nothing yet">
                  <p>When an application gives or sells you something, it stands here with its end.</p>
                </Empty>
              </Card>
            }
          >
            <Card flush>
              <For each={known()}>
                {(one) => {
                  const state = () => stateOf(one.entitlement, one.subscription, now());
                  return (
                    <AppRow application={one.application} name={one.sku.name} about={about(one)}>
                      <span class={`chip ${STATE_CHIPS[state()]}`}>{STATE_WORDS[state()]}</span>
                    </AppRow>
                  );
                }}
              </For>
            </Card>
            <Show when={more() && known().length >= PAGE}>
              <div class="row">
                <Button busy={busy()} onClick={() => void older()}>
                  Show older
                </Button>
              </div>
            </Show>
          </Show>
        )}
      </Loaded>
    </Section>
  );
}
