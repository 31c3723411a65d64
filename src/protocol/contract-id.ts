import { id as keccakOfText } from "ethers/hash";
import type { Hex } from "./hex.ts";

/**
 * Names that Livepeer deployments register in their Controller. A registry is discovered from its events,
 * never from this list: the list only turns ids back into words.
 */
export const KNOWN_CONTRACT_NAMES = [
  "BondingManager",
  "BondingVotes",
  "BridgeMinter",
  "GenesisManager",
  "Governor",
  "JobsManager",
  "L1Escrow",
  "L1LPTDataCache",
  "L1LPTGateway",
  "L1Migrator",
  "L2LPTDataCache",
  "L2LPTGateway",
  "L2Migrator",
  "LivepeerGovernor",
  "LivepeerToken",
  "LivepeerTokenFaucet",
  "MerkleMine",
  "MerkleSnapshot",
  "Minter",
  "PollCreator",
  "Refunder",
  "RoundsManager",
  "ServiceRegistry",
  "StakeGovernor",
  "StakeTimelock",
  "TicketBroker",
  "Treasury",
  "Verifier",
] as const;

const TARGET = "Target";

/** The registry key of a contract: keccak-256 of the name's UTF-8 bytes, no prefix, no salt. */
export function contractId(name: string): Hex {
  return keccakOfText(name) as Hex;
}

/** Under which name the logic behind the proxy `name` is registered. */
export function targetIdName(name: string): string {
  return `${name}${TARGET}`;
}

/** `JobsManager` for `JobsManagerTarget`, undefined for a name which is not a target's. */
export function proxyNameOfTarget(name: string): string | undefined {
  return name.endsWith(TARGET) && name.length > TARGET.length ? name.slice(0, -TARGET.length) : undefined;
}

let namesById: Map<string, string> | undefined;

/**
 * The name behind a registry key, if it is a known one or one of `extraNames` (a suite of other names).
 * Each name is tried with and without `Target`.
 */
export function nameOfContractId(id: string, extraNames: readonly string[] = []): string | undefined {
  namesById ??= tableOf(KNOWN_CONTRACT_NAMES);
  const key = id.toLowerCase();
  return namesById.get(key) ?? (extraNames.length === 0 ? undefined : tableOf(extraNames).get(key));
}

function tableOf(names: readonly string[]): Map<string, string> {
  const table = new Map<string, string>();
  for (const name of names) {
    table.set(contractId(name), name);
    table.set(contractId(targetIdName(name)), targetIdName(name));
  }
  return table;
}
