import { z } from "zod";
import { tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Finding } from "../../finding.ts";
import type { SetParameterIntent } from "../../proposal/intent.ts";
import type { Proposal } from "../../proposal/proposal.ts";

const ROUND_LENGTH = "RoundsManager.roundLength";

/**
 * What a change of the round length does to round numbers if it is executed as early as it can be: the present round keeps
 * its number and its first block, and is measured by the new length from there.
 */
export async function foreseeRounds(rpc: Rpc, proposal: Proposal): Promise<Finding[]> {
  const changes = proposal.intents.filter((intent) => intent.kind === "set-parameter").filter(({ parameter }) => parameter === ROUND_LENGTH);
  const found = await Promise.all(changes.map((intent) => foresee(rpc, intent, proposal.route.delayBlocks)));
  return found.filter((finding) => finding !== undefined);
}

/** Undefined before the first length is set, when there are no rounds, and for a length that is none. */
async function foresee(rpc: Rpc, { target, value }: SetParameterIntent, delayBlocks: bigint): Promise<Finding | undefined> {
  const head = await rpc.blockNumber();
  const read = async (name: string): Promise<bigint> => {
    const answer = await tryReadFunction(rpc, target, `function ${name}() view returns (uint256)`, [], head);
    return z.bigint().parse(answer?.[0] ?? 0n);
  };
  const [round, startBlock, length] = await Promise.all([read("currentRound"), read("currentRoundStartBlock"), read("roundLength")]);
  if (length === 0n || !/^[1-9]\d*$/.test(value)) return undefined;
  const newLength = BigInt(value);
  const block = head + 1n + delayBlocks;
  const { from, to, elapsed } = roundsAfter({ round, startBlock, length, block, newLength });
  const detail = `executed in block ${block}, the earliest there is: ${elapsed} of ${length} blocks elapsed, floor(${elapsed} / ${newLength}) = ${to - from}`;
  return from === to
    ? { severity: "info", code: "round-number-stays", title: `Round ${from} keeps its number, and ends ${newLength > length ? "later" : "earlier"}`, detail }
    : { severity: "warning", code: "round-number-jumps", title: `Round ${from} becomes round ${to} at once, and nobody has initialized that one`, detail };
}

/** Round numbers in the block of the change, by the old length and by the new one. */
export function roundsAfter(now: { round: bigint; startBlock: bigint; length: bigint; block: bigint; newLength: bigint }): { from: bigint; to: bigint; elapsed: bigint } {
  const { round, startBlock, length, block, newLength } = now;
  const from = round + (block - startBlock) / length;
  const elapsed = (block - startBlock) % length;
  return { from, to: from + elapsed / newLength, elapsed };
}
