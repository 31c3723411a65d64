import { Exit, LpctlError } from "../errors.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { printable } from "../protocol/printable.ts";

/**
 * oclif's `command_not_found` hook: names the nearest command and runs nothing.
 * A tool that signs must not guess what was meant.
 */
export default function commandNotFound(options: { id: string; config: { commands: readonly { id: string; hidden?: boolean }[] } }): never {
  const typed = options.id.replaceAll(":", " ");
  const known = options.config.commands.filter((command) => command.hidden !== true).map((command) => command.id.replaceAll(":", " "));
  throw unknownCommand(typed, known);
}

export function unknownCommand(typed: string, known: readonly string[]): LpctlError {
  const words = typed.split(" ");
  // Arguments after a mistyped verb arrive glued to it: try ever fewer words.
  const attempts = words.map((_, index) => words.slice(0, words.length - index).join(" "));
  const nearest = attempts.map((attempt) => nearestName(attempt, known)).find((name) => name !== undefined);
  const topic = known.some((name) => name.startsWith(`${words[0] ?? ""} `)) ? ` ${words[0]}` : "";
  return new LpctlError({
    code: "LPCTL_USAGE_UNKNOWN_COMMAND",
    exit: Exit.usage,
    message: `There is no command "${printable(typed)}".`,
    why: nearest === undefined ? undefined : `The nearest is: lpctl ${nearest}`,
    next: nearest === undefined ? `lpctl${topic} --help` : `lpctl ${nearest} --help`,
  });
}
