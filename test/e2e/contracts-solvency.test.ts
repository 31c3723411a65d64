import { keccak256, solidityPacked } from "ethers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, ContractsChain, type Deployed, LPT, Protocol, Reverted } from "./contracts-chain.ts";

/** Steps of one walk. Every refusal by the contracts is fine; a broken invariant is not. */
const STEPS = 40;
const STAKERS = [1, 2, 3, 4, 5];
const BROADCASTER = 6;
const PRICE_WEI = 1_000_003n;

let chain: ContractsChain;
beforeAll(async () => {
  chain = await ContractsChain.start();
});
afterAll(() => chain.stop());

/** The same numbers for the same seed, on any machine. */
class Dice {
  #state: string;

  constructor(seed: bigint) {
    this.#state = keccak256(solidityPacked(["uint256"], [seed]));
  }

  below(limit: number): number {
    this.#state = keccak256(this.#state);
    return Number(BigInt(this.#state) % BigInt(limit));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

test.each([
  { seed: 1, suite: "of the launch" },
  { seed: 2, suite: "with votes and a treasury" },
])("whatever stakers do in a suite $suite, nobody is owed more than the Minter holds (walk $seed)", async ({ seed, suite }) => {
  const dice = new Dice(BigInt(seed));
  const protocol = await Protocol.deploy(chain, {
    supplyWei: 1_000_000n * LPT,
    inflationPpm: 1_000n,
    inflationChangePpm: 10n,
    poolSize: 3n,
  });
  const { bonding, jobs, token } = protocol;
  const stakers = STAKERS.map((index) => chain.account(index));
  const broadcaster = chain.account(BROADCASTER);
  const votes = suite === "of the launch" ? undefined : await deployVotesAndTreasury();
  await protocol.nextRound();
  for (const staker of stakers) {
    await chain.send(protocol.owner, token, "transfer", [staker.address, 1_000n * LPT]);
    await chain.send(staker, token, "approve", [bonding.address, 1_000n * LPT]);
  }
  for (const index of [0, 1]) {
    await chain.send(stakers[index]!, bonding, "bond", [100n * LPT, stakers[index]!.address]);
    await chain.send(stakers[index]!, bonding, "transcoder(uint256,uint256)", [100_000n, 300_000n]);
  }
  await chain.send(broadcaster, jobs, "deposit", [], 10n ** 18n);

  const amount = (): bigint => BigInt(1 + dice.below(90)) * LPT + BigInt(dice.below(1_000_000));
  const steps: (() => Promise<unknown>)[] = [
    () => protocol.nextRound(),
    () => chain.send(dice.pick(stakers), bonding, "reward"),
    () => chain.send(dice.pick(stakers), bonding, "reward"),
    () => chain.send(dice.pick(stakers), bonding, "bond", [amount(), dice.pick(stakers).address]),
    () => bondToDelegate(dice.pick(stakers)),
    () => chain.send(dice.pick(stakers), bonding, "bond", [0n, dice.pick(stakers).address]),
    () => chain.send(dice.pick(stakers), bonding, "unbond", [amount()]),
    () => unbondAll(dice.pick(stakers)),
    () => chain.send(dice.pick(stakers), bonding, "rebond", [BigInt(dice.below(3))]),
    () => chain.send(dice.pick(stakers), bonding, "rebondFromUnbonded", [dice.pick(stakers).address, BigInt(dice.below(3))]),
    () => chain.send(dice.pick(stakers), bonding, "withdrawStake", [BigInt(dice.below(3))]),
    () => chain.send(dice.pick(stakers), bonding, "claimEarnings", [0n]),
    () => chain.send(dice.pick(stakers), bonding, "transcoder(uint256,uint256)", [BigInt(dice.below(1_000_001)), BigInt(dice.below(1_000_001))]),
    () => work(false),
    () => work(false),
    () => work(true),
  ];
  let done = 0;
  for (let step = 0; step < STEPS; step++) {
    await dice.pick(steps)().then(
      () => done++,
      (error: unknown) => {
        if (!(error instanceof Reverted) || /^0x|Panic/.test(error.message)) throw error;
      },
    );
    await checkInvariants(`walk ${seed}, step ${step}`);
  }
  expect(done).toBeGreaterThan(STEPS / 4);

  async function deployVotesAndTreasury(): Promise<Deployed> {
    const treasury = await chain.deploy(protocol.owner, "Treasury");
    await protocol.register("Treasury", treasury.address);
    await protocol.set(bonding, "setTreasuryRewardCutRate", 123_456_789n * 10n ** 18n);
    return protocol.deployProxied("BondingVotes");
  }

  async function bondToDelegate(staker: Account): Promise<unknown> {
    const { delegateAddress } = (await chain.read(bonding, "getDelegator", [staker.address])).toObject() as { delegateAddress: string };
    return chain.send(staker, bonding, "bond", [amount(), delegateAddress]);
  }

  async function unbondAll(staker: Account): Promise<unknown> {
    return chain.send(staker, bonding, "unbond", [await protocol.pendingStake(staker)]);
  }

  /** A job from start to payment, or to the punishment of a segment claimed twice. */
  async function work(cheats: boolean): Promise<void> {
    const end = (await chain.rpc.blockNumber()) + 50n;
    await chain.send(broadcaster, jobs, "job", ["s", "P720p30f", PRICE_WEI, end]);
    const jobId = (await chain.readNumber(jobs, "numJobs")) - 1n;
    const job = await chain.read(jobs, "getJob", [jobId]);
    await chain.mine(1n);
    const hash = (await chain.rpc.block(job["creationBlock"] as bigint)).hash;
    const elected = await chain.read(bonding, "electActiveTranscoder", [PRICE_WEI, hash, job["creationRound"]]);
    const worker = stakers.find((staker) => staker.address === String(elected));
    if (worker === undefined) return;
    const claim = () => chain.send(worker, jobs, "claimWork", [jobId, [0n, BigInt(dice.below(1_000))], hash]);
    await claim();
    if (cheats) {
      await claim();
      await chain.send(broadcaster, jobs, "doubleClaimSegmentSlash", [jobId, 0n, 1n, 0n]);
    } else {
      await chain.mine(20n);
      await chain.send(broadcaster, jobs, "distributeFees", [jobId, 0n]);
    }
  }

  async function checkInvariants(where: string): Promise<void> {
    let [stake, fees] = [0n, 0n];
    const byDelegate = new Map<string, bigint>();
    for (const staker of stakers) {
      const pending = await protocol.pendingStake(staker);
      const info = await chain.read(bonding, "getDelegator", [staker.address]);
      stake += pending;
      fees += await protocol.pendingFees(staker);
      const delegate = String(info["delegateAddress"]);
      byDelegate.set(delegate, (byDelegate.get(delegate) ?? 0n) + pending);
      for (let lock = 0n; lock < (info["nextUnbondingLockId"] as bigint); lock++) {
        stake += (await chain.read(bonding, "getDelegatorUnbondingLock", [staker.address, lock]))["amount"] as bigint;
      }
    }
    const held = await chain.readNumber(token, "balanceOf", [protocol.minter.address]);
    expect(stake, `${where}: stake`).toBeLessThanOrEqual(held);

    let owedWei = fees + ((await chain.read(jobs, "broadcasters", [broadcaster.address]))["deposit"] as bigint);
    const jobCount = await chain.readNumber(jobs, "numJobs");
    for (let id = 0n; id < jobCount; id++) owedWei += (await chain.read(jobs, "getJob", [id]))["escrow"] as bigint;
    expect(owedWei, `${where}: ether`).toBeLessThanOrEqual(await chain.rpc.balanceWei(protocol.minter.address));

    for (const staker of stakers) {
      const delegated = await chain.readNumber(bonding, "transcoderTotalStake", [staker.address]);
      expect(delegated, `${where}: stake delegated to ${staker.address}`).toBeGreaterThanOrEqual(byDelegate.get(staker.address) ?? 0n);
    }
    let [pooled, last] = [0n, 2n ** 256n];
    let member = String(await chain.read(bonding, "getFirstTranscoderInPool"));
    while (!/^0x0+$/.test(member)) {
      const key = await chain.readNumber(bonding, "transcoderTotalStake", [member]);
      expect(key, `${where}: order of the pool`).toBeLessThanOrEqual(last);
      [pooled, last] = [pooled + key, key];
      member = String(await chain.read(bonding, "getNextTranscoderInPool", [member]));
    }
    expect(await chain.readNumber(bonding, "nextRoundTotalActiveStake"), `${where}: active stake`).toBe(pooled);
    if (votes !== undefined) await checkVotes(votes, where);
  }

  /** Votes follow the stake, although they are counted from what was written down of it. */
  async function checkVotes(votes: Deployed, where: string): Promise<void> {
    for (const staker of stakers) {
      const info = await chain.read(bonding, "getDelegator", [staker.address]);
      const delegate = String(info["delegateAddress"]);
      let expected = 0n;
      if (delegate === staker.address) expected = info["delegatedAmount"] as bigint;
      else if ((await chain.read(bonding, "isRegisteredTranscoder", [delegate])) as unknown as boolean) expected = await protocol.pendingStake(staker);
      expect(await chain.readNumber(votes, "getVotes", [staker.address]), `${where}: votes of ${staker.address}`).toBe(expected);
      expect(await chain.read(votes, "delegates", [staker.address]), `${where}: delegate of ${staker.address}`).toBe(delegate);
    }
    const [active, supply] = [await chain.readNumber(bonding, "nextRoundTotalActiveStake"), await chain.readNumber(votes, "totalSupply")];
    expect(supply, `${where}: supply of votes`).toBe(active);
  }
});
