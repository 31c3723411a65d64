import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, ContractsChain, ETH, LPT, Protocol, ROUND_BLOCKS } from "./contracts-chain.ts";

let chain: ContractsChain;
beforeAll(async () => {
  chain = await ContractsChain.start();
});
afterAll(() => chain.stop());

describe("a transcoder with 700 LPT and a delegator with 300 LPT in a round that mints 10 LPT", () => {
  let protocol: Protocol;
  const transcoder = (): Account => chain.account(1);
  const delegator = (): Account => chain.account(2);
  const broadcaster = (): Account => chain.account(3);

  beforeAll(async () => {
    protocol = await Protocol.deploy(chain, {
      supplyWei: 100_000n * LPT,
      inflationPpm: 100n,
      inflationChangePpm: 0n,
      poolSize: 2n,
    });
    await protocol.nextRound();
    await protocol.bond(transcoder(), 700n * LPT, transcoder());
    await chain.send(transcoder(), protocol.bonding, "transcoder(uint256,uint256,uint256)", [100_000n, 500_000n, 7n]);
    await protocol.bond(delegator(), 300n * LPT, transcoder());
    await protocol.nextRound();
  });

  test("shares the reward after the transcoder's cut of 10%", async () => {
    const { bonding, rounds } = protocol;
    const receipt = await chain.send(transcoder(), bonding, "reward");
    expect(chain.event(receipt, bonding, "Reward")[1]).toBe(10n * LPT);
    const round = await chain.readNumber(rounds, "currentRound");
    const pool = await chain.read(bonding, "getTranscoderEarningsPoolForRound", [transcoder().address, round]);
    expect(pool["totalStake"]).toBe(1000n * LPT);
    expect(pool["cumulativeRewardFactor"]).toBe(1_009n * 10n ** 24n);
    expect(await protocol.pendingStake(delegator())).toBe(3_027n * LPT / 10n);
    expect(await protocol.pendingStake(transcoder())).toBe(7_073n * LPT / 10n);
    await expect(chain.send(transcoder(), bonding, "reward")).rejects.toThrow("BondingRewardAlreadyCalled");
  });

  test("shares the fees of a job: 0.75 ETH to the delegator and 4.25 ETH to the transcoder", async () => {
    const { jobs, bonding } = protocol;
    await chain.send(broadcaster(), jobs, "deposit", [], 6n * ETH);
    const end = (await chain.rpc.blockNumber()) + 50n;
    await chain.send(broadcaster(), jobs, "job", ["stream", "P720p30f", ETH / 2n, end]);
    await chain.send(transcoder(), jobs, "claimWork", [0n, [0n, 9n], `0x${"11".repeat(32)}`]);
    await expect(chain.send(delegator(), jobs, "distributeFees", [0n, 0n])).rejects.toThrow("JobsClaimNotFinal");
    await chain.mine(20n);
    await chain.send(delegator(), jobs, "distributeFees", [0n, 0n]);
    expect(await protocol.pendingFees(delegator())).toBe(75n * ETH / 100n);
    expect(await protocol.pendingFees(transcoder())).toBe(425n * ETH / 100n);
    const info = await chain.read(bonding, "getTranscoder", [transcoder().address]);
    expect(info["cumulativeFees"]).toBe(25n * ETH / 10n);
    await expect(chain.send(delegator(), jobs, "distributeFees", [0n, 0n])).rejects.toThrow("JobsClaimNotPending");
  });

  test("pays fees in parts to any recipient but null", async () => {
    const { bonding } = protocol;
    const recipient = `0x${"77".repeat(20)}` as const;
    await chain.send(delegator(), bonding, "withdrawFees", [recipient, ETH / 2n]);
    expect(await chain.rpc.balanceWei(recipient)).toBe(ETH / 2n);
    expect(await protocol.pendingFees(delegator())).toBe(ETH / 4n);
    await expect(chain.send(delegator(), bonding, "withdrawFees", [recipient, ETH])).rejects.toThrow("BondingInsufficientAmount");
  });

  test("lets stake leave in parts, after the unbonding period, once", async () => {
    const { bonding, token } = protocol;
    await chain.send(delegator(), bonding, "unbond", [100n * LPT]);
    await chain.send(delegator(), bonding, "unbond", [50n * LPT]);
    await chain.send(delegator(), bonding, "rebond", [1n]);
    expect(await protocol.pendingStake(delegator())).toBe(2_027n * LPT / 10n);
    await expect(chain.send(delegator(), bonding, "withdrawStake", [0n])).rejects.toThrow("BondingLockNotExpired");
    await protocol.nextRound();
    await protocol.nextRound();
    await chain.send(delegator(), bonding, "withdrawStake", [0n]);
    expect(await chain.readNumber(token, "balanceOf", [delegator().address])).toBe(100n * LPT);
    await expect(chain.send(delegator(), bonding, "withdrawStake", [0n])).rejects.toThrow("BondingInvalidUnbondingLock");
  });

  test("shares fees by the factor of the round before, reward first or fees first, rounds skipped or not", async () => {
    const { bonding, jobs } = protocol;
    // Two rounds passed without a reward; now the reward comes before the fees.
    await chain.send(transcoder(), bonding, "reward");
    const [stakeOfDelegator, stakeOfTranscoder] = [await protocol.pendingStake(delegator()), await protocol.pendingStake(transcoder())];
    const before = await protocol.pendingFees(delegator()) + await protocol.pendingFees(transcoder());
    const end = (await chain.rpc.blockNumber()) + 50n;
    await chain.send(broadcaster(), jobs, "job", ["stream", "P720p30f", ETH / 10n, end]);
    const jobId = (await chain.readNumber(jobs, "numJobs")) - 1n;
    await chain.send(transcoder(), jobs, "claimWork", [jobId, [0n, 4n], `0x${"11".repeat(32)}`]);
    await chain.mine(20n);
    await chain.send(broadcaster(), jobs, "distributeFees", [jobId, 0n]);
    const after = await protocol.pendingFees(delegator()) + await protocol.pendingFees(transcoder());
    // Never more than was paid in, and never less but for dust.
    expect(after - before).toBeLessThanOrEqual(ETH / 2n);
    expect(after - before).toBeGreaterThan(ETH / 2n - 1_000n);
    expect(await protocol.pendingStake(delegator())).toBe(stakeOfDelegator);
    expect(await protocol.pendingStake(transcoder())).toBe(stakeOfTranscoder);
  });

  test("owes nobody more than the Minter holds", async () => {
    const { bonding, token, minter, jobs } = protocol;
    const stakes = await protocol.pendingStake(delegator()) + await protocol.pendingStake(transcoder());
    const held = await chain.readNumber(token, "balanceOf", [minter.address]);
    expect(stakes).toBeLessThanOrEqual(held);
    expect(held - stakes).toBeLessThan(1_000_000n);
    const fees = await protocol.pendingFees(delegator()) + await protocol.pendingFees(transcoder());
    const { deposit } = (await chain.read(jobs, "broadcasters", [broadcaster().address])).toObject() as { deposit: bigint };
    const ether = await chain.rpc.balanceWei(minter.address);
    expect(fees + deposit).toBeLessThanOrEqual(ether);
    expect(ether - fees - deposit).toBeLessThan(1_000_000n);
    expect(await chain.readNumber(bonding, "transcoderTotalStake", [transcoder().address])).toBeGreaterThanOrEqual(stakes);
  });
});

