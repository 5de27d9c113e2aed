/** Applications that one lets reach one's account. */
import Plug from "lucide-solid/icons/plug";
import { createSignal, For, Show } from "solid-js";
import { api } from "~/net/rest";
import { wordsOf } from "~/oauth/scopes";
import { Button, Confirm, Empty, Picture } from "~/ui";
import type { Id } from "~/wire";
import { createLoad, Loaded } from "../load";
import { Card, Section } from "../parts";
import { appIcon } from "./application";

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
                  <div class="set-row">
                    <div class="who">
                      <span class="guild-face">
                        <Picture src={appIcon(one.application, 44)} name={one.application.name} id={one.application.id} size={44} />
                      </span>
                      <div class="grow">
                        <span class="who-name truncate">{one.application.name}</span>
                        <span class="who-sub">{one.scopes.map(wordsOf).join(" · ")}</span>
                      </div>
                      <Button small look="danger" onClick={() => setRemoving(one)}>
                        Take back<span class="visually-hidden">: {one.application.name}</span>
                      </Button>
                    </div>
                  </div>
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
