/** What applications can do with a person or a message: a menu of its own in theirs. */
import Blocks from "lucide-solid/icons/blocks";
import type { MenuEntry } from "~/ui/Menu";
import type { Channel, Command, Id } from "~/wire";
import { InteractionKind, interact } from "./interaction";
import { commandsHere, isKnown } from "./store";

export const CommandKind = { User: 2, Message: 3 } as const;
type Kind = (typeof CommandKind)[keyof typeof CommandKind];

/** The data of using a command on somebody or something. */
export const useOn = (command: Command, target: Id): Record<string, unknown> => ({
  id: command.id,
  version: command.version,
  name: command.name,
  type: command.type,
  target_id: target,
  ...(command.guild_id ? { guild_id: command.guild_id } : {}),
});

/** Commands of that kind, by name. */
export const ofKind = (commands: readonly Command[], kind: Kind): Command[] =>
  commands.filter((one) => one.type === kind).sort((a, b) => a.name.localeCompare(b.name));

/** The entry of a menu. There is none where it is known that no application offers anything. */
export function appsEntry(channel: Channel | undefined, kind: Kind, target: Id): MenuEntry {
  if (!channel?.guild_id) return null;
  const found = () => ofKind(commandsHere(channel).commands, kind);
  // Asked for as soon as the menu opens.
  if (found().length === 0 && isKnown(channel)) return null;
  const where = { guild: channel.guild_id, channel: channel.id };
  return {
    label: "Apps",
    icon: Blocks,
    entries: () => {
      const { names } = commandsHere(channel);
      const all = found();
      if (all.length === 0) {
        return [{ label: isKnown(channel) ? "No app offers anything here" : "Looking…", disabled: true, act: () => {} }];
      }
      return all.map((command) => ({
        label: command.name,
        about: names.get(command.application_id) ?? "",
        act: () =>
          void interact(
            InteractionKind.Command,
            { ...where, application: command.application_id },
            useOn(command, target),
          ),
      }));
    },
  };
}
