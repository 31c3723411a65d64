import type { HelpCommand } from "./render-help.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** What may follow a command path (`params set`): verbs, flags, values. */
type Candidates = Map<string, string[]>;

export interface CompletionSource {
  commands: readonly HelpCommand[];
  /** Values worth offering, by the name of the argument or flag that takes them: `network`, `parameter`. */
  values: Record<string, readonly string[]>;
}

/** A static completion script: everything is in the script, so completing never starts lpctl. */
export function completionScript(shell: Shell, source: CompletionSource): string {
  const candidates = candidatesOf(source);
  const flagValues = flagValuesOf(source);
  switch (shell) {
    case "bash":
      return bash(candidates, flagValues);
    case "zsh":
      return zsh(candidates, flagValues);
    case "fish":
      return fish(candidates, flagValues);
  }
}

function candidatesOf({ commands, values }: CompletionSource): Candidates {
  const candidates: Candidates = new Map();
  const add = (path: string, words: readonly string[]): void => {
    candidates.set(path, [...new Set([...(candidates.get(path) ?? []), ...words])]);
  };
  for (const command of commands.filter(({ hidden }) => hidden !== true)) {
    const words = command.id.split(":");
    for (let depth = 0; depth < words.length; depth += 1) add(words.slice(0, depth).join(" "), [words[depth] ?? ""]);
    const args = Object.values(command.args ?? {});
    add(words.join(" "), args.flatMap((arg) => [...(arg.options ?? []), ...(values[arg.name.toLowerCase()] ?? [])]));
    add(words.join(" "), Object.values(command.flags ?? {}).filter((flag) => flag.hidden !== true).map((flag) => `--${flag.name}`));
  }
  return candidates;
}

function flagValuesOf({ commands, values }: CompletionSource): Candidates {
  const found: Candidates = new Map();
  for (const flag of commands.flatMap((command) => Object.values(command.flags ?? {}))) {
    const words = flag.options ?? values[flag.name] ?? [];
    if (flag.type !== "option" || words.length === 0) continue;
    for (const name of [`--${flag.name}`, ...(flag.char === undefined ? [] : [`-${flag.char}`])]) found.set(name, [...words]);
  }
  return found;
}

function quoted(words: readonly string[]): string {
  return `'${words.map((word) => word.replaceAll("'", "")).join(" ")}'`;
}

function cases(candidates: Candidates, indentation: string): string {
  return [...candidates].map(([path, words]) => `${indentation}'${path}') echo ${quoted(words)} ;;`).join("\n");
}

/** The part bash and zsh share: words for a flag's value, words for the longest known command path. */
function shellFunctions(candidates: Candidates, flagValues: Candidates): string {
  return `_lpctl_flag_values() {
  case "$1" in
${cases(flagValues, "    ")}
    *) return 1 ;;
  esac
}
_lpctl_path_words() {
  case "$1" in
${cases(candidates, "    ")}
    *) return 1 ;;
  esac
}
_lpctl_words() {
  local previous="$1" path="$2"
  _lpctl_flag_values "$previous" && return
  until _lpctl_path_words "$path"; do
    case "$path" in *' '*) path="\${path% *}" ;; *) path='' ;; esac
  done
}`;
}

function bash(candidates: Candidates, flagValues: Candidates): string {
  return `# lpctl completion for bash. Install: lpctl completion bash > ~/.local/share/bash-completion/completions/lpctl
${shellFunctions(candidates, flagValues)}
_lpctl() {
  local path='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "\${COMP_WORDS[index]}" in -*) ;; *) path="\${path:+$path }\${COMP_WORDS[index]}" ;; esac
  done
  COMPREPLY=($(compgen -W "$(_lpctl_words "\${COMP_WORDS[COMP_CWORD - 1]}" "$path")" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _lpctl lpctl
`;
}

function zsh(candidates: Candidates, flagValues: Candidates): string {
  return `#compdef lpctl
# lpctl completion for zsh. Install: lpctl completion zsh > "\${fpath[1]}/_lpctl"
${shellFunctions(candidates, flagValues)}
_lpctl() {
  local path_words='' index
  for ((index = 2; index < CURRENT; index++)); do
    case "$words[index]" in -*) ;; *) path_words="\${path_words:+$path_words }$words[index]" ;; esac
  done
  compadd -- \${=$(_lpctl_words "$words[CURRENT-1]" "$path_words")} || _files
}
compdef _lpctl lpctl
`;
}

function fish(candidates: Candidates, flagValues: Candidates): string {
  const lines = (words: readonly string[]): string => `printf '%s\\n' ${words.map((word) => `'${word.replaceAll("'", "")}'`).join(" ")}`;
  const switchCases = (table: Candidates): string =>
    [...table].filter(([, words]) => words.length > 0).map(([path, words]) => `        case '${path}'\n            ${lines(words)}\n            return 0`).join("\n");
  return `# lpctl completion for fish. Install: lpctl completion fish > ~/.config/fish/completions/lpctl.fish
function __lpctl_flag_values
    switch "$argv[1]"
${switchCases(flagValues)}
    end
    return 1
end
function __lpctl_path_words
    switch "$argv[1]"
${switchCases(candidates)}
    end
    return 1
end
function __lpctl_words
    set -l before (commandline -opc)
    __lpctl_flag_values $before[-1]; and return
    set -l path (string match --invert -- '-*' $before[2..-1])
    while not __lpctl_path_words (string join ' ' -- $path)
        test (count $path) -eq 0; and return
        set -e path[-1]
    end
end
complete -c lpctl -a '(__lpctl_words)'
`;
}
