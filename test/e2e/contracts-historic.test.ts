import { keccak256 } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Account, ContractsChain, ETH, LPT, Protocol } from "./contracts-chain.ts";

const SHARE_ALL_FEES = 1_000_000n;

let chain: ContractsChain;
let protocol: Protocol;
let untouched: string;
const transcoder = (): Account => chain.account(1);
const delegator = (): Account => chain.account(2);
const broadcaster = (): Account => chain.account(3);
const attacker = (): Account => chain.account(4);
const newcomer = (): Account => chain.account(5);

// A transcoder with 700 LPT and a cut of 10%, a delegator with 300 LPT, and 10 LPT minted per round.
beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei: 100_000n * LPT, inflationPpm: 100n, inflationChangePpm: 0n, poolSize: 2n });
  await protocol.nextRound();
  await protocol.bond(transcoder(), 700n * LPT, transcoder());
  await chain.send(transcoder(), protocol.bonding, "transcoder(uint256,uint256,uint256)", [100_000n, SHARE_ALL_FEES, 1n]);
  await protocol.bond(delegator(), 300n * LPT, transcoder());
  await protocol.nextRound();
  untouched = await chain.rpc.request("evm_snapshot", [], z.string());
});
afterAll(() => chain.stop());
beforeEach(async () => {
  await chain.rpc.request("evm_revert", [untouched], z.unknown());
  untouched = await chain.rpc.request("evm_snapshot", [], z.string());
});

/** Registers another target behind the proxy of `name`, as an upgrade does. */
async function run(name: "BondingManager" | "JobsManager", build: string): Promise<void> {
  const target = await chain.deploy(protocol.owner, build, [protocol.controller.address]);
  await protocol.register(`${name}Target`, target.address);
}

const reward = () => chain.send(transcoder(), protocol.bonding, "reward");
const claim = (account: Account) => chain.send(account, protocol.bonding, "claimEarnings", [0n]);

async function bonded(account: Account): Promise<bigint> {
  return (await chain.read(protocol.bonding, "getDelegator", [account.address]))["bondedAmount"] as bigint;
}

/** Stake that accounts can claim now, over what the Minter holds; negative when it holds more. */
async function owedTooMuch(...accounts: Account[]): Promise<bigint> {
  const stakes = await Promise.all(accounts.map((account) => protocol.pendingStake(account)));
  const held = await chain.readNumber(protocol.token, "balanceOf", [protocol.minter.address]);
  return stakes.reduce((sum, stake) => sum + stake, -held);
}

describe("a claim shown as a double of itself (July 2019)", () => {
  beforeEach(async () => {
    await chain.send(broadcaster(), protocol.jobs, "deposit", [], ETH);
    const end = (await chain.rpc.blockNumber()) + 100n;
    await chain.send(broadcaster(), protocol.jobs, "job", ["stream", "P720p30f", 1n, end]);
    await chain.send(transcoder(), protocol.jobs, "claimWork", [0n, [0n, 9n], keccak256("0x")]);
  });

  const slash = () => chain.send(attacker(), protocol.jobs, "doubleClaimSegmentSlash", [0n, 0n, 0n, 5n]);

  test("slashes an honest transcoder in the historic build, and pays whoever called", async () => {
    await run("JobsManager", "JobsManagerDoubleClaim2019");
    const receipt = await slash();
    const penalty = 700n * LPT * 3n / 100n;
    expect(chain.event(receipt, protocol.bonding, "TranscoderSlashed").toArray()).toEqual([
      transcoder().address, attacker().address, penalty, penalty / 20n,
    ]);
    expect(await protocol.pendingStake(transcoder())).toBe(700n * LPT - penalty);
    expect(await chain.read(protocol.bonding, "isActiveTranscoder", [transcoder().address])).toBe(false);
  });

  test("is refused by the sound build, also once it replaces the historic one", async () => {
    await expect(slash()).rejects.toThrow("JobsSameClaim(0)");
    await run("JobsManager", "JobsManagerDoubleClaim2019");
    await run("JobsManager", "JobsManager");
    await expect(slash()).rejects.toThrow("JobsSameClaim(0)");
    expect(await protocol.pendingStake(transcoder())).toBe(700n * LPT);
    await chain.mine(20n);
    await chain.send(transcoder(), protocol.jobs, "distributeFees", [0n, 0n]);
  });

  test("leaves a true double claim punishable in both", async () => {
    await chain.send(transcoder(), protocol.jobs, "claimWork", [0n, [5n, 6n], keccak256("0x")]);
    for (const build of ["JobsManagerDoubleClaim2019", "JobsManager"]) {
      await run("JobsManager", build);
      const before = await chain.rpc.request("evm_snapshot", [], z.string());
      await chain.send(attacker(), protocol.jobs, "doubleClaimSegmentSlash", [0n, 0n, 1n, 5n]);
      expect(await protocol.pendingStake(transcoder())).toBe(679n * LPT);
      await chain.rpc.request("evm_revert", [before], z.unknown());
    }
  });
});

