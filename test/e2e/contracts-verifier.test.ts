import { keccak256, solidityPackedKeccak256, ZeroAddress } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Hex } from "../../src/protocol/hex.ts";
import { type Account, ContractsChain, ETH, LPT, Protocol, type Deployed } from "./contracts-chain.ts";
import { PROFILES, rootOf, type Segment, signSegment, STREAM, verifyArguments } from "./contracts-segments.ts";

const PRICE_WEI = 1_000_000n;
const WRONG = keccak256("0x");

let chain: ContractsChain;
let protocol: Protocol;
let verifier: Deployed;
let first: Segment;
let second: Segment;
let untouched: string;
const transcoder = (): Account => chain.account(1);
const broadcaster = (): Account => chain.account(3);
const solver = (): Account => chain.account(4);
const stranger = (): Account => chain.account(5);

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei: 100_000n * LPT, inflationPpm: 0n, inflationChangePpm: 0n, poolSize: 2n });
  const { controller, jobs, owner } = protocol;
  verifier = await chain.deploy(owner, "LivepeerVerifier", [controller.address, [solver().address], "Qm1"]);
  await protocol.register("Verifier", verifier.address);
  await protocol.nextRound();
  await protocol.bond(transcoder(), 1_000n * LPT, transcoder());
  await protocol.nextRound();
  await chain.send(broadcaster(), jobs, "deposit", [], ETH);
  const end = (await chain.rpc.blockNumber()) + 100n;
  await chain.send(broadcaster(), jobs, "job", [STREAM, PROFILES, PRICE_WEI, end]);
  [first, second] = [await signSegment(broadcaster(), 0n), await signSegment(broadcaster(), 1n)];
  await chain.send(transcoder(), jobs, "claimWork", [0n, [0n, 1n], rootOf(first, second)]);
  await chain.mine(1n);
  untouched = await chain.rpc.request("evm_snapshot", [], z.string());
});
afterAll(() => chain.stop());
// Every test starts with two segments claimed, both challenged, neither submitted.
beforeEach(async () => {
  await chain.rpc.request("evm_revert", [untouched], z.unknown());
  untouched = await chain.rpc.request("evm_snapshot", [], z.string());
});

const submit = (proven: Segment, other: Segment) => chain.send(transcoder(), protocol.jobs, "verify", verifyArguments(proven, other));
const answer = (requestId: bigint, result: string, from = solver()) => chain.send(from, verifier, "__callback", [requestId, result]);
const found = ({ dataHashes }: Segment): Hex => solidityPackedKeccak256(["bytes32", "bytes32"], dataHashes) as Hex;

