/**
 * Help from the manifest alone. This file imports nothing, so that the launcher can answer `--help` in little
 * more than node's own start; oclif's help class (`help.ts`) uses the same code, so both say the same.
 */

interface HelpFlag {
  name: string;
  type: "boolean" | "option";
  char?: string | undefined;
  summary?: string | undefined;
  description?: string | undefined;
  helpValue?: string | readonly string[] | undefined;
  helpGroup?: string | undefined;
  options?: readonly string[] | undefined;
  default?: unknown;
  hidden?: boolean | undefined;
  multiple?: boolean | undefined;
  required?: boolean | undefined;
}

interface HelpArgument {
  name: string;
  description?: string | undefined;
  required?: boolean | undefined;
  hidden?: boolean | undefined;
  multiple?: boolean | undefined;
  options?: readonly string[] | undefined;
}

export interface HelpCommand {
  id: string;
  summary?: string | undefined;
  description?: string | undefined;
  examples?: unknown;
  hidden?: boolean | undefined;
  args?: Record<string, HelpArgument> | undefined;
  flags?: Record<string, HelpFlag> | undefined;
}

/** What help is made from: parts of package.json and the commands of oclif.manifest.json. */
export interface HelpSource {
  bin: string;
  description: string;
  topics: Record<string, { description?: string | undefined }>;
  commands: readonly HelpCommand[];
}

export interface HelpStyle {
  /** Columns; text is wrapped, commands and flags never are. */
  width: number;
  bold: boolean;
}

/** The words of a help request without flags: `params set --help` and `help params set` give `[params, set]`. */
export function helpSubject(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (const [index, word] of argv.entries()) {
    if (word === "--") break;
    if (index === 0 && word === "help") continue;
    if (word.startsWith("-")) continue;
    words.push(word);
  }
  return words;
}

/** Help for the root, a topic or a command; undefined when `words` name none of these. */
export function renderHelp(source: HelpSource, words: readonly string[], style: HelpStyle): string | undefined {
  const visible = source.commands.filter((command) => command.hidden !== true);
  if (words.length === 0) return renderRoot(source, visible, style);
  // The longest match: `rehearse upgrade --help` is help on `rehearse`, which takes an argument.
  for (let length = words.length; length > 0; length -= 1) {
    const id = words.slice(0, length).join(":");
    const below = visible.filter((command) => command.id.startsWith(`${id}:`));
    const command = source.commands.find((candidate) => candidate.id === id);
    const takesRest = length === words.length || Object.keys(command?.args ?? {}).length > 0;
    if (command !== undefined && takesRest) return renderCommand(source, command, below, style);
    if (below.length > 0 && length === words.length) return renderTopic(source, id, below, style);
  }
  return undefined;
}

/** How much width and boldness a stream gets; the launcher and oclif must agree on it. */
export function helpStyle(
  stream: { isTTY?: boolean; columns?: number },
  environment: Record<string, string | undefined>,
  argv: readonly string[],
): HelpStyle {
  const forced = environment["FORCE_COLOR"];
  const plain = Boolean(environment["NO_COLOR"]) || environment["TERM"] === "dumb" || stream.isTTY !== true;
  const bold = !argv.includes("--no-color") && (forced === undefined ? !plain : forced !== "0" && forced !== "false");
  return { width: Math.min(Math.max(stream.columns ?? 80, 40), 100), bold };
}

function renderRoot(source: HelpSource, commands: readonly HelpCommand[], style: HelpStyle): string {
  const topics = [...new Set(commands.filter((command) => command.id.includes(":")).map((command) => command.id.split(":")[0] ?? ""))].sort();
  const single = commands.filter((command) => !command.id.includes(":") && !topics.includes(command.id));
  const topicRows = topics.map((topic): [string, string] => {
    const own = commands.find((command) => command.id === topic);
    const verbs = commands.filter((command) => command.id.startsWith(`${topic}:`)).map((command) => command.id.slice(topic.length + 1));
    const text = source.topics[topic]?.description ?? own?.summary ?? "";
    return [topic, `${sentence(text)} (${verbs.map((verb) => verb.replaceAll(":", " ")).join(", ")})`];
  });
  return joinSections([
    wrap(source.description, style.width, 0),
    section("Usage", [`  ${source.bin} <command> [flags]`], style),
    section("Topics", table(topicRows, style), style),
    section("Commands", table(single.map(commandRow), style), style),
    section("More", [`  ${source.bin} <command> --help   what a command does, its flags, examples`, `  ${source.bin} --version`], style),
  ]);
}

