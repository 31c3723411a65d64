import { keccak256, ZeroAddress } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Account, ContractsChain, ETH, LPT, Protocol, type Deployed } from "./contracts-chain.ts";
import { PROFILES, rootOf, type Segment, signSegment, STREAM, verifyArguments } from "./contracts-segments.ts";

const PRICE_WEI = 1_000_000n;
/** Two segments in two profiles. */
const FEES_WEI = 4n * PRICE_WEI;
const PENDING = 0n;
const SLASHED = 1n;
const COMPLETE = 2n;

let chain: ContractsChain;
let protocol: Protocol;
let untouched: string;
const transcoder = (): Account => chain.account(1);
const broadcaster = (): Account => chain.account(3);
const finder = (): Account => chain.account(4);

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, {
    supplyWei: 100_000n * LPT,
    inflationPpm: 0n,
    inflationChangePpm: 0n,
    poolSize: 2n,
  });
  await protocol.nextRound();
  await protocol.bond(transcoder(), 1_000n * LPT, transcoder());
  await protocol.nextRound();
  await chain.send(broadcaster(), protocol.jobs, "deposit", [], ETH);
  const end = (await chain.rpc.blockNumber()) + 100n;
  await chain.send(broadcaster(), protocol.jobs, "job", [STREAM, PROFILES, PRICE_WEI, end]);
  untouched = await chain.rpc.request("evm_snapshot", [], z.string());
});
afterAll(() => chain.stop());
// Every test starts with job 0, posted and not yet claimed.
beforeEach(async () => {
  await chain.rpc.request("evm_revert", [untouched], z.unknown());
  untouched = await chain.rpc.request("evm_snapshot", [], z.string());
});

async function claimTwo(): Promise<[Segment, Segment]> {
  const segments: [Segment, Segment] = [await signSegment(broadcaster(), 0n), await signSegment(broadcaster(), 1n)];
  await chain.send(transcoder(), protocol.jobs, "claimWork", [0n, [0n, 1n], rootOf(...segments)]);
  return segments;
}

/** Every proven segment passes, at once. */
async function believeEverybody(): Promise<void> {
  const verifier = await chain.deploy(protocol.owner, "IdentityVerifier", [protocol.controller.address]);
  await protocol.register("Verifier", verifier.address);
}

/** A proven segment waits for the finder, as a solver, to say what it found. */
async function waitForSolver(): Promise<Deployed> {
  const args = [protocol.controller.address, [finder().address], "where the program is"];
  const verifier = await chain.deploy(protocol.owner, "LivepeerVerifier", args);
  await protocol.register("Verifier", verifier.address);
  return verifier;
}

async function statusOf(claimId: bigint): Promise<bigint> {
  return (await chain.read(protocol.jobs, "getClaim", [0n, claimId]))["status"] as bigint;
}

async function deposit(): Promise<bigint> {
  return (await chain.read(protocol.jobs, "broadcasters", [broadcaster().address]))["deposit"] as bigint;
}

