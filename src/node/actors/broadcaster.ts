import { callTo, obstacle, type Actor, type ActorCall, type Move, type Turn } from "./actor.ts";
import { addressOf, uintOf } from "./values.ts";
import { tryReading } from "./try-reading.ts";
import type { Address } from "../../protocol/hex.ts";

export interface BroadcasterOptions {
  name: string;
  address: Address;
  seed: bigint;
  jobsPerRound: number;
}

/** Two profiles, eight characters each. */
const TRANSCODING_OPTIONS = "P720p30fP240p30f";
/** A price that every transcoder of a cast accepts, in wei per segment and profile. */
const GENEROUS_PRICE_WEI = 1_000n;
const DEPOSIT_WEI = 10n ** 18n;
const LOWEST_DEPOSIT_WEI = DEPOSIT_WEI / 10n;
const CANDIDATES = "function getElectionCandidates(uint256 round) view returns ((address transcoder, uint96 stake, uint256 pricePerSegment)[])";

/**
 * Keeps a deposit and posts jobs, one in each block until the round has its number. Every second job pays no more than the
 * cheapest transcoder asks, so that it is the one drawn for it.
 */
export function broadcaster({ name, address, seed, jobsPerRound }: BroadcasterOptions): Actor {
  const postedBlocks: bigint[] = [];

  /** Undefined when nobody can be drawn in this round. */
  const lowestPrice = async (turn: Turn): Promise<bigint | undefined> => {
    const candidates = await tryReading(turn.read(turn.contract("BondingManager"), CANDIDATES, [turn.round.number]));
    // Another BondingManager may not tell.
    if (candidates === undefined) return GENEROUS_PRICE_WEI;
    const prices: bigint[] = [];
    for (const candidate of candidates[0]) prices.push(uintOf(candidate, "pricePerSegment"));
    return prices.length === 0 ? undefined : prices.reduce((a, b) => (a < b ? a : b));
  };

  return {
    name,
    role: "broadcaster",
    address,
    act: async (turn): Promise<Move> => {
      for (const event of turn.events) {
        if (event.name === "NewJob" && addressOf(event.args, "broadcaster") === address && !postedBlocks.includes(event.block)) postedBlocks.push(event.block);
      }
      while ((postedBlocks[0] ?? turn.nextBlock) < turn.round.startBlock) postedBlocks.shift();
      const blocked = obstacle(turn);
      if (blocked !== undefined) return blocked;
      if (postedBlocks.length >= jobsPerRound) return { calls: [] };

      const jobsManager = turn.contract("JobsManager");
      const [account, next, price] = await Promise.all([
        turn.read(jobsManager, "function broadcasters(address) view returns (uint256 deposit, uint256 withdrawBlock)", [address]),
        turn.read(jobsManager, "function numJobs() view returns (uint256)"),
        lowestPrice(turn),
      ]);
      if (price === undefined) return { calls: [], waiting: "nobody is active who could be drawn for a job" };
      const jobNumber = uintOf(next, 0);
      const calls: ActorCall[] = [];
      if (uintOf(account, "deposit") < LOWEST_DEPOSIT_WEI) {
        calls.push(callTo(jobsManager, "function deposit() payable", [], "deposits 1 ETH", DEPOSIT_WEI));
      }
      const maxPriceWei = jobNumber % 2n === 1n ? price : GENEROUS_PRICE_WEI;
      const endBlock = turn.nextBlock + (turn.round.lengthBlocks < 200n ? turn.round.lengthBlocks : 200n);
      calls.push(
        callTo(
          jobsManager,
          "function job(string streamId, string transcodingOptions, uint256 maxPricePerSegment, uint256 endBlock)",
          [`stream-${seed}-${jobNumber}`, TRANSCODING_OPTIONS, maxPriceWei, endBlock],
          `posts job ${jobNumber}`,
        ),
      );
      return { calls };
    },
  };
}
