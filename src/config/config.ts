import type { Policy, PollRequirement } from "../protocol/policy.ts";
import type { NetworkEntry } from "./config-schema.ts";

/** Where a value came from: what `lpctl config explain` shows. */
export interface Origin {
  kind: "flag" | "environment" | "project" | "user" | "built-in" | "default";
  /** Flag, variable, or path. */
  where: string;
}

export interface Sourced<T> {
  value: T;
  origin: Origin;
}

/** The network entries of one file; the nearest file that sets a field wins. */
export interface NetworkLayer {
  origin: Origin;
  /** Relative paths in the file are relative to this folder. */
  folder: string;
  networks: Record<string, NetworkEntry>;
}

/** Everything that configures a run, with the origin of each value. */
export interface Config {
  /** The project file in use, if there is one. */
  projectPath: string | undefined;
  /** The folder of the project: of its file, or the working folder. `proposals/` live here. */
  projectFolder: string;
  userPath: string | undefined;
  defaultNetwork: Sourced<string> | undefined;
  /** Absolute. Where keystore files are kept. */
  keysDirectory: Sourced<string>;
  /** Contracts whose code on chain shall be recognised, beyond the suite: `path.sol:Name`, relative to the project. */
  sources: Sourced<string[]>;
  /** Solidity version to absolute path of its soljson. */
  compilers: Sourced<Record<string, string>>;
  /** Of the project's file and the user's together; undefined without either. */
  policy?: Sourced<Policy> | undefined;
  /** What the policy of each file wants voted on, the project's first: see `requiredVote`. */
  requires?: Sourced<PollRequirement | "none">[] | undefined;
  /** Nearest first: project, user, built-in. */
  networkLayers: NetworkLayer[];
}

/** Names of all networks, nearest file first, each once. */
export function networkNames(config: Config): string[] {
  return [...new Set(config.networkLayers.flatMap((layer) => Object.keys(layer.networks)))];
}
