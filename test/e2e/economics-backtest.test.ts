import { afterAll, beforeAll, expect, test } from "vitest";
import { beginRound } from "../../src/economics/inflation.ts";
import { expectPath } from "../../src/economics/expected-path.ts";
import { learnParticipation } from "../../src/economics/participation.ts";
import { nextBelow, seedPath } from "../../src/economics/random.ts";
import { applyTreasuryCut, callReward, type PoolState, type TreasuryState } from "../../src/economics/rewards.ts";
import { BILLION, MILLION, PRECISE, percPoints } from "../../src/economics/scale.ts";
import type { Project } from "../../src/inspection/project.ts";
import { readBondingHistory } from "../../src/inspection/read-bonding-history.ts";
import { readEconomy } from "../../src/inspection/read-economy.ts";
import { readParameters } from "../../src/inspection/read-parameters.ts";
import { type Account, ContractsChain, type Deployed, LPT, Protocol } from "./contracts-chain.ts";

/** Short, so that the states of all rounds are still there at the end. */
const ROUND = 12n;

let chain: ContractsChain;
let protocol: Protocol;
let treasury: Deployed;
let project: Project;
/** What the mirror says, by transcoder, in the order in which they joined. */
const pools: { account: Account; mirror: PoolState }[] = [];
let treasuryMirror: TreasuryState = { balanceWei: 0n, cut: 0n, nextCut: 0n, ceilingWei: 0n };
let terms = { divisor: MILLION, change: 3n, target: 500_000n };
let inflation = 137n;
let supplyWei = 1_000_000n * LPT + 12_345_678_901_234_567n;
const random = seedPath(2_026n, 0);

const number = (contract: Deployed, name: string, args: unknown[] = []): Promise<bigint> => chain.readNumber(contract, name, args);

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei, inflationPpm: inflation, inflationChangePpm: terms.change, poolSize: 3n });
  treasury = await chain.deploy(protocol.owner, "Treasury");
  await protocol.register("Treasury", treasury.address);
  project = { folder: "/nowhere", network: "local", chainId: 31_337n, controller: protocol.controller.address, rpc: chain.rpc, compilerCaches: [], sources: [], compilers: {}, delayBlocks: 0n };
  await playRound(false);
  // Everybody joins in one long round, which the short ones follow.
  for (const [index, [stake, rewardCut]] of ([[300_000n * LPT + 7n, 100_000n], [99_999n * LPT, 333_333n], [50_000n * LPT + 1n, 0n]] as const).entries()) {
    const account = chain.account(index + 1);
    await protocol.bond(account, stake, account);
    await chain.send(account, protocol.bonding, "transcoder(uint256,uint256)", [rewardCut, 500_000n]);
    pools.push({ account, mirror: { stakeWei: stake, rewardCut, factor: PRECISE, ownRewardsWei: 0n } });
  }
  await protocol.set(protocol.rounds, "setRoundLength", ROUND);
  await playRound(true);
});
afterAll(() => chain.stop());

/** Begins a round, has transcoders call for their rewards, and holds everything against the mirror. */
async function playRound(allCall: boolean): Promise<void> {
  const start = await number(protocol.rounds, "currentRoundStartBlock");
  await chain.mineUpTo(start + (await number(protocol.rounds, "roundLength")));
  const receipt = await chain.send(protocol.owner, protocol.rounds, "initializeRound");
  const activeWei = pools.reduce((sum, { mirror }) => sum + mirror.stakeWei, 0n);
  const begun = beginRound({ inflation, supplyWei, bondedWei: activeWei }, terms);
  inflation = begun.inflation;
  treasuryMirror = applyTreasuryCut(treasuryMirror);
  expect([...chain.event(receipt, protocol.minter, "SetCurrentRewardTokens")]).toEqual([begun.mintableWei, begun.inflation]);
  expect([await number(protocol.minter, "inflation"), await number(protocol.minter, "currentMintableTokens"), await number(protocol.bonding, "treasuryRewardCutRate")]).toEqual([begun.inflation, begun.mintableWei, treasuryMirror.cut]);
  const round = await number(protocol.rounds, "currentRound");
  for (const pool of pools) {
    if (!allCall && nextBelow(random, 4) === 0) continue;
    const called = await chain.send(pool.account, protocol.bonding, "reward");
    const { split, ...after } = callReward(pool.mirror, treasuryMirror, { mintableWei: begun.mintableWei, activeWei, divisor: terms.divisor });
    expect(chain.event(called, protocol.bonding, "Reward")[1]).toBe(split.commissionWei + split.sharedWei);
    supplyWei += split.mintedWei;
    [pool.mirror, treasuryMirror] = [after.pool, after.treasury ?? treasuryMirror];
    const earnings = await chain.read(protocol.bonding, "getTranscoderEarningsPoolForRound", [pool.account.address, round]);
    expect(earnings[3]).toBe(pool.mirror.factor);
    expect((await chain.read(protocol.bonding, "getTranscoder", [pool.account.address]))[7]).toBe(pool.mirror.ownRewardsWei);
    expect(await number(protocol.bonding, "transcoderTotalStake", [pool.account.address])).toBe(pool.mirror.stakeWei);
  }
  expect([await number(protocol.token, "totalSupply"), await number(protocol.token, "balanceOf", [treasury.address]), await number(protocol.bonding, "nextRoundTreasuryRewardCutRate")]).toEqual([supplyWei, treasuryMirror.balanceWei, treasuryMirror.nextCut]);
}

