import type { Address } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { accountAt, describeKind, leftoversOf, nameOf, type Privilege, type PrivilegeGraph } from "./privilege.ts";

/** Holders nested deeper than this are named, and looked up where they stand themselves. */
const DEEPEST = 12;

/** The graph as a tree of text: each named contract with whoever it obeys, up to the people; then what needs a look. */
export function formatGraph(graph: PrivilegeGraph): string[] {
  const named = graph.accounts.filter(({ name }) => name !== null);
  const shown = new Set<Address>();
  const lines = [graph.controller, ...named.map(({ address }) => address).filter((address) => address !== graph.controller)].flatMap((address) => {
    const held = privilegesOver(graph, address);
    if (held.length === 0) return [];
    return [`${nameOf(graph, address)}  ${address}`, ...grow(graph, address, 1, [address], shown), ""];
  });
  return [...lines.slice(0, -1), ...formatLeftovers(graph)].map((line) => printable(line));
}

function grow(graph: PrivilegeGraph, contract: Address, depth: number, above: readonly Address[], shown: Set<Address>): string[] {
  const indent = "  ".repeat(depth);
  return privilegesOver(graph, contract).flatMap((privilege) => {
    const { holder } = privilege;
    const line = `${indent}${powerOf(graph, privilege)}: ${describeHolder(graph, holder)}   [${privilege.readFrom}]`;
    const below = privilegesOver(graph, holder);
    if (below.length === 0) return [line];
    if (above.includes(holder)) return holder === contract ? [`${line}   (itself)`] : [`${line}   (above)`];
    // What has a name stands in the list by itself, and so does the Controller.
    if (accountAt(graph, holder).name !== null || shown.has(holder) || depth >= DEEPEST) return [line];
    shown.add(holder);
    return [line, ...grow(graph, holder, depth + 1, [...above, holder], shown)];
  });
}

function describeHolder(graph: PrivilegeGraph, holder: Address): string {
  const account = accountAt(graph, holder);
  const kind = describeKind(account);
  if (account.kind === "anyone") return "anybody";
  return account.name === null ? `${holder} (${kind})` : `${account.name}${account.kind === "contract" ? "" : ` (${kind})`}`;
}

/** `setRoundLength(uint256) of RoundsManager` for a rule; the power itself otherwise. */
export function powerOf(graph: PrivilegeGraph, { power, target }: Privilege): string {
  return target === undefined ? power : `${power} of ${nameOf(graph, target)}`;
}

function privilegesOver(graph: PrivilegeGraph, contract: Address): Privilege[] {
  return graph.privileges.filter((privilege) => privilege.contract === contract);
}

function formatLeftovers(graph: PrivilegeGraph): string[] {
  const leftovers = leftoversOf(graph);
  if (leftovers.length === 0) return [];
  return ["", "Keys with power beside that way", ...leftovers.map((privilege) => `  ${privilege.holder}: ${powerOf(graph, privilege)} of ${nameOf(graph, privilege.contract)}   [${privilege.readFrom}]`)];
}
