/** Linked roles of a guild: what each asks, what of it is met, and where one connects. */
import Check from "lucide-solid/icons/check";
import ExternalLink from "lucide-solid/icons/external-link";
import Link from "lucide-solid/icons/link";
import Unlink from "lucide-solid/icons/unlink";
import X from "lucide-solid/icons/x";
import { createSignal, For, Match, onCleanup, Show, Switch } from "solid-js";
import type { Asked } from "~/dialog/Dialogs";
import { guilds } from "~/guild/store";
import { memberOf, roleColor } from "~/member/store";
import { createLoaded } from "~/net/loaded";
import { api, own } from "~/net/rest";
import { appIcon } from "~/settings/me/application";
import { attempt, Button, Dialog, Empty, Failed, Picture, SkeletonRows } from "~/ui";
import { myId } from "~/user/store";
import type { Id, LinkCheck, LinkSource, Role } from "~/wire";
import { deserved, isLinked, sourcesOf, words } from "./rules";
import "~/settings/settings.css";
import "./link.css";

interface Known {
  sources: LinkSource[];
  asks: { role: Id; ways: LinkCheck[][] }[];
}

export default function LinkedRoles(props: Asked<"linked-roles">) {
  const guild = () => props.asked.guild;
  const linked = (): Role[] =>
    Object.values(guilds[guild()]?.roles ?? {})
      .filter((role): role is Role => role !== undefined && isLinked(role))
      .sort((a, b) => b.position - a.position);
  const load = createLoaded(
    () => ({ guild: guild(), roles: linked().map((role) => role.id) }),
    async ({ guild, roles }): Promise<Known> => {
      const [sources, ...ways] = await Promise.all([
        own.get<LinkSource[]>(`/guilds/${guild}/connections`),
        ...roles.map((role) => api.get<LinkCheck[][]>(`/guilds/${guild}/roles/${role}/connections/eligibility`)),
      ]);
      return { sources, asks: roles.map((role, at) => ({ role, ways: ways[at] ?? [] })) };
    },
  );
  // Who connects does so in another window: when they are back here, it may be done.
  const back = () => load.again();
  window.addEventListener("focus", back);
  onCleanup(() => window.removeEventListener("focus", back));
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Linked roles"
      about="These roles come by themselves to whoever has what they ask, and go by themselves."
      width={560}
    >
      <Switch fallback={<SkeletonRows rows={3} />}>
        <Match when={load.value()}>
          {(known) => (
            <ul class="link-list" aria-label="Linked roles">
              <For
                each={linked().filter((role) => known().asks.some((one) => one.role === role.id))}
                fallback={
                  <Empty icon={Link} title="No role asks for a connection">
                    <p>When one does, it stands here.</p>
                  </Empty>
                }
              >
                {(role) => (
                  <LinkedRole
                    role={role}
                    guild={guild()}
                    ways={known().asks.find((one) => one.role === role.id)?.ways ?? []}
                    sources={known().sources}
                    onChange={() => load.again()}
                  />
                )}
              </For>
            </ul>
          )}
        </Match>
        <Match when={load.error()}>
          <Failed error={load.error()} onRetry={() => load.again()} />
        </Match>
      </Switch>
    </Dialog>
  );
}

function LinkedRole(props: { role: Role; guild: Id; ways: LinkCheck[][]; sources: LinkSource[]; onChange: () => void }) {
  const has = () => memberOf(props.guild, myId())?.roles.includes(props.role.id) ?? false;
  const state = () => (has() ? "You have it" : deserved(props.ways) ? "On its way" : "Not yet");
  return (
    <li class="link-role">
      <header class="link-role-head">
        <span class="chip-dot" style={{ background: roleColor(props.role) }} />
        <h3 class="grow truncate">{props.role.name}</h3>
        <span class="chip" classList={{ "chip-good": has() }}>
          {state()}
        </span>
      </header>
      <For each={props.ways}>
        {(way, at) => (
          <>
            <Show when={at() > 0}>
              <div class="link-or">or</div>
            </Show>
            <ul class="link-checks">
              <For each={way}>
                {(check) => (
                  <li classList={{ met: check.result }} title={check.description ?? undefined}>
                    <Show when={check.result} fallback={<X size={16} aria-label="Not met" />}>
                      <Check size={16} aria-label="Met" />
                    </Show>
                    <span class="grow">{words(check)}</span>
                    <span class="muted small">{props.sources.find((one) => one.id === check.application_id)?.name}</span>
                  </li>
                )}
              </For>
            </ul>
          </>
        )}
      </For>
      <For each={sourcesOf(props.ways, props.sources)}>
        {(source) => <Source source={source} onChange={props.onChange} />}
      </For>
    </li>
  );
}

function Source(props: { source: LinkSource; onChange: () => void }) {
  const [busy, setBusy] = createSignal(false);
  const forget = async () => {
    setBusy(true);
    await attempt(api.delete(`/users/@me/applications/${props.source.id}/role-connection`));
    setBusy(false);
    props.onChange();
  };
  const line = () => {
    const known = props.source.connected;
    if (!known) return "Not connected";
    const who = [known.platform_username, known.platform_name && `at ${known.platform_name}`].filter(Boolean).join(" ");
    return who ? `Connected as ${who}` : "Connected";
  };
  return (
    <div class="who link-source">
      <span class="guild-face">
        <Picture src={appIcon(props.source, 36)} name={props.source.name} id={props.source.id} size={36} />
      </span>
      <div class="grow">
        <span class="who-name truncate">{props.source.name}</span>
        <span class="who-sub">{line()}</span>
      </div>
      <Show when={props.source.connected}>
        <Button small look="ghost" busy={busy()} onClick={() => void forget()}>
          <Unlink size={15} /> Disconnect<span class="visually-hidden">: {props.source.name}</span>
        </Button>
      </Show>
      <Show when={props.source.role_connections_verification_url}>
        {(url) => (
          <a class="button button-primary button-small" href={url()} target="_blank" rel="noreferrer noopener">
            <ExternalLink size={15} /> {props.source.connected ? "Renew" : "Connect"}
            <span class="visually-hidden">: {props.source.name}</span>
          </a>
        )}
      </Show>
    </div>
  );
}