/** Anything that governance or a delegator may do between two rounds. */
async function changeSomething(): Promise<void> {
  const { owner, minter, bonding } = protocol;
  switch (nextBelow(random, 5)) {
    case 0:
      terms = { ...terms, change: (terms.divisor * BigInt(nextBelow(random, 900))) / 10n ** 6n };
      return void (await chain.send(owner, minter, "setInflationChange", [terms.change]));
    case 1:
      terms = { ...terms, target: (terms.divisor * BigInt(nextBelow(random, 1_000))) / 1_000n };
      return void (await chain.send(owner, minter, "setTargetBondingRate", [terms.target]));
    case 2:
      treasuryMirror = { ...treasuryMirror, nextCut: (PRECISE * BigInt(nextBelow(random, 1_000))) / 3_000n };
      return void (await chain.send(owner, bonding, "setTreasuryRewardCutRate", [treasuryMirror.nextCut]));
    case 3:
      treasuryMirror = { ...treasuryMirror, ceilingWei: treasuryMirror.balanceWei + BigInt(nextBelow(random, 200)) * LPT };
      return void (await chain.send(owner, bonding, "setTreasuryBalanceCeiling", [treasuryMirror.ceilingWei]));
    default: {
      const pool = pools[nextBelow(random, pools.length)];
      if (pool === undefined) return;
      const amount = BigInt(1 + nextBelow(random, 20_000)) * LPT + 3n;
      await protocol.bond(chain.account(4 + pools.indexOf(pool)), amount, pool.account);
      pool.mirror = { ...pool.mirror, stakeWei: pool.mirror.stakeWei + amount };
    }
  }
}

test("every round of the launch's Minter, in millionths, comes out to the wei", async () => {
  for (let round = 0; round < 8; round++) {
    await changeSomething();
    await playRound(false);
  }
});

test("and every round of today's, in billionths, with the treasury and its ceiling", async () => {
  const { owner, controller } = protocol;
  terms = { divisor: BILLION, change: terms.change * 1_000n, target: terms.target * 1_000n };
  inflation *= 1_000n;
  const minter = await chain.deploy(owner, "PreciseMinter", [controller.address, inflation, terms.change, terms.target]);
  await chain.send(owner, controller, "pause");
  await chain.send(owner, protocol.minter, "migrateToNewMinter", [minter.address]);
  await protocol.register("Minter", minter.address);
  await chain.send(owner, controller, "unpause");
  protocol.minter = minter;
  treasuryMirror = { ...treasuryMirror, nextCut: PRECISE / 10n, ceilingWei: treasuryMirror.balanceWei + 40n * LPT };
  await chain.send(owner, protocol.bonding, "setTreasuryRewardCutRate", [treasuryMirror.nextCut]);
  await chain.send(owner, protocol.bonding, "setTreasuryBalanceCeiling", [treasuryMirror.ceilingWei]);
  for (let round = 0; round < 7; round++) {
    await playRound(true);
    await changeSomething();
  }
});

test("the path of a projection is what the chain then does, round by round", async () => {
  terms = { ...terms, change: 50_000n, target: 600_000_000n };
  treasuryMirror = { ...treasuryMirror, nextCut: PRECISE / 20n, ceilingWei: 0n };
  await chain.send(protocol.owner, protocol.minter, "setInflationChange", [terms.change]);
  await chain.send(protocol.owner, protocol.minter, "setTargetBondingRate", [terms.target]);
  await chain.send(protocol.owner, protocol.bonding, "setTreasuryRewardCutRate", [treasuryMirror.nextCut]);
  await chain.send(protocol.owner, protocol.bonding, "setTreasuryBalanceCeiling", [0n]);
  await playRound(true);
  const { economy } = await readEconomy(project, await readParameters(project), 0n);
  if (economy === undefined) throw new Error("no economy");
  expect(economy).toMatchObject({ divisor: BILLION, supplyWei, inflation, treasuryWei: treasuryMirror.balanceWei, hasTreasury: true, bondedWei: pools.reduce((sum, { mirror }) => sum + mirror.stakeWei, 0n), policy: { inflationChange: 50_000n, targetBondingRate: 600_000_000n, treasuryCut: PRECISE / 20n, roundLengthBlocks: ROUND } });
  const rate = percPoints(economy.bondedWei, supplyWei, BILLION);
  const { points } = expectPath(economy, economy.policy, { kind: "fixed", ratePpb: rate }, { rounds: 3, samples: 3, blockMilliseconds: 12_000n });
  const before = supplyWei;
  for (const point of points.slice(1)) {
    await playRound(true);
    expect(inflation).toBe(point.inflation);
    // Three transcoders' fractions are cut to billionths each; the projection has one pool. Of a mintable billion, that is a few.
    const dust = (supplyWei - before) / 10n ** 8n;
    expect(point.supplyWei - supplyWei).toBeGreaterThanOrEqual(0n);
    expect(point.supplyWei - supplyWei).toBeLessThanOrEqual(dust);
  }
});

test("past rounds are read from events and states, and tell how bonding goes on", async () => {
  for (let round = 0; round < 2; round++) await playRound(true);
  const { ratesPpb, backTest } = await readBondingHistory(project, { rounds: 100, roundLengthBlocks: ROUND, countsOwnBlocks: true, terms });
  // Thirteen rounds began under this Minter, the last six of them with the terms of now.
  expect(ratesPpb).toHaveLength(13);
  expect(backTest.rounds).toBe(12);
  expect(backTest.equal).toBeGreaterThanOrEqual(5);
  expect(backTest.equal).toBeLessThan(12);
  expect(learnParticipation(ratesPpb)).toMatchObject({ kind: "history", observedRounds: 13, startPpb: BigInt(ratesPpb.at(-1) ?? 0) });
  await expect(readBondingHistory(project, { rounds: 5, roundLengthBlocks: ROUND, countsOwnBlocks: true, terms })).rejects.toMatchObject({ code: "LPCTL_PROJECTION_NO_HISTORY" });
});
