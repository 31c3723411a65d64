import type { LiveParameter } from "../../inspection/read-parameters.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { isDead } from "../../protocol/dead-address.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { parseGivenAddress } from "../../protocol/given-address.ts";
import { nearestName } from "../../protocol/nearest-name.ts";
import { printable } from "../../protocol/printable.ts";
import { accountAt, describeKind, leftoversOf, nameOf, type AccountKind, type Privilege, type PrivilegeGraph } from "../graph/privilege.ts";
import { idOfRole, nameOfRole, ROLE_NAMES } from "../graph/role-names.ts";
import type { Move } from "../plan/move.ts";
import type { ReadyMade, TargetFile } from "./target-schema.ts";

/** A function that a rule is about, as `readFunctions` found it. */
export interface DividedPart {
  target: Address;
  selector: `0x${string}`;
  signature: string;
  to: Address | undefined;
}

/** What is to change, with every name turned into an address. */
export interface ResolvedTarget {
  /** Who holds the Controller now. */
  from: Address;
  /** Who holds it in the end; the same as `from` where only other privileges move. */
  to: Address;
  /** A DividedOwner in between. */
  divided: Address | undefined;
  /** Whether everything goes over, and not only some functions. */
  complete: boolean;
  moves: Move[];
}

const WANTED: Readonly<Record<ReadyMade, { kind: AccountKind; words: string; how: string }>> = {
  safe: { kind: "safe", words: "a Safe", how: "Name it with --to ADDRESS; lpctl safe create makes one" },
  governor: { kind: "governor", words: "a LIP-25 Governor", how: "lpctl handover prepare governor --owner SAFE deploys one; or name it with --to ADDRESS" },
  stake: { kind: "timelock", words: "a timelock that only a stake-weighted governor drives", how: "lpctl handover prepare stake deploys it; or name the timelock with --to ADDRESS" },
};

/** An account by its address or the name it has in the graph. @throws LPCTL_HANDOVER_NAME_UNKNOWN with the nearest name, and what `parseGivenAddress` throws */
export function resolveAccount(graph: PrivilegeGraph, reference: string): Address {
  if (/^0x|:/i.test(reference)) return parseGivenAddress(reference, "The account").address;
  const named = graph.accounts.filter(({ name }) => name !== null);
  const found = named.find(({ name }) => name === reference);
  if (found !== undefined) return found.address;
  const names = named.map(({ name }) => name ?? "");
  const near = nearestName(reference, names);
  throw new LpctlError({
    code: "LPCTL_HANDOVER_NAME_UNKNOWN",
    exit: Exit.usage,
    message: `No contract of the protocol is named ${printable(reference)}`,
    why: `known: ${names.join(", ")}`,
    next: near === undefined ? "Name one of these, or give an address" : `Did you mean ${near}?`,
  });
}

/** Who is to take over, where the target says so. @throws LPCTL_HANDOVER_TARGET_INCOMPLETE */
function resolveHeir(graph: PrivilegeGraph, { target, to }: TargetFile): Address | undefined {
  if (to !== undefined) return resolveAccount(graph, to);
  if (target === undefined) return undefined;
  const registered = target === "safe" ? undefined : graph.accounts.find(({ name }) => name === (target === "stake" ? "StakeTimelock" : "Governor"));
  if (registered !== undefined) return registered.address;
  throw new LpctlError({
    code: "LPCTL_HANDOVER_TARGET_INCOMPLETE",
    exit: Exit.usage,
    message: `The target ${target} needs ${WANTED[target].words}, and none is named${target === "stake" ? ", registered as StakeTimelock or prepared" : target === "governor" ? " or prepared" : ""}`,
    next: WANTED[target].how,
  });
}

/**
 * Turns a target into moves, against what is so now. Pure.
 * @throws LPCTL_HANDOVER_NAME_UNKNOWN, _NO_PRIVILEGE, _TARGET_KIND, _HEIR_INVALID, _NOTHING_TO_DO, _DIVIDED_OWNER
 */
export function resolveTarget(graph: PrivilegeGraph, file: TargetFile, parts: readonly DividedPart[]): ResolvedTarget {
  const heir = resolveHeir(graph, file);
  if (heir !== undefined) requireHeir(graph, heir, file.target);
  const divided = file.through === undefined ? undefined : requireDivided(graph, resolveAccount(graph, file.through));
  const keep = new Set((file.keep ?? []).map((name) => resolveAccount(graph, name)));
  const explicit = Object.entries(file.owners ?? {}).map(([contract, owner]) => [resolveAccount(graph, contract), resolveAccount(graph, owner)] as const);
  for (const [contract, owner] of explicit) {
    requireOwned(graph, contract);
    requireHeir(graph, owner, undefined);
  }
  for (const [name, address] of Object.entries(file.contracts ?? {})) requireContract(graph, name, address);
  const said = new Map(explicit);
  const from = divided !== undefined && graph.top === divided ? ownerOf(graph, divided) : graph.top;
  const complete = parts.length === 0 || file.complete === true;
  const moves: Move[] = [];
  for (const privilege of graph.privileges) {
    if (privilege.kind !== "owner" || keep.has(privilege.contract)) continue;
    const to = said.get(privilege.contract) ?? newOwner(graph, privilege, { heir, divided, complete });
    if (to !== undefined && to !== privilege.holder) moves.push({ kind: "owner", contract: privilege.contract, from: privilege.holder, to });
  }
  if (divided !== undefined) moves.push(...ruleMoves(graph, divided, from, heir, parts));
  moves.push(...roleMoves(graph, file, { heir, complete, keep }));
  if (moves.length === 0) {
    throw new LpctlError({
      code: "LPCTL_HANDOVER_NOTHING_TO_DO",
      exit: Exit.usage,
      message: "Everything is as the target wants it: there is nothing to hand over",
      why: "every owner, role and rule that the target speaks of is held by whom it names",
      next: "lpctl authority show Controller",
    });
  }
  const owner = moves.find((move) => move.kind === "owner" && move.contract === graph.controller);
  const to = heir ?? (owner?.kind === "owner" ? owner.to : from);
  return { from, to, divided, complete, moves };
}

