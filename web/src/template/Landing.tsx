/** `/template/CODE`: a guild that begins as another is. */
import Shield from "lucide-solid/icons/shield";
import { createSignal, For, Match, Show, Switch } from "solid-js";
import { Dynamic } from "solid-js/web";
import { navigate, place } from "~/app/router";
import { createForm } from "~/auth/form";
import { AuthPage, Problem } from "~/auth/Page";
import { iconOf } from "~/channel/icon";
import { createLoaded } from "~/net/loaded";
import { explain } from "~/net/error";
import { api } from "~/net/rest";
import { Button, Field, Spinner } from "~/ui";
import { ChannelKind, type Guild } from "~/wire";

interface Template {
  code: string;
  name: string;
  description: string | null;
  usage_count: number;
  serialized_source_guild: {
    name: string;
    roles: { id: number; name: string }[];
    channels: { id: number | null; type: number; name: string | null }[];
  };
}

export default function TemplatePage() {
  const code = () => {
    const now = place();
    return now.kind === "template" ? now.code : "";
  };
  const template = createLoaded(code, (one) => api.get<Template>(`/guilds/templates/${encodeURIComponent(one)}`));
  return (
    <Switch
      fallback={
        <AuthPage title="Opening the template">
          <Spinner size={28} />
        </AuthPage>
      }
    >
      <Match when={template.value()}>{(known) => <Begin template={known()} />}</Match>
      <Match when={template.error()}>
        <AuthPage title="This template does not work" about={explain(template.error())}>
          <Button wide onClick={() => navigate("/channels/@me")}>
            Go home
          </Button>
        </AuthPage>
      </Match>
    </Switch>
  );
}

function Begin(props: { template: Template }) {
  const [name, setName] = createSignal("");
  const source = () => props.template.serialized_source_guild;
  const rooms = () => source().channels.filter((one) => one.type !== ChannelKind.Category);
  const form = createForm(async () => {
    const made = await api.post<Guild>(`/guilds/templates/${encodeURIComponent(props.template.code)}`, {
      name: name().trim(),
    });
    navigate(`/channels/${made.id}`, { replace: true });
  }, ["name"]);
  return (
    <AuthPage title={props.template.name} about={props.template.description ?? "A guild that begins with roles and channels."}>
      <form onSubmit={form.submit}>
        <Problem text={form.problem()} />
        <Field
          label="Name of your guild"
          value={name()}
          onChange={setName}
          maxLength={100}
          required
          autofocus
          error={form.errors().name}
        />
        <Show when={rooms().length > 0}>
          <div>
            <div class="field-label">Its channels</div>
            <ul class="tags">
              <For each={rooms().slice(0, 20)}>
                {(one) => (
                  <li class="chip">
                    <Dynamic component={iconOf(one)} size={12} /> <span class="truncate">{one.name}</span>
                  </li>
                )}
              </For>
            </ul>
          </div>
        </Show>
        <Show when={source().roles.length > 1}>
          <div>
            <div class="field-label">Its roles</div>
            <ul class="tags">
              <For each={source().roles.filter((one) => one.id !== 0).slice(0, 20)}>
                {(one) => (
                  <li class="chip">
                    <Shield size={12} /> <span class="truncate">{one.name}</span>
                  </li>
                )}
              </For>
            </ul>
          </div>
        </Show>
        <Button look="primary" wide type="submit" busy={form.busy()} disabled={name().trim().length < 2}>
          Make the guild
        </Button>
        <Button look="ghost" wide onClick={() => navigate("/channels/@me")}>
          Not now
        </Button>
      </form>
    </AuthPage>
  );
}