describe("claiming work", () => {
  test("assigns the job to the elected transcoder and moves the fees into escrow", async () => {
    await claimTwo();
    const job = await chain.read(protocol.jobs, "getJob", [0n]);
    expect([job["transcoderAddress"], job["escrow"], job["totalClaims"]]).toEqual([transcoder().address, FEES_WEI, 1n]);
    expect(await deposit()).toBe(ETH - FEES_WEI);
    const claim = await chain.read(protocol.jobs, "getClaim", [0n, 0n]);
    expect(claim["endVerificationSlashingBlock"]).toBe((claim["claimBlock"] as bigint) + 20n);
  });

  test("is refused to others, for bad ranges, unknown jobs, too small deposits and jobs that are over", async () => {
    const claim = (from: Account, jobId: bigint, range: [bigint, bigint]) =>
      chain.send(from, protocol.jobs, "claimWork", [jobId, range, keccak256("0x")]);
    await expect(claim(finder(), 0n, [0n, 1n])).rejects.toThrow("JobsNotAssigned");
    await expect(claim(transcoder(), 0n, [2n, 1n])).rejects.toThrow("JobsInvalidSegmentRange");
    await expect(claim(transcoder(), 1n, [0n, 1n])).rejects.toThrow("JobsUnknownJob");
    await expect(claim(transcoder(), 0n, [0n, 10n ** 18n])).rejects.toThrow("JobsInsufficientDeposit");
    await chain.mine(100n);
    await expect(claim(transcoder(), 0n, [0n, 1n])).rejects.toThrow("JobsInactiveJob");
  });

  test("needs a valid job: an end to come and whole profile ids", async () => {
    const end = (await chain.rpc.blockNumber()) + 10n;
    const job = (options: string, endBlock: bigint) =>
      chain.send(broadcaster(), protocol.jobs, "job", [STREAM, options, 1n, endBlock]);
    await expect(job(PROFILES, end - 10n)).rejects.toThrow("JobsInvalidEndBlock");
    await expect(job("", end)).rejects.toThrow("JobsInvalidTranscodingOptions");
    await expect(job("P720", end)).rejects.toThrow("JobsInvalidTranscodingOptions");
  });

  test("draws nobody who asks for more than the job pays", async () => {
    const { bonding, rounds } = protocol;
    await chain.send(transcoder(), bonding, "reward");
    await chain.send(transcoder(), bonding, "transcoder(uint256,uint256,uint256)", [0n, 0n, PRICE_WEI + 1n]);
    await protocol.nextRound();
    const round = await chain.readNumber(rounds, "currentRound");
    const elect = (price: bigint, ofRound: bigint) => chain.read(bonding, "electActiveTranscoder", [price, keccak256("0x"), ofRound]);
    expect(await elect(PRICE_WEI, round)).toBe(ZeroAddress);
    expect(await elect(PRICE_WEI + 1n, round)).toBe(transcoder().address);
    expect(await elect(PRICE_WEI, round - 1n)).toBe(transcoder().address);
  });

  test("binds the deposit until the last job ends", async () => {
    await expect(chain.send(broadcaster(), protocol.jobs, "withdraw")).rejects.toThrow("JobsDepositLocked");
    await chain.mine(100n);
    const before = await chain.rpc.balanceWei(protocol.minter.address);
    await chain.send(broadcaster(), protocol.jobs, "withdraw");
    expect(before - (await chain.rpc.balanceWei(protocol.minter.address))).toBe(ETH);
    expect(await deposit()).toBe(0n);
  });
});

