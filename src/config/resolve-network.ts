import { resolve } from "node:path";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { printable } from "../protocol/printable.ts";
import { networkNames } from "./config.ts";
import type { Config, NetworkLayer, Origin, Sourced } from "./config.ts";
import type { NetworkEntry } from "./config-schema.ts";
import { readEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";
import type { ExternalKey, KeyEntry, KeystoreKey } from "./key-schema.ts";

/** Paths are absolute; programs and plug-ins are found, and run, in `folder`: that of the file which names the key. */
export type ResolvedKey = KeystoreKey | (ExternalKey & { folder: string });

/** A network ready to be used: what is needed is there, every value knows where it came from. */
export interface ResolvedNetwork {
  name: string;
  /** How it was chosen. */
  chosenBy: Origin;
  rpcUrl: string;
  /** What the chain must answer to `eth_chainId`; undefined when no file says. */
  chainId: bigint | undefined;
  controller: Address | undefined;
  keys: Record<string, ResolvedKey>;
  explorer: string | undefined;
  safeServiceUrl: string | undefined;
  /** Absolute. */
  safeServiceKeyFile?: string | undefined;
  governorDelayBlocks: bigint | undefined;
  /** Field name to where its value came from. */
  origins: Record<string, Origin>;
}

export interface NetworkChoice {
  /** `-n/--network`. */
  networkFlag?: string | undefined;
  /** True for whatever may sign or send: then only a person's choice counts. */
  forWriting: boolean;
  environment?: Environment;
}

/**
 * Chooses the network (flag, `LPCTL_NETWORK`, `defaultNetwork`, or the only one in the project file) and puts
 * its entry together from all files. Never a silent main network: a built-in one must be named by a person,
 * and a command that writes takes `defaultNetwork` from the project file only, never from the user's.
 * @throws `LPCTL_NETWORK_NOT_CHOSEN`, `LPCTL_NETWORK_UNKNOWN` (with the nearest name), `LPCTL_NETWORK_NO_RPC`,
 * `LPCTL_CONFIG_MISSING` when there is nothing to choose from.
 */
export function resolveNetwork(config: Config, choice: NetworkChoice): ResolvedNetwork {
  const environment = choice.environment ?? readEnvironment();
  const { value: name, origin: chosenBy } = chooseName(config, choice, environment);
  const layers = config.networkLayers.filter((layer) => Object.hasOwn(layer.networks, name));
  if (layers.length === 0) throw unknownNetwork(config, name, chosenBy);

  const origins: Record<string, Origin> = {};
  const field = <K extends keyof NetworkEntry>(key: K): NetworkEntry[K] | undefined => {
    const found = fieldOf(layers, name, key);
    if (found === undefined) return undefined;
    origins[key] = found.origin;
    return found.value;
  };
  const pathOf = (key: "safeServiceKeyFile"): string | undefined => {
    const path = field(key);
    const layer = layers.find((each) => each.networks[name]?.[key] === path);
    return path === undefined || layer === undefined ? undefined : resolve(layer.folder, path);
  };
  const fromFiles = field("rpcUrl");
  if (environment.rpcUrl !== undefined) origins["rpcUrl"] = { kind: "environment", where: "LPCTL_RPC_URL" };
  const rpcUrl = environment.rpcUrl ?? fromFiles;
  if (rpcUrl === undefined) throw noRpcUrl(name);
  if (!URL.canParse(rpcUrl)) throw badRpcUrl();
  return {
    name,
    chosenBy,
    rpcUrl,
    chainId: field("chainId"),
    controller: field("controller"),
    keys: keysOf(layers, name),
    explorer: field("explorer"),
    safeServiceUrl: field("safeServiceUrl"),
    safeServiceKeyFile: pathOf("safeServiceKeyFile"),
    governorDelayBlocks: field("governorDelayBlocks"),
    origins,
  };
}

function chooseName(config: Config, choice: NetworkChoice, environment: Environment): Sourced<string> {
  if (choice.networkFlag !== undefined) return { value: choice.networkFlag, origin: { kind: "flag", where: "--network" } };
  if (environment.network !== undefined) return { value: environment.network, origin: { kind: "environment", where: "LPCTL_NETWORK" } };
  const { defaultNetwork } = config;
  if (defaultNetwork !== undefined && (!choice.forWriting || defaultNetwork.origin.kind === "project")) return defaultNetwork;
  const project = config.networkLayers.find((layer) => layer.origin.kind === "project");
  const [only, ...others] = Object.keys(project?.networks ?? {});
  if (project !== undefined && only !== undefined && others.length === 0) return { value: only, origin: project.origin };
  throw notChosen(config, choice.forWriting);
}

function fieldOf<K extends keyof NetworkEntry>(layers: readonly NetworkLayer[], name: string, key: K): Sourced<NonNullable<NetworkEntry[K]>> | undefined {
  for (const layer of layers) {
    const value = layer.networks[name]?.[key];
    if (value !== undefined && value !== null) return { value, origin: layer.origin };
  }
  return undefined;
}

function keysOf(layers: readonly NetworkLayer[], name: string): Record<string, ResolvedKey> {
  const keys: Record<string, ResolvedKey> = {};
  for (const layer of layers) {
    for (const [key, entry] of Object.entries(layer.networks[name]?.keys ?? {})) keys[key] ??= resolveKey(layer.folder, entry);
  }
  return keys;
}

/** An entry with its paths made absolute. @param folder of the file that has the entry */
export function resolveKey(folder: string, entry: KeyEntry): ResolvedKey {
  if (!("keystore" in entry)) return { ...entry, folder };
  return {
    keystore: resolve(folder, entry.keystore),
    ...(entry.passwordFile === undefined ? {} : { passwordFile: resolve(folder, entry.passwordFile) }),
  };
}

function notChosen(config: Config, forWriting: boolean): LpctlError {
  const names = networkNames(config);
  if (config.projectPath === undefined) {
    return new LpctlError({
      code: "LPCTL_CONFIG_MISSING",
      exit: Exit.usage,
      message: "No network was chosen, and there is no lpctl.yaml here or in any folder above.",
      why: names.length === 0 ? undefined : `Networks known without one: ${names.map(printable).join(", ")}.`,
      next: "Start a local chain, which writes lpctl.yaml: lpctl node start",
      details: { networks: names },
    });
  }
  return new LpctlError({
    code: "LPCTL_NETWORK_NOT_CHOSEN",
    exit: Exit.usage,
    message: forWriting ? "This command can change a chain, and no network was chosen." : "No network was chosen.",
    why: `Known networks: ${names.map(printable).join(", ")}.`,
    next: "Add --network NAME, set LPCTL_NETWORK, or put defaultNetwork into lpctl.yaml.",
    details: { networks: names },
  });
}

function unknownNetwork(config: Config, name: string, chosenBy: Origin): LpctlError {
  const names = networkNames(config);
  const near = nearestName(name, names);
  return new LpctlError({
    code: "LPCTL_NETWORK_UNKNOWN",
    exit: Exit.usage,
    message: `There is no network "${printable(name)}" (from ${chosenBy.where}).`,
    why: names.length === 0 ? "No network is configured." : `Known networks: ${names.map(printable).join(", ")}.`,
    next: near === undefined ? "Add it to lpctl.yaml, or start a local chain: lpctl node start" : `If you meant ${near}: --network ${near}`,
    details: { network: name, networks: names },
  });
}

function noRpcUrl(name: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_NETWORK_NO_RPC",
    exit: Exit.usage,
    message: `The network "${printable(name)}" has no RPC URL.`,
    why: "No configuration file sets one.",
    next: `Set LPCTL_RPC_URL, or networks.${printable(name)}.rpcUrl in lpctl.yaml.`,
  });
}

function badRpcUrl(): LpctlError {
  return new LpctlError({
    code: "LPCTL_NETWORK_NO_RPC",
    exit: Exit.usage,
    message: "LPCTL_RPC_URL is not a URL.",
    next: "Set it to an http:// or https:// URL.",
  });
}
