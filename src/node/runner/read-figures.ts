import type { Address } from "../../protocol/hex.ts";
import { formatHuman } from "../../protocol/units.ts";
import type { Turn } from "../actors/actor.ts";
import { GET_TRANSCODER } from "../actors/transcoder.ts";
import { tryReading } from "../actors/try-reading.ts";
import { addressOf, uintOf } from "../actors/values.ts";
import type { ActiveTranscoder, RunnerStatus } from "./runner-status.ts";

type Figures = Pick<RunnerStatus, "supplyWei" | "bondedWei" | "bondedPpm" | "inflation" | "mintableWei" | "mintedWei" | "activeSet">;

const COUNT = "view returns (uint256)";
const MOST_IN_POOL = 200;
const MILLION = 10n ** 6n;

/** Bonding, inflation and the active set, as the contracts tell them now. */
export async function readFigures(turn: Turn, nameOf: (address: Address) => string | null): Promise<Figures> {
  const [token, minter, bondingManager] = [turn.contract("LivepeerToken"), turn.contract("Minter"), turn.contract("BondingManager")];
  const count = async (contract: Address, name: string): Promise<bigint> => uintOf(await turn.read(contract, `function ${name}() ${COUNT}`), 0);
  const [supplyWei, bondedWei, raw, mintableWei, mintedWei, scale, activeSet] = await Promise.all([
    count(token, "totalSupply"),
    count(bondingManager, "currentRoundTotalActiveStake"),
    count(minter, "inflation"),
    count(minter, "currentMintableTokens"),
    count(minter, "currentMintedTokens"),
    tryReading(count(minter, "PERC_DIVISOR")),
    readPool(turn, bondingManager, nameOf),
  ]);
  return {
    supplyWei,
    bondedWei,
    bondedPpm: supplyWei === 0n ? 0n : (bondedWei * 1_000_000n) / supplyWei,
    inflation: { raw, human: formatInflation(raw, scale ?? guessScale(raw, mintableWei, supplyWei)) },
    mintableWei,
    mintedWei,
    activeSet,
  };
}

/** The pool in its order, without those that are only in it for the next round. */
async function readPool(turn: Turn, bondingManager: Address, nameOf: (address: Address) => string | null): Promise<ActiveTranscoder[]> {
  const pool: Address[] = [];
  let next = addressOf(await turn.read(bondingManager, "function getFirstTranscoderInPool() view returns (address)"), 0);
  while (BigInt(next) !== 0n && pool.length < MOST_IN_POOL) {
    pool.push(next);
    next = addressOf(await turn.read(bondingManager, "function getNextTranscoderInPool(address) view returns (address)", [next]), 0);
  }
  const members = await Promise.all(
    pool.map(async (address) => {
      const [own, stake] = await Promise.all([
        turn.read(bondingManager, GET_TRANSCODER, [address]),
        turn.read(bondingManager, "function transcoderTotalStake(address) view returns (uint256)", [address]),
      ]);
      const active = uintOf(own, "activationRound") <= turn.round.number;
      return { active, address, name: nameOf(address), stakeWei: uintOf(stake, 0), lastRewardRound: uintOf(own, "lastRewardRound") };
    }),
  );
  return members.filter(({ active }) => active).map(({ address, name, stakeWei, lastRewardRound }) => ({ address, name, stakeWei, lastRewardRound }));
}

/** @param scale of the Minter: what 100% is, 10^6 or 10^9 */
function formatInflation(raw: bigint, scale: bigint): string {
  return `${formatHuman(raw, scale === MILLION ? "percent-1e6" : "percent-1e9")} per round`;
}

/**
 * Published Minters count in parts of 10^6 or of 10^9 behind the same ABI and do not say which. The amount to be minted tells:
 * the scale in which it is that share of the supply.
 */
function guessScale(raw: bigint, mintableWei: bigint, supplyWei: bigint): bigint {
  return supplyWei > 0n && mintableWei > 0n && (raw * supplyWei) / mintableWei < 30n * MILLION ? MILLION : 1_000n * MILLION;
}
