import { keccak256 } from "ethers/crypto";
import { getAddress } from "ethers/address";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { isDead } from "../protocol/dead-address.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { isSafe, readSafe, type SafeFacts } from "./read-safe.ts";
import { officialContractOfCode, type SafeContractName, type SafeVersion } from "./safe-contracts.ts";

/** What stands behind an address that owns a Safe, or is a module of one. */
export type OwnerAccount =
  /** A person's key. `delegatesTo`: code that the key has put in front of itself (EIP-7702); it signs as before. */
  | { kind: "key"; address: Address; delegatesTo: Address | null }
  | { kind: "safe"; address: Address; facts: SafeFacts; handler: SafeHandler }
  /** Nobody has its key. */
  | { kind: "nobody"; address: Address; why: string }
  /** Code that lpctl cannot look into: who commands it is unknown. */
  | { kind: "contract"; address: Address; why: string };

export type SafeAccount = Extract<OwnerAccount, { kind: "safe" }>;

/** What answers `isValidSignature` for a Safe. `foreign`: code that Safe never released. */
export type SafeHandler =
  | { kind: "none" }
  | { kind: "official"; address: Address; name: SafeContractName; version: SafeVersion }
  | { kind: "foreign"; address: Address };

/** Every account behind some addresses, once each, however many Safes it owns; owners may lead in circles. */
export interface OwnerGraph {
  roots: Address[];
  accounts: ReadonlyMap<Address, OwnerAccount>;
  blockNumber: bigint;
}

/** More than any person could review. */
const MOST_ACCOUNTS = 400;
const DEEPEST = 12;
/** EIP-7702: the code of a key that has delegated to a contract is this, and the contract's address. */
const DELEGATION = /^0xef0100([0-9a-f]{40})$/i;

/**
 * Reads who stands behind these addresses, Safe by Safe, down to keys: owners and modules, each looked at once, so that
 * Safes that own each other end the reading instead of prolonging it. All at one block.
 * @throws LPCTL_SAFE_OWNERS_TOO_MANY, LPCTL_SAFE_NESTED_TOO_DEEP (exit 3), errors of the RPC
 */
export async function readOwnerGraph(rpc: Rpc, roots: readonly Address[], limits: { accounts?: number; depth?: number } = {}): Promise<OwnerGraph> {
  const { accounts: most = MOST_ACCOUNTS, depth: deepest = DEEPEST } = limits;
  const blockNumber = await rpc.blockNumber();
  const accounts = new Map<Address, OwnerAccount>();
  let level = [...new Set(roots)];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (accounts.size + level.length > most) {
      throw tooMuch("LPCTL_SAFE_OWNERS_TOO_MANY", `More than ${most} accounts stand behind ${roots.join(", ")}.`, "Nobody could review who decides there.", roots);
    }
    if (depth > deepest) {
      throw tooMuch("LPCTL_SAFE_NESTED_TOO_DEEP", `Safes own Safes more than ${deepest} deep behind ${roots.join(", ")}.`, `${level.join(", ")} are beyond that.`, roots);
    }
    const found = await Promise.all(level.map((address) => readOwnerAccount(rpc, address, blockNumber)));
    for (const account of found) accounts.set(account.address, account);
    const next = found.flatMap((account) => (account.kind === "safe" ? [...account.facts.owners, ...account.facts.modules] : []));
    level = [...new Set(next)].filter((address) => !accounts.has(address));
  }
  return { roots: [...roots], accounts, blockNumber };
}

/** One account, without those behind it. */
export async function readOwnerAccount(rpc: Rpc, address: Address, at: bigint): Promise<OwnerAccount> {
  const code = await rpc.code(address, at);
  if (isDead(address)) return { kind: "nobody", address, why: "nobody has the key of this address" };
  if (code === "0x") return { kind: "key", address, delegatesTo: null };
  const delegate = DELEGATION.exec(code)?.[1];
  if (delegate !== undefined) return { kind: "key", address, delegatesTo: getAddress(`0x${delegate}`) as Address };
  const official = officialContractOfCode(keccak256(code) as Hex);
  if (official !== undefined) return { kind: "nobody", address, why: `it is the shared ${official.name} ${official.version} contract, which obeys nobody` };
  if (!(await isSafe(rpc, address, at))) return { kind: "contract", address, why: "contract of unknown kind" };
  try {
    const facts = await readSafe(rpc, address, at);
    return { kind: "safe", address, facts, handler: await readHandler(rpc, facts) };
  } catch (error) {
    // Something that answers like a Safe and is none, or none that can be believed.
    if (!(error instanceof LpctlError) || !error.code.startsWith("LPCTL_SAFE_")) throw error;
    return { kind: "contract", address, why: error.message };
  }
}

async function readHandler(rpc: Rpc, { fallbackHandler, blockNumber }: SafeFacts): Promise<SafeHandler> {
  if (fallbackHandler === ZERO_ADDRESS) return { kind: "none" };
  const official = officialContractOfCode(keccak256(await rpc.code(fallbackHandler, blockNumber)) as Hex, ["CompatibilityFallbackHandler", "ExtensibleFallbackHandler"]);
  return official === undefined ? { kind: "foreign", address: fallbackHandler } : { kind: "official", address: fallbackHandler, name: official.name, version: official.version };
}

/** The Safes of a graph, in the order in which they were met. */
export function safesOf({ accounts }: OwnerGraph): SafeAccount[] {
  return [...accounts.values()].filter((account) => account.kind === "safe");
}

function tooMuch(code: "LPCTL_SAFE_OWNERS_TOO_MANY" | "LPCTL_SAFE_NESTED_TOO_DEEP", message: string, why: string, roots: readonly Address[]): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next: "Look at one of the Safes behind it by itself: lpctl authority show ADDRESS", details: { roots: [...roots] } });
}