/** Where a privilege goes that the file does not speak of. */
function newOwner(graph: PrivilegeGraph, { contract, holder }: Privilege, { heir, divided, complete }: { heir: Address | undefined; divided: Address | undefined; complete: boolean }): Address | undefined {
  if (divided !== undefined && contract === graph.controller) return divided;
  if (heir === undefined) return undefined;
  if (contract === divided) return complete ? heir : undefined;
  if (contract === heir || !complete) return undefined;
  const top = divided !== undefined && graph.top === divided ? ownerOf(graph, divided) : graph.top;
  const isLeftover = leftoversOf(graph).some((leftover) => leftover.contract === contract && leftover.holder === holder && leftover.kind === "owner");
  return holder === top || isLeftover ? heir : undefined;
}

function ruleMoves(graph: PrivilegeGraph, divided: Address, from: Address, heir: Address | undefined, parts: readonly DividedPart[]): Move[] {
  return parts.flatMap(({ target, selector, signature, to }): Move[] => {
    const authority = to ?? heir;
    if (authority === undefined) {
      throw new LpctlError({ code: "LPCTL_HANDOVER_TARGET_INCOMPLETE", exit: Exit.usage, message: `Nobody is named to take over ${printable(signature)} of ${nameOf(graph, target)}`, next: "Give `to` in the part, or for the whole file" });
    }
    requireHeir(graph, authority, undefined);
    const now = graph.privileges.find(({ kind, contract, target: of, selector: own }) => kind === "rule" && contract === divided && of === target && own === selector)?.holder ?? from;
    return now === authority ? [] : [{ kind: "rule", contract: divided, target, selector, signature, from: now, to: authority }];
  });
}

function roleMoves(graph: PrivilegeGraph, { roles = [] }: TargetFile, { heir, complete, keep }: { heir: Address | undefined; complete: boolean; keep: ReadonlySet<Address> }): Move[] {
  const moves: Move[] = [];
  const held = graph.privileges.filter(({ kind }) => kind === "role");
  const said = new Set<string>();
  for (const { contract: reference, role: typed, holders } of roles) {
    const contract = resolveAccount(graph, reference);
    requireRole(graph, contract, typed);
    const role = idOfRole(typed);
    said.add(`${contract}:${role}`);
    const wanted = holders.map((holder) => resolveAccount(graph, holder));
    const now = held.filter((privilege) => privilege.contract === contract && privilege.role === role).map(({ holder }) => holder);
    moves.push(...wanted.filter((holder) => !now.includes(holder)).map((account): Move => ({ kind: "grant", contract, role, roleName: nameOfRole(role), account })));
    moves.push(...now.filter((holder) => !wanted.includes(holder)).map((account): Move => ({ kind: "revoke", contract, role, roleName: nameOfRole(role), account })));
  }
  if (heir === undefined || !complete) return moves;
  const leftovers = new Set(leftoversOf(graph));
  for (const privilege of held) {
    const { contract, role, holder } = privilege;
    const isHis = holder === graph.top || leftovers.has(privilege);
    // Its own roles are how the heir is governed, and no part of what it is given.
    if (role === undefined || !isHis || contract === heir || holder === heir || keep.has(contract) || said.has(`${contract}:${role}`)) continue;
    const roleName = nameOfRole(role);
    if (!held.some((other) => other.contract === contract && other.role === role && other.holder === heir)) moves.push({ kind: "grant", contract, role, roleName, account: heir });
    moves.push({ kind: "revoke", contract, role, roleName, account: holder });
  }
  return moves;
}

/** What nobody holds cannot be handed over, and "it is so already" would be a lie. */
function requireOwned(graph: PrivilegeGraph, contract: Address): void {
  if (graph.privileges.some((privilege) => privilege.kind === "owner" && privilege.contract === contract)) return;
  throw noPrivilege(`${nameOf(graph, contract)} has no owner that could be replaced`, "it does not answer owner(): whoever owns the Controller governs it", "Leave it out of `owners`");
}