describe("a bond in a round without factors (January 2021)", () => {
  /** Three rewards, then a newcomer bonds in a round without one. Ends in the next round. */
  async function bondLate(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      await reward();
      await protocol.nextRound();
    }
    await protocol.bond(newcomer(), 100n * LPT, transcoder());
    expect(await protocol.pendingStake(newcomer())).toBe(100n * LPT);
    await protocol.nextRound();
  }

  test("earns everything the transcoder's delegators ever earned, in the historic build", async () => {
    await run("BondingManager", "BondingManagerZeroStartFactors2021");
    await bondLate();
    const stake = await protocol.pendingStake(newcomer());
    expect(stake).toBeGreaterThan(102n * LPT);
    // As much per LPT as whoever was there from the start, with 300 LPT.
    expect(stake).toBe((await protocol.pendingStake(delegator())) / 3n);
    expect(await owedTooMuch(transcoder(), delegator(), newcomer())).toBeGreaterThan(2n * LPT);
    await claim(newcomer());
    expect(await bonded(newcomer())).toBe(stake);
  });

  test("earns nothing before its first round in the sound build", async () => {
    await bondLate();
    expect(await protocol.pendingStake(newcomer())).toBe(100n * LPT);
    await claim(newcomer());
    expect(await bonded(newcomer())).toBe(100n * LPT);
    expect(await owedTooMuch(transcoder(), delegator(), newcomer())).toBeLessThanOrEqual(0n);
  });

  test("is put right by the sound build, as far as it was not claimed", async () => {
    await run("BondingManager", "BondingManagerZeroStartFactors2021");
    await bondLate();
    await run("BondingManager", "BondingManager");
    expect(await protocol.pendingStake(newcomer())).toBe(100n * LPT);
    expect(await owedTooMuch(transcoder(), delegator(), newcomer())).toBeLessThanOrEqual(0n);
  });

  test("is not put right once a round was missed and newer rewards came: that needs a repair of its own", async () => {
    await run("BondingManager", "BondingManagerZeroStartFactors2021");
    await bondLate();
    await protocol.nextRound();
    await reward();
    await run("BondingManager", "BondingManager");
    expect(await protocol.pendingStake(newcomer())).toBeGreaterThan(102n * LPT);
  });

  test("earns the fees of the past too, in the historic build", async () => {
    const fees = async (): Promise<bigint> => {
      await chain.send(broadcaster(), protocol.jobs, "deposit", [], ETH);
      const end = (await chain.rpc.blockNumber()) + 100n;
      await chain.send(broadcaster(), protocol.jobs, "job", ["stream", "P720p30f", ETH / 10n, end]);
      await chain.send(transcoder(), protocol.jobs, "claimWork", [0n, [0n, 9n], keccak256("0x")]);
      await chain.mine(20n);
      await chain.send(transcoder(), protocol.jobs, "distributeFees", [0n, 0n]);
      await bondLate();
      return protocol.pendingFees(newcomer());
    };
    const before = await chain.rpc.request("evm_snapshot", [], z.string());
    expect(await fees()).toBe(0n);
    await chain.rpc.request("evm_revert", [before], z.unknown());
    await run("BondingManager", "BondingManagerZeroStartFactors2021");
    // Its part of 1 ETH, paid for the 1,000 LPT that were there before it.
    expect(await fees()).toBe(ETH / 10n);
  });
});

describe("the order of claims (August 2018)", () => {
  /** Stakes of transcoder and delegator after both claimed one reward of 10 LPT. */
  async function claimInOrder(...order: Account[]): Promise<[bigint, bigint]> {
    const before = await chain.rpc.request("evm_snapshot", [], z.string());
    await reward();
    for (const account of order) await claim(account);
    const stakes: [bigint, bigint] = [await bonded(transcoder()), await bonded(delegator())];
    await chain.rpc.request("evm_revert", [before], z.unknown());
    return stakes;
  }

  const sound: [bigint, bigint] = [7_073n * LPT / 10n, 3_027n * LPT / 10n];

  test("decides what a delegator gets in the historic build: after its transcoder it pays the commission again", async () => {
    await run("BondingManager", "BondingManagerClaimOrder2018");
    expect(await claimInOrder(delegator(), transcoder())).toEqual(sound);
    // 10% of the 2.7 LPT it earned are gone.
    expect(await claimInOrder(transcoder(), delegator())).toEqual([sound[0], 30_243n * LPT / 100n]);
  });

  test("does not matter in the sound build", async () => {
    expect(await claimInOrder(delegator(), transcoder())).toEqual(sound);
    expect(await claimInOrder(transcoder(), delegator())).toEqual(sound);
  });

  test("costs nobody anything of the rounds before, and leaves what it takes in the vault", async () => {
    await run("BondingManager", "BondingManagerClaimOrder2018");
    await reward();
    await protocol.nextRound();
    await claim(transcoder());
    expect(await protocol.pendingStake(delegator())).toBe(sound[1]);
    await reward();
    await protocol.nextRound();
    await reward();
    await claim(delegator());
    await claim(transcoder());
    await claim(delegator());
    expect(await owedTooMuch(transcoder(), delegator())).toBeLessThanOrEqual(0n);
  });

  test("does not matter any more once the sound build replaces the historic one", async () => {
    await run("BondingManager", "BondingManagerClaimOrder2018");
    await reward();
    await run("BondingManager", "BondingManager");
    await claim(transcoder());
    await claim(delegator());
    expect([await bonded(transcoder()), await bonded(delegator())]).toEqual(sound);
  });
});