describe("the Verifier of the launch", () => {
  test("tells solvers all they need to recompute a challenged segment, and writes down what they should find", async () => {
    const receipt = await submit(first, second);
    expect(chain.event(receipt, verifier, "VerifyRequest").toArray()).toEqual([
      0n, 0n, 0n, 0n, PROFILES, "where", ...first.dataHashes,
    ]);
    expect((await chain.read(verifier, "requests", [0n])).toArray()).toEqual([0n, 0n, 0n, found(first)]);
    await submit(second, first);
    expect((await chain.read(verifier, "requests", [1n])).toArray()).toEqual([0n, 0n, 1n, found(second)]);
    expect(await chain.readNumber(verifier, "requestCount")).toBe(2n);
  });

  test("passes a segment for which the solver found the same, and the claim can be paid", async () => {
    await submit(first, second);
    await submit(second, first);
    const receipt = await answer(0n, found(first));
    expect(chain.event(receipt, verifier, "Callback").toArray()).toEqual([0n, 0n, 0n, 0n, true]);
    expect(chain.event(receipt, protocol.jobs, "PassedVerification").toArray()).toEqual([transcoder().address, 0n, 0n, 0n]);
    await answer(1n, found(second));
    await chain.mine(20n);
    await chain.send(transcoder(), protocol.jobs, "distributeFees", [0n, 0n]);
    expect(await protocol.pendingFees(transcoder())).toBe(4n * PRICE_WEI);
    expect(await protocol.pendingStake(transcoder())).toBe(1_000n * LPT);
  });

  test("fails a segment for which the solver found something else, and the transcoder is slashed", async () => {
    await submit(first, second);
    await submit(second, first);
    const receipt = await answer(1n, WRONG);
    expect(chain.event(receipt, verifier, "Callback").toArray()).toEqual([1n, 0n, 0n, 1n, false]);
    expect(chain.event(receipt, protocol.jobs, "FailedVerification").toArray()).toEqual([transcoder().address, 0n, 0n, 1n]);
    expect(await protocol.pendingStake(transcoder())).toBe(990n * LPT);
    expect((await chain.read(protocol.jobs, "broadcasters", [broadcaster().address]))["deposit"]).toBe(ETH);
    // The claim is judged: what another segment of it would have shown no longer counts.
    await expect(answer(0n, found(first))).rejects.toThrow("JobsClaimNotPending(0,0)");
  });

  test("takes an answer once, from a solver, to a request that was made", async () => {
    await submit(first, second);
    await expect(answer(0n, found(first), stranger())).rejects.toThrow("VerifierUnauthorizedCaller");
    await answer(0n, found(first));
    await expect(answer(0n, WRONG)).rejects.toThrow("VerifierUnknownRequest(0)");
    await expect(answer(1n, WRONG)).rejects.toThrow("VerifierUnknownRequest(1)");
    expect(await protocol.pendingStake(transcoder())).toBe(1_000n * LPT);
  });

  test("rests while the protocol is stopped", async () => {
    await submit(first, second);
    await chain.send(protocol.owner, protocol.controller, "pause");
    await expect(answer(0n, found(first))).rejects.toThrow("ManagerSystemPaused");
    await chain.send(protocol.owner, protocol.controller, "unpause");
    await answer(0n, found(first));
  });

  test("is asked by the JobsManager alone", async () => {
    const args = [0n, 0n, 0n, PROFILES, "where", first.dataHashes];
    await expect(chain.send(stranger(), verifier, "verify", args)).rejects.toThrow("VerifierUnauthorizedCaller");
  });

  test("gets solvers and the place of their program from the owner of the Controller, and tells so", async () => {
    await expect(chain.send(stranger(), verifier, "addSolver", [stranger().address])).rejects.toThrow("ManagerCallerNotControllerOwner");
    await expect(chain.send(stranger(), verifier, "setVerificationCodeHash", ["Qm2"])).rejects.toThrow("ManagerCallerNotControllerOwner");
    for (const invalid of [ZeroAddress, solver().address]) {
      await expect(chain.send(protocol.owner, verifier, "addSolver", [invalid])).rejects.toThrow(`VerifierInvalidSolver(${invalid})`);
    }
    const added = await chain.send(protocol.owner, verifier, "addSolver", [stranger().address]);
    expect(chain.event(added, verifier, "ParameterUpdate")["param"]).toBe("solvers");
    expect(await chain.read(verifier, "solvers", [1n])).toBe(stranger().address);
    const moved = await chain.send(protocol.owner, verifier, "setVerificationCodeHash", ["Qm2"]);
    expect(chain.event(moved, verifier, "ParameterUpdate")["param"]).toBe("verificationCodeHash");
    expect(await chain.read(verifier, "verificationCodeHash")).toBe("Qm2");
    await submit(first, second);
    await answer(0n, found(first), stranger());
  });

  test("is not made with a null solver or one named twice", async () => {
    for (const solvers of [[ZeroAddress], [solver().address, solver().address]]) {
      const made = chain.deploy(protocol.owner, "LivepeerVerifier", [protocol.controller.address, solvers, ""]);
      await expect(made).rejects.toThrow("VerifierInvalidSolver");
    }
  });
});

describe("the Verifier that believes everybody", () => {
  test("passes a segment in the transaction that submits it, for the JobsManager alone", async () => {
    const trusting = await chain.deploy(protocol.owner, "IdentityVerifier", [protocol.controller.address]);
    await protocol.register("Verifier", trusting.address);
    const receipt = await submit(first, second);
    expect(chain.event(receipt, protocol.jobs, "PassedVerification").toArray()).toEqual([transcoder().address, 0n, 0n, 0n]);
    expect(await chain.readNumber(trusting, "getPrice")).toBe(0n);
    const args = [0n, 0n, 1n, PROFILES, "where", second.dataHashes];
    await expect(chain.send(stranger(), trusting, "verify", args)).rejects.toThrow("VerifierUnauthorizedCaller");
  });
});
