/** Applications that one lets reach one's account. */
import Plug from "lucide-solid/icons/plug";
import { createSignal, For, Show } from "solid-js";
import { api } from "~/net/rest";
import { wordsOf } from "~/oauth/scopes";
import { Button, Confirm, Empty } from "~/ui";
import type { Id } from "~/wire";
import { createLoad, Loaded } from "../load";
import { Card, Section } from "../parts";
import { AppRow } from "./AppRow";

interface Authorization {
  id: Id;
  scopes: string[];
  application: { id: Id; name: string; icon: string | null; description: string };
}

export function Authorized() {
  const all = createLoad(() => api.get<Authorization[]>("/oauth2/tokens"));
  const [removing, setRemoving] = createSignal<Authorization | null>(null);
  const remove = async () => {
    const one = removing();
    if (!one) return;
    await api.delete(`/oauth2/tokens/${one.id}`);
    all.change((known) => known.filter((other) => other.id !== one.id));
  };
  return (
    <Section about="What you let reach your account, and how far. Taking it back ends it at once.">
      <Loaded load={all} rows={2}>
        {(known) => (
          <Show
            when={known().length > 0}
            fallback={
              <Card>
                <Empty icon={Plug} title="No applications">
                  <p>When you log in to another site with your account here, it stands in this list.</p>
                </Empty>
              </Card>
            }
          >
            <Card flush>
              <For each={known()}>
                {(one) => (
                  <AppRow application={one.application} name={one.application.name} about={one.scopes.map(wordsOf).join(" · ")}>
                    <Button small look="danger" onClick={() => setRemoving(one)}>
                      Take back<span class="visually-hidden">: {one.application.name}</span>
                    </Button>
                  </AppRow>
                )}
              </For>
            </Card>
          </Show>
        )}
      </Loaded>
      <Confirm
        open={removing() !== null}
        onClose={() => setRemoving(null)}
        title={`Take it back from ${removing()?.application.name ?? ""}?`}
        about="It no longer reaches your account. You can let it in again."
        action="Take it back"
        onConfirm={remove}
      />
    </Section>
  );
}
