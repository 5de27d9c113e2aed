/** Commands that can be used in a channel: asked for when somebody begins to type one. */
import { createStore } from "solid-js/store";
import { api } from "~/net/rest";
import type { Channel, Command, CommandIndex, Id } from "~/wire";

interface Known {
  commands: Command[];
  names: Map<Id, string>;
  at: number;
}

const [known, set] = createStore<Record<Id, Known>>({});
const FRESH_MS = 30_000;
const asked = new Map<Id, number>();

/** Whether it was heard already what there is. */
export const isKnown = (channel: Channel): boolean => known[channel.id] !== undefined;

/** What is known; asks for what is not, or not any more. */
export function commandsHere(channel: Channel): Known {
  const here = known[channel.id];
  if (!here || Date.now() - here.at > FRESH_MS) void ask(channel.id);
  return here ?? { commands: [], names: new Map(), at: 0 };
}

async function ask(channel: Id): Promise<void> {
  if (Date.now() - (asked.get(channel) ?? 0) < 5000) return;
  asked.set(channel, Date.now());
  try {
    const index = await api.get<CommandIndex>(`/channels/${channel}/application-command-index`);
    set(channel, {
      commands: index.application_commands,
      names: new Map(index.applications.map((one) => [one.id, one.name])),
      at: Date.now(),
    });
  } catch {
    set(channel, { commands: [], names: new Map(), at: Date.now() });
  }
}
