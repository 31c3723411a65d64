import type { PlannedStep } from "../authority/planned-step.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { ForeseenCall } from "./witness/touched.ts";

/** What is known of a route before it runs: its transactions, each as if the preparations before it were done. */
export function foreseeRoute(steps: readonly PlannedStep[]): ForeseenCall[] {
  const calls: ForeseenCall[] = [];
  const prepared: Record<Address, { stateDiff: Record<Hex, Hex> }> = {};
  for (const step of steps) {
    if (step.kind !== "transaction") continue;
    const { from, to, data, valueWei } = step;
    const isPrepared = step.setup !== true && to !== null && prepared[to] !== undefined;
    calls.push({ from, to, data, valueWei, ...(isPrepared ? { overrides: structuredClone(prepared) } : {}) });
    for (const { address, slot, word } of step.leaves ?? []) (prepared[address] ??= { stateDiff: {} }).stateDiff[slot] = word;
  }
  return calls;
}

/** The numbers of the blocks that a route begins at and jumps to. */
export function blocksOfRoute(start: bigint, steps: readonly PlannedStep[]): bigint[] {
  let number = start;
  return [
    start,
    ...steps.flatMap((step) => {
      if (step.kind === "transaction") number += 1n;
      if (step.kind !== "advance-blocks") return [];
      number += step.blocks;
      return [number];
    }),
  ];
}
