import { contractId, targetIdName } from "../protocol/contract-id.ts";
import { ZERO_HASH, type Address, type Hex } from "../protocol/hex.ts";
import { decodeStorage } from "../simulation/decode-storage.ts";
import type { Artifact, StorageLayout } from "../solidity/artifact.ts";
import { matchRuntimeBytecode } from "../solidity/match-bytecode.ts";
import type { PredictedWord } from "./prediction.ts";
import type { PlannedTransaction } from "./transaction-plan.ts";

export interface NamedAccount {
  name: string;
  /** Of the logic, where the account is a proxy of the registry. */
  layout: StorageLayout | undefined;
}

interface Deployed {
  contracts: Readonly<Record<string, Address>>;
  targets: Readonly<Record<string, Address>>;
}

/** Who the accounts are that a plan creates: by the registry's names, else by whose code they have. */
export function nameAccounts(
  plan: { from: Address; transactions: readonly PlannedTransaction[] },
  artifacts: readonly Artifact[],
  codes: ReadonlyMap<Address, Hex>,
  deployed: Deployed = { contracts: {}, targets: {} },
): Map<Address, NamedAccount> {
  const named = new Map<Address, NamedAccount>();
  const artifactOf = new Map<Address, Artifact>();
  const byCode = new Map<Hex, Artifact | undefined>();
  for (const [address, code] of codes) {
    if (!byCode.has(code)) byCode.set(code, artifacts.find((artifact) => artifact.kind === "contract" && matchRuntimeBytecode(code, artifact).match === "exact"));
    const artifact = byCode.get(code);
    if (artifact === undefined) continue;
    artifactOf.set(address, artifact);
    named.set(address, { name: artifact.name, layout: artifact.storageLayout });
  }
  // A contract that is registered under two names goes by the one that has a target.
  const byTarget = Object.entries(deployed.contracts).sort(([a], [b]) => Number(deployed.targets[a] !== undefined) - Number(deployed.targets[b] !== undefined));
  for (const [name, address] of byTarget) {
    const target = deployed.targets[name];
    named.set(address, { name, layout: (target === undefined ? artifactOf.get(address) : artifactOf.get(target))?.storageLayout });
    if (target !== undefined) named.set(target, { name: targetIdName(name), layout: artifactOf.get(target)?.storageLayout });
  }
  return named;
}

const WORD = 64;
/** No constructor of ours has more. */
const CONSTRUCTOR_WORDS = 16;

/** Words that may be keys of mappings: registry ids, the accounts, and every argument of a call or a constructor. */
export function collectKeys(transactions: readonly PlannedTransaction[], accounts: ReadonlyMap<Address, NamedAccount>): ReadonlySet<Hex> {
  const keys = new Set<Hex>([...accounts.values()].map(({ name }) => contractId(name)));
  for (const address of accounts.keys()) keys.add(`0x${address.slice(2).toLowerCase().padStart(64, "0")}`);
  for (const { to, data } of transactions) {
    // A selector comes before the arguments of a call; those of a constructor end the code.
    const first = to === null ? Math.max(2, data.length - CONSTRUCTOR_WORDS * WORD) : 10;
    for (let at = first; at + WORD <= data.length; at += WORD) keys.add(`0x${data.slice(at, at + WORD)}`);
  }
  return keys;
}

/** Gives words the names of the variables they hold. */
export function nameWords(
  words: readonly PredictedWord[],
  layout: StorageLayout | undefined,
  accounts: ReadonlyMap<Address, NamedAccount>,
  keys: ReadonlySet<Hex>,
): PredictedWord[] {
  if (layout === undefined) return [...words];
  const keyNames = new Map([...accounts.values()].map(({ name }) => [contractId(name), name]));
  const { changes } = decodeStorage({
    layout,
    // Everything counts as changed here, so that a word which ended as zero has its name too.
    changes: words.map(({ slot, value }) => ({ slot, before: value === ZERO_HASH ? ALL_ONES : ZERO_HASH, after: value })),
    preimages: [],
    keys,
    hashBudget: HASH_BUDGET,
    names: { addressName: (address) => accounts.get(address)?.name, keyNames },
  });
  return words.map((word) => {
    const paths = changes.filter((change) => change.slot === word.slot).flatMap(({ path }) => path ?? []);
    return paths.length === 0 ? word : { ...word, name: [...new Set(paths)].join(", ") };
  });
}

/** Two keys may have to be found for one word, as for a member of a role. */
const HASH_BUDGET = 40_000;
const ALL_ONES: Hex = `0x${"f".repeat(64)}`;
