import { homedir } from "node:os";
import { join } from "node:path";

/** What lpctl takes from its environment. Nothing else in the project reads `process.env`. */
export interface Environment {
  /** `LPCTL_NETWORK`: network to use when `--network` is absent. */
  network: string | undefined;
  /** `LPCTL_RPC_URL`: replaces the chosen network's RPC URL. */
  rpcUrl: string | undefined;
  /** `LPCTL_RPC_TIMEOUT`: seconds to wait for an answer; undefined when unset or no such number. */
  rpcTimeoutSeconds: number | undefined;
  /** `LPCTL_CONFIG`: the project file, instead of searching upwards for `lpctl.yaml`. */
  configPath: string | undefined;
  /** `LPCTL_NO_INPUT`: never prompt, as `--no-input`. */
  noInput: boolean;
  noColor: boolean;
  /** `FORCE_COLOR`: 0 to 3, undefined when unset. */
  forceColor: 0 | 1 | 2 | 3 | undefined;
  dumbTerminal: boolean;
  /** A runner without a person in front of it: no cursor games even if it has a terminal. */
  continuousIntegration: boolean;
  /** The user's own configuration folder for lpctl (XDG). */
  configFolder: string;
  /** The user's own cache folder for lpctl (XDG). Never shared with other users. */
  cacheFolder: string;
  /** The user's own data folder for lpctl (XDG): what no project holds and nothing else knows. */
  dataFolder: string;
  /** Where Foundry keeps the user's encrypted keys. */
  foundryKeystores: string;
}

/** Every variable lpctl reads, for the documentation. */
export const environmentVariables: readonly { name: string; meaning: string }[] = [
  { name: "LPCTL_NETWORK", meaning: "The network to use when -n/--network is absent." },
  { name: "LPCTL_RPC_URL", meaning: "Replaces the RPC URL of the chosen network." },
  { name: "LPCTL_RPC_TIMEOUT", meaning: "Seconds to wait for each answer of the RPC. Default 30." },
  { name: "LPCTL_CONFIG", meaning: "Path of the project file, instead of searching upwards for lpctl.yaml." },
  { name: "LPCTL_NO_INPUT", meaning: "Never prompt, as --no-input." },
  { name: "NO_COLOR", meaning: "No colour when set to anything." },
  { name: "FORCE_COLOR", meaning: "Colour even when not on a terminal: 1, 2 or 3; 0 for none." },
  { name: "TERM", meaning: "dumb turns colour and cursor movement off." },
  { name: "CI", meaning: "Progress as plain lines." },
  { name: "XDG_CONFIG_HOME", meaning: "Where lpctl/config.yaml, the user file, is looked for. Default ~/.config." },
  { name: "XDG_CACHE_HOME", meaning: "Where compiled code is cached. Default ~/.cache." },
  { name: "XDG_DATA_HOME", meaning: "Where lpctl/signatures.ndjson, the list of what your keys signed, is kept. Default ~/.local/share." },
];

/** Read fresh on every call: tests and long-running commands must not see a stale copy. */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const home = given(source["HOME"]) ?? homedir();
  const ci = given(source["CI"]);
  return {
    network: given(source["LPCTL_NETWORK"]),
    rpcUrl: given(source["LPCTL_RPC_URL"]),
    rpcTimeoutSeconds: positiveNumber(source["LPCTL_RPC_TIMEOUT"]),
    configPath: given(source["LPCTL_CONFIG"]),
    noInput: isTrue(source["LPCTL_NO_INPUT"]),
    noColor: given(source["NO_COLOR"]) !== undefined,
    forceColor: forcedLevel(source["FORCE_COLOR"]),
    dumbTerminal: source["TERM"] === "dumb",
    continuousIntegration: ci !== undefined && isTrue(ci),
    configFolder: join(given(source["XDG_CONFIG_HOME"]) ?? join(home, ".config"), "lpctl"),
    cacheFolder: join(given(source["XDG_CACHE_HOME"]) ?? join(home, ".cache"), "lpctl"),
    dataFolder: join(given(source["XDG_DATA_HOME"]) ?? join(home, ".local", "share"), "lpctl"),
    foundryKeystores: join(home, ".foundry", "keystores"),
  };
}

/** An empty variable counts as unset, as XDG and NO_COLOR ask. */
function given(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

function positiveNumber(value: string | undefined): number | undefined {
  const number = Number(value ?? "");
  return number > 0 && number <= 3_600 ? number : undefined;
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false", "no"].includes(value.toLowerCase());
}

function forcedLevel(value: string | undefined): 0 | 1 | 2 | 3 | undefined {
  if (value === undefined) return undefined;
  if (value === "0" || value === "false") return 0;
  if (value === "2") return 2;
  if (value === "3") return 3;
  return 1;
}
