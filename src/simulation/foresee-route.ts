import type { PlannedStep } from "../authority/planned-step.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { ForeseenCall } from "./witness/touched.ts";

/**
 * What is known of a route before it runs: its transactions, each as if the preparations before it were done, and the
 * numbers of the blocks they will be in.
 */
export function foreseeRoute(steps: readonly PlannedStep[], fromBlock: bigint): { calls: ForeseenCall[]; blocks: bigint[] } {
  const calls: ForeseenCall[] = [];
  const blocks: bigint[] = [];
  const prepared: Record<Address, { stateDiff: Record<Hex, Hex> }> = {};
  let block = fromBlock;
  for (const step of steps) {
    if (step.kind === "advance-blocks") block += step.blocks;
    if (step.kind !== "transaction") continue;
    block += 1n;
    blocks.push(block);
    const { from, to, data, valueWei } = step;
    const isPrepared = step.setup !== true && to !== null && prepared[to] !== undefined;
    calls.push({ from, to, data, valueWei, ...(isPrepared ? { overrides: structuredClone(prepared) } : {}) });
    for (const { address, slot, word } of step.leaves ?? []) (prepared[address] ??= { stateDiff: {} }).stateDiff[slot] = word;
  }
  return { calls, blocks };
}