function renderTopic(source: HelpSource, id: string, below: readonly HelpCommand[], style: HelpStyle): string {
  const name = id.replaceAll(":", " ");
  return joinSections([
    wrap(sentence(source.topics[id]?.description ?? name), style.width, 0),
    section("Usage", [`  ${source.bin} ${name} <command> [flags]`], style),
    section("Commands", table(below.map(commandRow), style), style),
  ]);
}

function renderCommand(source: HelpSource, command: HelpCommand, below: readonly HelpCommand[], style: HelpStyle): string {
  const flags = Object.values(command.flags ?? {}).filter((flag) => flag.hidden !== true);
  const args = Object.values(command.args ?? {}).filter((arg) => arg.hidden !== true);
  const own = flags.filter((flag) => flag.helpGroup !== "GLOBAL");
  const global = flags.filter((flag) => flag.helpGroup === "GLOBAL");
  const usage = [source.bin, command.id.replaceAll(":", " "), ...args.map(usageOf), ...own.filter((flag) => flag.required === true).map(requiredFlag), "[flags]"];
  return joinSections([
    wrap(sentence(command.summary ?? command.description ?? ""), style.width, 0),
    section("Usage", [`  ${usage.join(" ")}`], style),
    section("Arguments", table(args.map((arg) => [arg.name.toUpperCase(), withOptions(arg.description ?? "", arg.options)]), style), style),
    section("Flags", table(own.map(flagRow), style), style),
    section("Global flags", table(global.map(flagRow), style), style),
    section("Commands", table(below.map(commandRow), style), style),
    command.summary === undefined || command.description === undefined
      ? ""
      : section("Description", command.description.split("\n").map((line) => wrap(line, style.width, 2)), style),
    section("Examples", examplesOf(command.examples, source.bin, command.id), style),
  ]);
}

function commandRow(command: HelpCommand): [string, string] {
  return [command.id.replaceAll(":", " "), sentence(command.summary ?? command.description?.split("\n")[0] ?? "")];
}

function flagRow(flag: HelpFlag): [string, string] {
  const char = flag.char === undefined ? "    " : `-${flag.char}, `;
  const value = flag.type === "option" ? ` ${valueName(flag)}${flag.multiple === true ? "…" : ""}` : "";
  const text = withOptions(flag.summary ?? flag.description ?? "", flag.options);
  const shown = typeof flag.default === "string" || typeof flag.default === "number" ? ` [default: ${flag.default}]` : "";
  return [`${char}--${flag.name}${value}`, `${text}${flag.required === true ? " (required)" : ""}${shown}`];
}

function valueName(flag: HelpFlag): string {
  const { helpValue } = flag;
  return typeof helpValue === "string" ? helpValue : (helpValue?.join(" ") ?? flag.name.toUpperCase().replaceAll("-", "_"));
}

function requiredFlag(flag: HelpFlag): string {
  return flag.type === "option" ? `--${flag.name} ${valueName(flag)}` : `--${flag.name}`;
}

function usageOf(arg: HelpArgument): string {
  const name = `${arg.name.toUpperCase()}${arg.multiple === true ? "…" : ""}`;
  return arg.required === true ? name : `[${name}]`;
}

function withOptions(text: string, options: readonly string[] | undefined): string {
  return options === undefined || options.length === 0 ? text : `${text} (${options.join(" | ")})`;
}

function examplesOf(examples: unknown, bin: string, id: string): string[] {
  const list: unknown[] = Array.isArray(examples) ? examples : examples === undefined ? [] : [examples];
  return list.flatMap((example): string[] => {
    const { command, description } = typeof example === "string" ? { command: example, description: undefined } : (example as { command?: string; description?: string });
    const line = (command ?? "")
      .replaceAll("<%= config.bin %>", bin)
      .replaceAll("<%= command.id %>", id.replaceAll(":", " "));
    return [...(description === undefined ? [] : [`  # ${description}`]), `  ${line}`];
  });
}

function section(title: string, lines: readonly string[], style: HelpStyle): string {
  if (lines.length === 0) return "";
  return [style.bold ? `\u001b[1m${title}\u001b[22m` : title, ...lines].join("\n");
}

function joinSections(sections: readonly string[]): string {
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

function table(rows: readonly (readonly [string, string])[], style: HelpStyle): string[] {
  const left = Math.min(Math.max(...rows.map(([name]) => name.length), 0), 30) + 4;
  return rows.flatMap(([name, text]) => {
    const wrapped = wrap(text, style.width, left).slice(left);
    const head = `  ${name}`;
    if (text === "") return [head];
    return head.length + 2 <= left ? [head.padEnd(left) + wrapped] : [head, " ".repeat(left) + wrapped];
  });
}

function wrap(text: string, width: number, indentation: number): string {
  const room = Math.max(width - indentation, 20);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((each) => " ".repeat(indentation) + each).join("\n");
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === "" || /[.!?)]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
