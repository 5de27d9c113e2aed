/** Applications that one made, each with its bot. */
import Bot from "lucide-solid/icons/bot";
import ChevronRight from "lucide-solid/icons/chevron-right";
import Plus from "lucide-solid/icons/plus";
import { createSignal, For, Show } from "solid-js";
import { own } from "~/net/rest";
import { Button, Empty, Field, Picture } from "~/ui";
import { FormDialog } from "../FormDialog";
import { createLoad, Loaded } from "../load";
import { Card, Section } from "../parts";
import { type Application, appIcon } from "./application";
import { ApplicationEditor } from "./ApplicationEditor";
import { TokenDialog } from "./TokenDialog";

export function Applications() {
  const applications = createLoad(() => own.get<Application[]>("/applications"));
  const [open, setOpen] = createSignal<string | null>(null);
  const [making, setMaking] = createSignal(false);
  const [name, setName] = createSignal("");
  const [token, setToken] = createSignal<string | null>(null);
  const shown = () => applications.value()?.find((one) => one.id === open());
  const make = async () => {
    const made = await own.post<Application>("/applications", { name: name().trim() });
    applications.change((all) => [...all, made]);
    setToken(made.bot?.token ?? null);
    setOpen(made.id);
  };
  return (
    <>
      <Show
        when={shown()?.id}
        keyed
        fallback={
          <Section
            title="Your applications"
            about="An application has a bot. Stock Discord libraries drive it: give them its token and this server's address."
            tools={
              <Button
                small
                look="primary"
                onClick={() => {
                  setName("");
                  setMaking(true);
                }}
              >
                <Plus size={16} /> New application
              </Button>
            }
          >
            <Loaded load={applications}>
              {(all) => (
                <Show
                  when={all().length > 0}
                  fallback={
                    <Card>
                      <Empty icon={Bot} title="No applications yet">
                        <p>Make one to let a bot answer commands, greet newcomers or keep order.</p>
                      </Empty>
                    </Card>
                  }
                >
                  <Card flush>
                    <For each={all()}>
                      {(one) => (
                        <button type="button" class="set-row row-button" onClick={() => setOpen(one.id)}>
                          <span class="guild-face">
                            <Picture src={appIcon(one, 44)} name={one.name} id={one.id} size={44} />
                          </span>
                          <span class="grow">
                            <span class="who-name">{one.name}</span>
                            <span class="who-sub">
                              {one.description || "No description"} · in {one.approximate_guild_count ?? 0}{" "}
                              {one.approximate_guild_count === 1 ? "guild" : "guilds"}
                            </span>
                          </span>
                          <ChevronRight size={18} />
                        </button>
                      )}
                    </For>
                  </Card>
                </Show>
              )}
            </Loaded>
          </Section>
        }
      >
        {(id) => (
          <Show when={shown()}>
            {(one) => (
              <ApplicationEditor
                application={one()}
                onBack={() => setOpen(null)}
                onChange={(next) =>
                  applications.change((all) =>
                    all.map((other) => (other.id === next.id ? { ...other, ...next } : other)),
                  )
                }
                onToken={setToken}
                onGone={() => {
                  applications.change((all) => all.filter((other) => other.id !== id));
                  setOpen(null);
                }}
              />
            )}
          </Show>
        )}
      </Show>
      <FormDialog
        open={making()}
        onClose={() => setMaking(false)}
        title="New application"
        action="Make it"
        fields={["name"]}
        onSubmit={make}
      >
        {(errors) => (
          <Field
            label="Name"
            value={name()}
            onChange={setName}
            maxLength={32}
            autofocus
            required
            note="2 to 32 characters. Its bot is called the same."
            error={errors().name}
          />
        )}
      </FormDialog>
      <TokenDialog token={token()} onClose={() => setToken(null)} />
    </>
  );
}
