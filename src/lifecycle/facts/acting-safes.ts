import type { CallNode, SimulationResult } from "../../outcome/simulation.ts";
import type { Address } from "../../protocol/hex.ts";
import { OFFICIAL_CONTRACTS } from "../../safe/safe-contracts.ts";

const SINGLETONS: ReadonlySet<string> = new Set(OFFICIAL_CONTRACTS.filter(({ name }) => name === "Safe" || name === "SafeL2").flatMap(({ addresses }) => addresses));

/**
 * Every Safe that a simulation calls, on the route or not: an account that passes a call on, as it came, to code that Safe
 * released. A Safe may own another one, and what it has that one do is done with the same signatures. Those that are only made
 * in the simulation are left out: all of their storage is new.
 */
export function actingSafes({ steps }: Pick<SimulationResult, "steps">): Address[] {
  const nodes = steps.flatMap(({ calls }) => [...nodesOf(calls)]);
  const made = new Set(nodes.filter(({ type }) => type === "CREATE" || type === "CREATE2").map(({ to }) => to));
  const safes = nodes.filter((node) => node.children.some((child) => child.type === "DELEGATECALL" && child.input === node.input && SINGLETONS.has(child.to))).map(({ to }) => to);
  return [...new Set(safes)].filter((safe) => !made.has(safe));
}

function* nodesOf(node: CallNode): Generator<CallNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}
