import { branchesOf, type AuthorityNode } from "../../authority/node.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import type { Address } from "../../protocol/hex.ts";
import { NAMED_BY_PEOPLE } from "../../outcome/change-class.ts";
import { openPath, pathOf, placeKey } from "../../outcome/place.ts";
import type { CallNode, ControlRecord, SimulationResult, StateChange } from "../../outcome/simulation.ts";
import { findBookkeeping, type AuthorityKind } from "./bookkeeping.ts";
import { intentRules, type EtherMoves } from "./intended.ts";

export interface ClassifyContext {
  proposal: Proposal;
  /** On the way from people to contracts, with their kinds. */
  authorities: ReadonlyMap<Address, AuthorityKind>;
  /** Of the proposal's own simulation; undefined while the control runs are still to be made. */
  control?: ControlRecord | undefined;
  /** Whether people named this place in the proposal's effects. */
  isNamed?: ((address: Address, path: string) => boolean) | undefined;
  /** Call trees of everything that ran: who sent ether to whom. */
  calls?: readonly CallNode[] | undefined;
}

/**
 * Gives every change its one class. Asked in this order: what an intent names with its very value, bookkeeping, accrual, what the
 * call of an intent writes, what people named. What then remains, and all that has no name, is unexplained.
 */
export function classifyChanges(changes: readonly StateChange[], context: ClassifyContext): StateChange[] {
  const { proposal, authorities, control, isNamed } = context;
  const rules = intentRules(proposal, etherMoves(context.calls ?? []));
  const driven = new Map(control?.driven.map((place) => [placeKey(place.address, place.path), place]));
  return changes.map((change): StateChange => {
    const path = pathOf(change);
    const intended = (reach: "exact" | "wide"): string | undefined => {
      for (const rule of rules) {
        const why = rule.reach === reach ? rule.explain(change) : undefined;
        if (why !== undefined) return why;
      }
      return undefined;
    };
    const asked = intended("exact");
    if (asked !== undefined) return { ...change, class: "intended", why: asked };
    const bookkeeping = findBookkeeping(change, authorities);
    if (bookkeeping !== undefined) return { ...change, class: "bookkeeping", why: bookkeeping };
    const entry = driven.get(placeKey(change.address, openPath(path)));
    const accrual = driven.get(placeKey(change.address, path)) ?? (entry?.except?.includes(path) === true ? undefined : entry);
    if (accrual !== undefined) return { ...change, class: "accrual", why: accrual.why };
    const written = intended("wide");
    if (written !== undefined) return { ...change, class: "intended", why: written };
    if (isNamed?.(change.address, path) === true) return { ...change, class: "intended", why: NAMED_BY_PEOPLE };
    const why = change.kind === "storage" && change.path === undefined ? "no known layout names this storage" : "no intent asks for it, and it does not happen without the proposal";
    return { ...change, class: "unexplained", why };
  });
}

/** The call trees of a simulation. */
export function callsOf(simulation: SimulationResult): CallNode[] {
  return simulation.steps.map(({ calls }) => calls);
}

/** Whether a change is explained whatever the control runs show. */
export function settledChanges(context: Omit<ClassifyContext, "control" | "isNamed">): (change: StateChange) => boolean {
  const rules = intentRules(context.proposal, etherMoves(context.calls ?? []));
  return (change) =>
    findBookkeeping(change, context.authorities) !== undefined || rules.some(({ reach, explain }) => reach === "exact" && explain(change) !== undefined);
}

/** Authorities that keep books on the way: Safes, Governors, timelocks and governors by votes. */
export function authorityKinds(node: AuthorityNode): Map<Address, AuthorityKind> {
  switch (node.kind) {
    case "safe":
      return new Map([[node.address, "safe"], ...node.owners.flatMap((owner) => [...authorityKinds(owner)])]);
    case "governor":
      return new Map([[node.address, "governor"], ...authorityKinds(node.owner)]);
    case "divided":
      return new Map(branchesOf(node).flatMap((one) => [...authorityKinds(one)]));
    case "vote-governor":
      return new Map([[node.address, "vote-governor"]]);
    case "timelock":
      return new Map([
        [node.address, "timelock"],
        ...[...node.proposers, ...(node.executors === "anyone" ? [] : node.executors)].flatMap((one) => [...authorityKinds(one)]),
      ]);
    case "eoa":
    case "guardian":
    case "unknown":
      return new Map();
  }
}

function etherMoves(roots: readonly CallNode[]): EtherMoves {
  const from = new Map<Address, Set<Address>>();
  const visit = (node: CallNode): void => {
    if (node.error !== undefined) return;
    if (node.valueWei > 0n && node.type !== "DELEGATECALL" && node.type !== "STATICCALL") from.set(node.from, (from.get(node.from) ?? new Set()).add(node.to));
    for (const child of node.children) visit(child);
  };
  for (const root of roots) visit(root);
  return { from };
}