function requireContract(graph: PrivilegeGraph, name: string, address: Address): void {
  if (accountAt(graph, address).kind !== "key") return;
  throw noPrivilege(`${printable(name)} is no contract`, `there is no code at ${address}`, "Check the address in `contracts`, and the network");
}

function noPrivilege(message: string, why: string, next: string): LpctlError {
  return new LpctlError({ code: "LPCTL_HANDOVER_NO_PRIVILEGE", exit: Exit.usage, message, why, next });
}

function requireRole(graph: PrivilegeGraph, contract: Address, role: string): void {
  if (!graph.privileges.some((privilege) => privilege.kind === "role" && privilege.contract === contract)) {
    throw noPrivilege(`${nameOf(graph, contract)} has no roles`, "no event of it says that anybody was ever given one", "Leave it out of `roles`; who owns a contract is said in `owners`");
  }
  const known = [...new Set([...graph.privileges.flatMap(({ kind, contract: on, power }) => (kind === "role" && on === contract ? [power] : [])), ...ROLE_NAMES])];
  if (known.includes(role) || /^0x[0-9a-f]{64}$/i.test(role)) return;
  const near = nearestName(role, known);
  throw new LpctlError({
    code: "LPCTL_HANDOVER_NAME_UNKNOWN",
    exit: Exit.usage,
    message: `${nameOf(graph, contract)} has no role ${printable(role)} that lpctl knows`,
    why: `known: ${known.join(", ")}`,
    next: near === undefined ? "Give the role's id, 32 bytes of hex" : `Did you mean ${near}?`,
  });
}

/** Power that goes to nobody, or to what nobody can act through, is lost for good. */
function requireHeir(graph: PrivilegeGraph, heir: Address, target: ReadyMade | undefined): void {
  const account = accountAt(graph, heir);
  const refuse = (why: string): LpctlError =>
    new LpctlError({ code: "LPCTL_HANDOVER_HEIR_INVALID", exit: Exit.refused, message: `${heir} cannot take over`, why, next: "Check the address; what is handed over in one step cannot be taken back" });
  if (heir === ZERO_ADDRESS || isDead(heir)) throw refuse("nobody has a key of that address");
  if (account.kind === "contract" || account.kind === "vote-governor" || account.kind === "veto-guardian") {
    throw refuse(account.kind === "vote-governor" ? "a governor acts through its timelock: name that" : `it is ${account.name ?? "a contract"} of a kind that lpctl knows no way through`);
  }
  if (target === undefined) return;
  const { kind, words, how } = WANTED[target];
  const byVote = target !== "stake" || isDrivenByVote(graph, heir);
  if (account.kind === kind && byVote) return;
  throw new LpctlError({
    code: "LPCTL_HANDOVER_TARGET_KIND",
    exit: Exit.usage,
    message: `The target ${target} means ${words}, and ${heir} is ${describeKind(account)}`,
    ...(byVote ? {} : { why: "not all who may propose to it are governors by vote" }),
    next: how,
  });
}

/** A timelock that only governors by vote propose to. */
export function isDrivenByVote(graph: PrivilegeGraph, address: Address): boolean {
  const proposers = graph.privileges.filter(({ kind, contract, power }) => kind === "role" && contract === address && power === "PROPOSER_ROLE").map(({ holder }) => accountAt(graph, holder).kind);
  return proposers.length > 0 && proposers.every((kind) => kind === "vote-governor");
}

function requireDivided(graph: PrivilegeGraph, address: Address): Address {
  const { kind } = accountAt(graph, address);
  const owner = ownerOf(graph, address);
  if (kind === "divided-owner" && (graph.top === address || owner === graph.top)) return address;
  throw new LpctlError({
    code: "LPCTL_HANDOVER_DIVIDED_OWNER",
    exit: Exit.usage,
    message: kind === "divided-owner" ? `The DividedOwner ${address} does not belong to whoever owns the Controller` : `${address} is no DividedOwner`,
    why: kind === "divided-owner" ? `it belongs to ${nameOf(graph, owner)}, and the Controller to ${nameOf(graph, graph.top)}: the Controller would change hands at once` : `it is ${describeKind(accountAt(graph, address))}`,
    next: `lpctl handover prepare divided makes one for ${graph.top}; then: through: DividedOwner`,
  });
}

/** Whoever loses or gets something, the chief ones first. */
export function partiesOf({ from, to, divided, moves }: ResolvedTarget): Address[] {
  const others = moves.flatMap((move) => (move.kind === "owner" || move.kind === "rule" ? [move.from, move.to] : [move.account]));
  return [...new Set([from, to, ...(divided === undefined ? [] : [divided]), ...others])];
}

export function ownerOf(graph: PrivilegeGraph, contract: Address): Address {
  return graph.privileges.find((privilege) => privilege.kind === "owner" && privilege.contract === contract)?.holder ?? ZERO_ADDRESS;
}

/** Parameters that the Controller's owner sets, for messages and `parameters: all`. */
export function settable(live: readonly LiveParameter[]): LiveParameter[] {
  return live.filter(({ parameter }) => parameter.setter !== null && parameter.access === "controller-owner");
}
