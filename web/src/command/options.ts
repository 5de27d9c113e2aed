/** From a command's form to the data of its interaction. */
import { type Command, type CommandOption, OptionKind } from "~/wire";

export interface Path {
  /** Names of group and sub-command. */
  names: string[];
  kinds: number[];
  options: CommandOption[];
}

const isBranch = (option: CommandOption): boolean =>
  option.type === OptionKind.SubCommand || option.type === OptionKind.SubCommandGroup;

/** Every way in which a command can be used: one, or one for each sub-command. */
export function pathsOf(command: Command): Path[] {
  const walk = (options: CommandOption[], names: string[], kinds: number[]): Path[] => {
    const branches = options.filter(isBranch);
    if (branches.length === 0) return [{ names, kinds, options }];
    return branches.flatMap((one) => walk(one.options ?? [], [...names, one.name], [...kinds, one.type]));
  };
  return walk(command.options ?? [], [], []);
}

export interface Sent {
  type: number;
  name: string;
  value?: string | number | boolean;
  focused?: boolean;
  options?: Sent[];
}

/** Values by option name; empty ones are left out. */
export function build(path: Path, values: Record<string, string>, focused?: string): Sent[] {
  const leaves: Sent[] = path.options.flatMap((option) => {
    const value = values[option.name];
    if ((value === undefined || value === "") && option.name !== focused) return [];
    const sent: Sent = { type: option.type, name: option.name, value: typed(option, value ?? "", option.name === focused) };
    if (option.name === focused) sent.focused = true;
    return [sent];
  });
  return path.names.reduceRight<Sent[]>(
    (inner, name, index) => [{ type: path.kinds[index] ?? OptionKind.SubCommand, name, options: inner }],
    leaves,
  );
}

function typed(option: CommandOption, value: string, raw: boolean): string | number | boolean {
  // What is still being typed goes as it stands.
  if (raw) return value;
  if (option.type === OptionKind.Boolean) return value === "true";
  if (option.type === OptionKind.Integer || option.type === OptionKind.Number) return Number(value);
  return value;
}

/** The chosen files in the order of the options, and the values with their places. */
export function gather(
  path: Path,
  values: Record<string, string>,
  files: Record<string, File>,
): { values: Record<string, string>; files: File[] } {
  const all: File[] = [];
  const named = { ...values };
  for (const { name, type } of path.options) {
    const file = type === OptionKind.Attachment ? files[name] : undefined;
    if (file) named[name] = String(all.push(file) - 1);
  }
  return { values: named, files: all };
}

/** What is missing before the command can be used. */
export const missing = (path: Path, values: Record<string, string>): string[] =>
  path.options.filter((one) => one.required && !values[one.name]).map((one) => one.name);