describe("three transcoders with equal stake on a supply of 10,000,000 LPT", () => {
  let protocol: Protocol;
  beforeAll(async () => {
    protocol = await Protocol.deploy(chain, {
      supplyWei: 10_000_000n * LPT,
      inflationPpm: 134n,
      inflationChangePpm: 3n,
      poolSize: 3n,
    });
    await protocol.nextRound();
    for (const index of [1, 2, 3]) await protocol.bond(chain.account(index), 100n * LPT, chain.account(index));
  });

  test("raise inflation from 137 to 140 parts per million, which is 1,400 LPT, a third of it 466.6662 LPT", async () => {
    const { minter, bonding } = protocol;
    expect(await chain.readNumber(minter, "inflation")).toBe(137n);
    await protocol.nextRound();
    expect(await chain.readNumber(minter, "inflation")).toBe(140n);
    expect(await chain.readNumber(minter, "currentMintableTokens")).toBe(1_400n * LPT);
    for (const index of [1, 2, 3]) {
      const receipt = await chain.send(chain.account(index), bonding, "reward");
      expect(chain.event(receipt, bonding, "Reward")[1]).toBe(4_666_662n * LPT / 10_000n);
    }
    expect(await chain.readNumber(minter, "currentMintedTokens")).toBe(13_999_986n * LPT / 10_000n);
  });

  test("keep a newcomer out of a full pool until it has more stake than the last", async () => {
    const { bonding } = protocol;
    const newcomer = chain.account(4);
    await protocol.bond(newcomer, 500n * LPT, newcomer);
    await protocol.bond(chain.account(5), 1_000n * LPT, chain.account(1));
    expect(await pool()).toEqual([chain.account(1).address, chain.account(3).address, chain.account(2).address]);
    await protocol.bond(newcomer, 100n * LPT, newcomer);
    expect(await pool()).toEqual([chain.account(1).address, newcomer.address, chain.account(3).address]);
    expect(await chain.read(bonding, "isActiveTranscoder", [newcomer.address])).toBe(false);
    expect(await chain.read(bonding, "isActiveTranscoder", [chain.account(2).address])).toBe(true);
    await protocol.nextRound();
    expect(await chain.read(bonding, "isActiveTranscoder", [newcomer.address])).toBe(true);
    expect(await chain.read(bonding, "isActiveTranscoder", [chain.account(2).address])).toBe(false);
    expect(await chain.readNumber(bonding, "currentRoundTotalActiveStake")).toBe(
      await sum([1, 3, 4].map((index) => chain.readNumber(bonding, "transcoderTotalStake", [chain.account(index).address]))),
    );
  });

  test("keep the order of the pool when hints are wrong", async () => {
    const { bonding } = protocol;
    const [first, second] = [chain.account(1).address, chain.account(3).address];
    await chain.send(protocol.owner, protocol.token, "transfer", [chain.account(5).address, 10n * LPT]);
    await chain.send(chain.account(5), protocol.token, "approve", [bonding.address, 10n * LPT]);
    await chain.send(chain.account(5), bonding, "bondWithHint", [10n * LPT, first, second, first, second, second]);
    expect((await pool())[0]).toBe(first);
  });

  test("stay their own delegates, and leave the pool when they unbond everything", async () => {
    const { bonding } = protocol;
    const leaver = chain.account(3);
    await expect(chain.send(leaver, bonding, "bond", [0n, chain.account(1).address])).rejects.toThrow("BondingTranscoderCannotDelegate");
    await chain.send(leaver, bonding, "reward");
    await chain.send(leaver, bonding, "unbond", [await protocol.pendingStake(leaver)]);
    expect(await pool()).not.toContain(leaver.address);
    expect(await chain.read(bonding, "isRegisteredTranscoder", [leaver.address])).toBe(false);
    await chain.send(leaver, bonding, "rebondFromUnbonded", [chain.account(1).address, 0n]);
    expect(await chain.readNumber(bonding, "delegatorStatus", [leaver.address])).toBe(0n);
  });

  test("freeze their terms at the end of a round", async () => {
    const { bonding, rounds } = protocol;
    const start = await chain.readNumber(rounds, "currentRoundStartBlock");
    await chain.send(chain.account(1), bonding, "reward");
    await chain.mineUpTo(start + ROUND_BLOCKS - ROUND_BLOCKS / 10n);
    await expect(chain.send(chain.account(1), bonding, "transcoder(uint256,uint256)", [1n, 1n])).rejects.toThrow("BondingRoundLocked");
  });

  test("do nothing in a round that nobody began", async () => {
    const start = await chain.readNumber(protocol.rounds, "currentRoundStartBlock");
    await chain.mineUpTo(start + ROUND_BLOCKS);
    await expect(chain.send(chain.account(1), protocol.bonding, "reward")).rejects.toThrow("BondingRoundNotInitialized");
    await chain.send(chain.account(7), protocol.rounds, "initializeRound");
    await expect(chain.send(chain.account(7), protocol.rounds, "initializeRound")).rejects.toThrow("RoundsAlreadyInitialized");
  });

  test("keep the number and the first block of a round when its length changes", async () => {
    const { rounds } = protocol;
    const before = [await chain.readNumber(rounds, "currentRound"), await chain.readNumber(rounds, "currentRoundStartBlock")];
    await protocol.set(rounds, "setRoundLength", 2n * ROUND_BLOCKS);
    expect([await chain.readNumber(rounds, "currentRound"), await chain.readNumber(rounds, "currentRoundStartBlock")]).toEqual(before);
    await expect(protocol.set(rounds, "setRoundLength", 0n)).rejects.toThrow("RoundsInvalidLength");
  });

  async function pool(): Promise<string[]> {
    const members: string[] = [];
    let next = String(await chain.read(protocol.bonding, "getFirstTranscoderInPool"));
    while (!/^0x0+$/.test(next)) {
      members.push(next);
      next = String(await chain.read(protocol.bonding, "getNextTranscoderInPool", [next]));
    }
    return members;
  }
});

async function sum(numbers: Promise<bigint>[]): Promise<bigint> {
  return (await Promise.all(numbers)).reduce((total, number) => total + number, 0n);
}
