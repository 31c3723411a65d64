import { keccak256 } from "ethers/crypto";
import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import type { Intent } from "../../proposal/intent.ts";
import { describeSafeChange, SENTINEL, type SafeChange } from "../../proposal/safe-change.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import { propose, type Proposed, type ProposeOptions } from "../propose.ts";

/** What people ask of a Safe; everything in one transaction. */
export interface SafeChangeRequest {
  addOwners: readonly Address[];
  removeOwners: readonly Address[];
  swapOwners: readonly { owner: Address; newOwner: Address }[];
  /** Undefined: as it is. */
  threshold?: bigint | undefined;
  enableModules: readonly Address[];
  disableModules: readonly Address[];
  /** The null address takes it away. */
  guard?: Address | undefined;
  fallbackHandler?: Address | undefined;
}

/**
 * A proposal by which a Safe changes itself. Owners join before others leave, so that the Safe never has fewer than it ends with.
 * @throws LPCTL_SAFE_CHANGE_EMPTY, LPCTL_SAFE_CHANGE_IMPOSSIBLE, and what `readSafe` and `propose` throw
 */
export async function proposeSafeChange(project: Project, address: Address, request: SafeChangeRequest, options: ProposeOptions): Promise<Proposed> {
  const safe = await readSafe(project.rpc, address);
  const changes = await planSafeChanges(project.rpc, safe, request);
  const [only, second] = changes;
  if (only === undefined) {
    throw new LpctlError({ code: "LPCTL_SAFE_CHANGE_EMPTY", exit: Exit.usage, message: `Nothing is asked of the Safe ${address}`, next: "lpctl safe change --help" });
  }
  const title = second === undefined ? `Have the Safe ${describeSafeChange(only)}` : `Make ${changes.length} changes to the Safe ${address}`;
  const intents = changes.map((change): Intent => ({ kind: "change-safe", safe: address, change }));
  return propose(project, { title, intents, code: [], delayBlocks: 0n, delaySeconds: 0n }, options);
}

/** In the order in which they are made, each on the lists that the one before leaves. */
export async function planSafeChanges(rpc: Rpc, safe: SafeFacts, request: SafeChangeRequest): Promise<SafeChange[]> {
  const owners = new MemberList(safe.address, "owner", safe.owners);
  const modules = new MemberList(safe.address, "module", safe.modules);
  const changes: SafeChange[] = [];
  const final = request.threshold ?? safe.threshold;
  const remaining = BigInt(safe.owners.length + request.addOwners.length - request.removeOwners.length);
  if (final < 1n || final > remaining) throw impossible(safe.address, `A threshold of ${final} is not possible with ${remaining} owners`, request.threshold === undefined ? "Give the new threshold: --threshold NUMBER" : undefined);
  let threshold = safe.threshold;
  for (const { owner, newOwner } of request.swapOwners) changes.push({ what: "swap-owner", owner, newOwner, previous: owners.replace(owner, newOwner) });
  for (const owner of request.addOwners) {
    owners.add(owner);
    changes.push({ what: "add-owner", owner, threshold });
  }
  for (const owner of request.removeOwners) {
    const previous = owners.remove(owner);
    // Not more than are left; the last one sets what was asked for.
    if (threshold > BigInt(owners.size)) threshold = final;
    changes.push({ what: "remove-owner", owner, previous, threshold });
  }
  settleThreshold(changes, threshold, final);
  for (const module of request.disableModules) changes.push({ what: "disable-module", module, previous: modules.remove(module) });
  for (const module of request.enableModules) {
    modules.add(module);
    changes.push({ what: "enable-module", module, codeHash: await codeHash(rpc, module) });
  }
  if (request.fallbackHandler !== undefined) changes.push({ what: "set-fallback-handler", handler: request.fallbackHandler, codeHash: await codeHash(rpc, request.fallbackHandler) });
  // Last of all: a guard judges whatever comes after it.
  if (request.guard !== undefined) changes.push({ what: "set-guard", guard: request.guard, codeHash: await codeHash(rpc, request.guard) });
  return changes;
}

/** The last change of the owners sets the threshold too, where one is made anyway. */
function settleThreshold(changes: SafeChange[], reached: bigint, final: bigint): void {
  if (reached === final) return;
  const last = changes.at(-1);
  if (last?.what === "add-owner" || last?.what === "remove-owner") changes[changes.length - 1] = { ...last, threshold: final };
  else changes.push({ what: "change-threshold", threshold: final });
}

async function codeHash(rpc: Rpc, address: Address): Promise<Hex> {
  return keccak256(address === ZERO_ADDRESS ? "0x" : await rpc.code(address)) as Hex;
}

/** A Safe's linked list: the newest comes first. */
class MemberList {
  readonly #safe: Address;
  readonly #what: string;
  #members: Address[];

  constructor(safe: Address, what: string, members: readonly Address[]) {
    [this.#safe, this.#what, this.#members] = [safe, what, [...members]];
  }

  get size(): number {
    return this.#members.length;
  }

  add(member: Address): void {
    this.#requireFree(member);
    this.#members.unshift(member);
  }

  /** @returns the entry before it */
  remove(member: Address): Address {
    const previous = this.#previous(member);
    this.#members = this.#members.filter((other) => other !== member);
    return previous;
  }

  /** @returns the entry before it */
  replace(member: Address, by: Address): Address {
    const previous = this.#previous(member);
    this.#requireFree(by);
    this.#members = this.#members.map((other) => (other === member ? by : other));
    return previous;
  }

  #previous(member: Address): Address {
    const index = this.#members.indexOf(member);
    if (index < 0) throw impossible(this.#safe, `${member} is no ${this.#what} of the Safe ${this.#safe}`, undefined);
    return this.#members[index - 1] ?? SENTINEL;
  }

  #requireFree(member: Address): void {
    if (this.#members.includes(member)) throw impossible(this.#safe, `${member} is ${this.#what === "owner" ? "an owner" : "a module"} of the Safe ${this.#safe} already`, undefined);
    if (member === ZERO_ADDRESS || member === SENTINEL || member === this.#safe) throw impossible(this.#safe, `${member} cannot be ${this.#what === "owner" ? "an owner" : "a module"} of the Safe ${this.#safe}`, undefined);
  }
}

function impossible(safe: Address, message: string, next: string | undefined): LpctlError {
  return new LpctlError({ code: "LPCTL_SAFE_CHANGE_IMPOSSIBLE", exit: Exit.usage, message, why: "the Safe itself would refuse it", next: next ?? `lpctl safe show ${safe}`, details: { safe } });
}