describe("verification", () => {
  test("accepts a proven segment once, for exactly the Verifier's price", async () => {
    await believeEverybody();
    const [first, second] = await claimTwo();
    await chain.mine(1n);
    const verify = (valueWei: bigint) => chain.send(transcoder(), protocol.jobs, "verify", verifyArguments(first, second), valueWei);
    await expect(verify(1n)).rejects.toThrow("JobsInvalidPayment(1,0)");
    const receipt = await verify(0n);
    expect(chain.event(receipt, protocol.jobs, "PassedVerification")["segmentNumber"]).toBe(0n);
    await expect(verify(0n)).rejects.toThrow("JobsSegmentVerified");
    expect(await chain.read(protocol.jobs, "isClaimSegmentVerified", [0n, 0n, 0n])).toBe(true);
    expect(await chain.read(protocol.jobs, "isClaimSegmentVerified", [0n, 0n, 1n])).toBe(false);
  });

  test("refuses a foreign caller, a wrong signature, a wrong proof and a segment outside the claim", async () => {
    await believeEverybody();
    const [first, second] = await claimTwo();
    await chain.mine(1n);
    const verify = (from: Account, args: unknown[]) => chain.send(from, protocol.jobs, "verify", args);
    await expect(verify(finder(), verifyArguments(first, second))).rejects.toThrow("JobsNotAssigned");
    await expect(verify(transcoder(), verifyArguments({ ...first, signature: second.signature }, second))).rejects.toThrow("JobsInvalidBroadcasterSignature");
    await expect(verify(transcoder(), verifyArguments({ ...first, signature: "0x00" }, second))).rejects.toThrow("JobsInvalidBroadcasterSignature");
    await expect(verify(transcoder(), verifyArguments(first, first))).rejects.toThrow("JobsInvalidReceipt");
    await expect(verify(transcoder(), verifyArguments({ ...first, number: 2n }, second))).rejects.toThrow("JobsSegmentNotChallenged");
  });

  test("takes verdicts from the Verifier alone", async () => {
    await believeEverybody();
    await expect(chain.send(finder(), protocol.jobs, "receiveVerification", [0n, 0n, 0n, false])).rejects.toThrow("JobsUnauthorizedCaller");
  });

  test("that fails costs 1% of the stake, the claim and the job, and refunds the broadcaster", async () => {
    const verifier = await waitForSolver();
    const [first, second] = await claimTwo();
    await chain.mine(1n);
    const supply = await chain.readNumber(protocol.token, "totalSupply");
    await chain.send(transcoder(), protocol.jobs, "verify", verifyArguments(first, second));
    const receipt = await chain.send(finder(), verifier, "__callback", [0n, keccak256("0x")]);
    expect(chain.event(receipt, protocol.jobs, "FailedVerification")["claimId"]).toBe(0n);
    expect(chain.event(receipt, protocol.bonding, "TranscoderSlashed").toArray()).toEqual([transcoder().address, ZeroAddress, 10n * LPT, 0n]);
    expect(await chain.readNumber(protocol.token, "totalSupply")).toBe(supply - 10n * LPT);
    expect(await protocol.pendingStake(transcoder())).toBe(990n * LPT);
    expect(await chain.read(protocol.bonding, "isActiveTranscoder", [transcoder().address])).toBe(false);
    expect(await statusOf(0n)).toBe(SLASHED);
    expect(await deposit()).toBe(ETH);
    expect(await chain.readNumber(protocol.jobs, "jobStatus", [0n])).toBe(0n);
  });

  test("that was missed is punished within the slashing period, and pays the finder", async () => {
    await claimTwo();
    const slash = () => chain.send(finder(), protocol.jobs, "missedVerificationSlash", [0n, 0n, 1n]);
    await expect(slash()).rejects.toThrow("JobsOutsideSlashingPeriod");
    const end = (await chain.read(protocol.jobs, "getClaim", [0n, 0n]))["endVerificationBlock"] as bigint;
    await chain.mineUpTo(end);
    await slash();
    expect(await protocol.pendingStake(transcoder())).toBe(980n * LPT);
    expect(await chain.readNumber(protocol.token, "balanceOf", [finder().address])).toBe(LPT);
    expect(await statusOf(0n)).toBe(SLASHED);
  });

  test("that was missed goes unpunished after the slashing period, and the claim is paid", async () => {
    await claimTwo();
    await chain.mine(20n);
    await expect(chain.send(finder(), protocol.jobs, "missedVerificationSlash", [0n, 0n, 1n])).rejects.toThrow("JobsOutsideSlashingPeriod");
    const receipt = await chain.send(transcoder(), protocol.jobs, "distributeFees", [0n, 0n]);
    expect(chain.event(receipt, protocol.jobs, "DistributeFees")["fees"]).toBe(FEES_WEI);
    expect(await statusOf(0n)).toBe(COMPLETE);
    expect(await protocol.pendingFees(transcoder())).toBe(FEES_WEI);
  });
});

