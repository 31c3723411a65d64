import { Interface } from "ethers/abi";
import { readLogs } from "../chain/logs.ts";
import { readFunction, tryReadFunction } from "../chain/read-function.ts";
import { findByName } from "../chain/registry.ts";
import { nextInflation } from "../economics/inflation.ts";
import { BILLION, percOf, percPoints } from "../economics/scale.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import type { Project } from "./project.ts";
import { readProjectRegistry } from "./read-registry.ts";

const minterEvents = new Interface(["event SetCurrentRewardTokens(uint256 currentMintableTokens, uint256 currentInflation)"]);
/** Fewer rounds teach nothing about chance. */
const LEAST_ROUNDS = 10;
/** Arbitrum's own blocks to one of those that its rounds count, at most. */
const OWN_BLOCKS = 60n;

export interface BondingHistory {
  /** Share of the supply that was bonded when each round began, in parts of 1e9, oldest first. */
  ratesPpb: number[];
  /** What the mirror of the contracts gives for the same rounds, held against what the chain did. */
  backTest: { rounds: number; equal: number };
}

interface BegunOnChain {
  inflation: bigint;
  mintableWei: bigint;
  supplyWei: bigint;
  bondedWei: bigint;
}

/**
 * How much was bonded when past rounds began: from the events of the Minter and the state of their blocks.
 * @param terms of the Minter now: rounds under other terms count as different in the back-test
 * @throws LPCTL_PROJECTION_NO_HISTORY where there are too few rounds, or the node has forgotten their states
 */
export async function readBondingHistory(
  project: Project,
  request: { rounds: number; roundLengthBlocks: bigint; countsOwnBlocks: boolean; terms: { divisor: bigint; change: bigint; target: bigint } },
): Promise<BondingHistory> {
  const { rpc } = project;
  const registry = await readProjectRegistry(project);
  const [minter, token, bonding] = ["Minter", "LivepeerToken", "BondingManager"].map((name) => findByName(registry, name)?.address);
  if (minter === undefined || token === undefined || bonding === undefined) throw noHistory("No Minter is registered.");
  const last = (project.block ?? (await rpc.block("latest"))).number;
  const reach = request.roundLengthBlocks * BigInt(request.rounds + 2) * (request.countsOwnBlocks ? 1n : OWN_BLOCKS);
  const topic = minterEvents.getEvent("SetCurrentRewardTokens")?.topicHash as Hex;
  const logs = (await readLogs(rpc, { address: minter, topics: [topic], fromBlock: last > reach ? last - reach : 0n, toBlock: last })).slice(-request.rounds);
  if (logs.length < LEAST_ROUNDS) throw noHistory(`${logs.length} rounds were begun under this Minter in reach; ${LEAST_ROUNDS} are the least to learn from.`);
  project.progress?.(`Reading ${logs.length} past rounds`);
  const begun: BegunOnChain[] = [];
  // A hundred rounds are three hundred calls: not all of them at once.
  for (let from = 0; from < logs.length; from += 25) {
    begun.push(
      ...(await Promise.all(
        logs.slice(from, from + 25).map(async ({ data, topics, blockNumber }): Promise<BegunOnChain> => {
          const [mintableWei, inflation] = minterEvents.decodeEventLog("SetCurrentRewardTokens", data, topics) as unknown as [bigint, bigint];
          try {
            const [[bondedWei], global] = await Promise.all([
              readFunction(rpc, bonding, "function getTotalBonded() view returns (uint256)", [], blockNumber),
              tryReadFunction(rpc, minter, "function getGlobalTotalSupply() view returns (uint256)", [], blockNumber - 1n),
            ]);
            const [supplyWei] = global ?? (await readFunction(rpc, token, "function totalSupply() view returns (uint256)", [], blockNumber - 1n));
            return { mintableWei: BigInt(mintableWei), inflation: BigInt(inflation), supplyWei: BigInt(String(supplyWei)), bondedWei: BigInt(String(bondedWei)) };
          } catch (error) {
            if (!(error instanceof LpctlError)) throw error;
            throw noHistory(`The RPC does not tell the state of block ${blockNumber}: ${error.message}`, error);
          }
        }),
      )),
    );
  }
  return { ratesPpb: begun.map(({ bondedWei, supplyWei }) => (supplyWei === 0n ? 0 : Number(percPoints(bondedWei, supplyWei, BILLION)))), backTest: compareWithMirror(begun, request.terms) };
}

/** Each round after the first: inflation from the one before, mintable tokens from the supply. */
function compareWithMirror(begun: readonly BegunOnChain[], { divisor, change, target }: { divisor: bigint; change: bigint; target: bigint }): BondingHistory["backTest"] {
  let equal = 0;
  for (const [index, { inflation, mintableWei, supplyWei, bondedWei }] of begun.entries()) {
    const before = begun[index - 1];
    if (before === undefined) continue;
    const rate = supplyWei === 0n ? 0n : percPoints(bondedWei, supplyWei, divisor);
    if (nextInflation(before.inflation, rate, { change, target }) === inflation && percOf(supplyWei, inflation, divisor) === mintableWei) equal += 1;
  }
  return { rounds: begun.length - 1, equal };
}

function noHistory(why: string, cause?: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_PROJECTION_NO_HISTORY",
    exit: Exit.refused,
    message: "The past of this network does not tell how much is bonded",
    why,
    next: "Use an archive node, or assume it: --participation mean-reverting --bonded 50%",
    ...(cause === undefined ? {} : { cause }),
  });
}