describe("claiming a segment twice", () => {
  test("costs 3% of the stake and both claims, and pays the finder 5% of it", async () => {
    await claimTwo();
    await claimTwo();
    await chain.send(finder(), protocol.jobs, "doubleClaimSegmentSlash", [0n, 0n, 1n, 1n]);
    expect(await protocol.pendingStake(transcoder())).toBe(970n * LPT);
    expect(await chain.readNumber(protocol.token, "balanceOf", [finder().address])).toBe(15n * LPT / 10n);
    expect([await statusOf(0n), await statusOf(1n)]).toEqual([SLASHED, SLASHED]);
    expect(await deposit()).toBe(ETH);
    await expect(chain.send(finder(), protocol.jobs, "doubleClaimSegmentSlash", [0n, 0n, 1n, 1n])).rejects.toThrow("JobsClaimSlashed");
  });

  test("cannot be shown with one claim against itself", async () => {
    await claimTwo();
    await expect(chain.send(finder(), protocol.jobs, "doubleClaimSegmentSlash", [0n, 0n, 0n, 1n])).rejects.toThrow("JobsSameClaim(0)");
    expect([await statusOf(0n), await protocol.pendingStake(transcoder())]).toEqual([PENDING, 1_000n * LPT]);
  });

  test("cannot be shown with a segment that only one of them has", async () => {
    await claimTwo();
    await chain.send(transcoder(), protocol.jobs, "claimWork", [0n, [2n, 3n], keccak256("0x")]);
    await expect(chain.send(finder(), protocol.jobs, "doubleClaimSegmentSlash", [0n, 0n, 1n, 1n])).rejects.toThrow("JobsSegmentNotShared");
  });

  test("leaves nothing in escrow for the other claims of the job", async () => {
    await claimTwo();
    await claimTwo();
    await chain.send(transcoder(), protocol.jobs, "claimWork", [0n, [2n, 3n], keccak256("0x")]);
    await chain.send(finder(), protocol.jobs, "doubleClaimSegmentSlash", [0n, 0n, 1n, 1n]);
    await chain.mine(20n);
    await expect(chain.send(transcoder(), protocol.jobs, "distributeFees", [0n, 2n])).rejects.toThrow("JobsInsufficientEscrow");
  });
});

describe("parameters of jobs", () => {
  test.each([
    ["setVerificationRate", 0n],
    ["setVerificationPeriod", 247n],
    ["setVerificationSlashingPeriod", 2n ** 256n - 1n],
    ["setFailedVerificationSlashAmount", 1_000_001n],
    ["setMissedVerificationSlashAmount", 1_000_001n],
    ["setDoubleClaimSegmentSlashAmount", 1_000_001n],
    ["setFinderFee", 1_000_001n],
  ])("%s refuses %d", async (setter, value) => {
    await expect(protocol.set(protocol.jobs, setter, value)).rejects.toThrow("JobsInvalidParameter");
  });

  test.each([
    ["verificationRate", 500n],
    ["verificationPeriod", 246n],
    ["verificationSlashingPeriod", 246n],
    ["failedVerificationSlashAmount", 1_000_000n],
    ["missedVerificationSlashAmount", 0n],
    ["doubleClaimSegmentSlashAmount", 1_000_000n],
    ["finderFee", 1_000_000n],
  ])("%s takes %d from the owner alone and tells so", async (name, value) => {
    const setter = `set${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
    await expect(chain.send(finder(), protocol.jobs, setter, [value])).rejects.toThrow("ManagerCallerNotControllerOwner");
    const receipt = await protocol.set(protocol.jobs, setter, value);
    expect(chain.event(receipt, protocol.jobs, "ParameterUpdate")["param"]).toBe(name);
    expect(await chain.readNumber(protocol.jobs, name)).toBe(value);
  });
});

describe("JobsManagerV2", () => {
  test("keeps all state, and bounds the segments of a claim once a bound is set", async () => {
    await claimTwo();
    const before = await chain.read(protocol.jobs, "getJob", [0n]);
    const target = await chain.deploy(protocol.owner, "JobsManagerV2", [protocol.controller.address]);
    await protocol.register("JobsManagerTarget", target.address);
    const upgraded = chain.at(protocol.jobs.address, "JobsManagerV2");
    expect(await chain.read(upgraded, "getJob", [0n])).toEqual(before);
    expect(await chain.readNumber(upgraded, "maxSegmentsPerClaim")).toBe(0n);

    const claim = (range: [bigint, bigint]) => chain.send(transcoder(), upgraded, "claimWork", [0n, range, keccak256("0x")]);
    await claim([2n, 9n]);
    await protocol.set(upgraded, "setMaxSegmentsPerClaim", 2n);
    await claim([10n, 11n]);
    await expect(claim([12n, 14n])).rejects.toThrow("JobsTooManySegments(3,2)");
    await expect(claim([0n, 2n ** 256n - 1n])).rejects.toThrow();
  });
});
