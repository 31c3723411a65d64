import { AbiCoder, ZeroAddress, keccak256 } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { type Account, ContractsChain, type Deployed, ETH, GIT_HASH, LPT, Protocol, Reverted } from "./contracts-chain.ts";

let chain: ContractsChain;
let protocol: Protocol;
const stranger = (): Account => chain.account(5);

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, {
    supplyWei: 1_000_000n * LPT,
    inflationPpm: 137n,
    inflationChangePpm: 3n,
    poolSize: 2n,
  });
});
afterAll(() => chain.stop());

describe("the proxy", () => {
  test("runs whatever the registry says, so that one write is the whole upgrade", async () => {
    const { jobs, controller } = protocol;
    const target = await chain.deploy(protocol.owner, "JobsManagerV2", [controller.address]);
    const receipt = await protocol.register("JobsManagerTarget", target.address);
    expect(chain.event(receipt, controller, "SetContractInfo").toArray()).toEqual([contractId("JobsManagerTarget"), target.address, GIT_HASH]);
    const upgraded = chain.at(jobs.address, "JobsManagerV2");
    expect(await chain.readNumber(upgraded, "maxSegmentsPerClaim")).toBe(0n);
    expect(await chain.readNumber(upgraded, "verificationPeriod")).toBe(10n);
    expect((await chain.read(controller, "getContractInfo", [contractId("JobsManagerTarget")])).toArray()).toEqual([target.address, GIT_HASH]);
  });

  test("answers controller and setController itself, not through the target", async () => {
    const { jobs, controller, owner } = protocol;
    const target = await chain.read(controller, "getContract", [contractId("JobsManagerTarget")]);
    const other = await chain.deploy(owner, "Controller");
    await expect(chain.send(owner, jobs, "setController", [other.address])).rejects.toThrow("ManagerCallerNotController");
    await chain.send(owner, controller, "updateController", [contractId("JobsManager"), other.address]);
    expect(await chain.read(jobs, "controller")).toBe(other.address);
    expect(await chain.read(chain.at(String(target) as Address, "JobsManager"), "controller")).toBe(controller.address);
    await expect(chain.read(jobs, "numJobs")).rejects.toThrow();
    const back = () => chain.send(owner, other, "updateController", [contractId("JobsManager"), controller.address]);
    await expect(back()).rejects.toThrow("ControllerUnknownContract");
    await chain.send(owner, other, "setContractInfo", [contractId("JobsManager"), jobs.address, GIT_HASH]);
    await back();
    expect(await chain.readNumber(jobs, "numJobs")).toBe(0n);
  });

  test("refuses calls while nothing is registered, and gives the reason of a target unchanged", async () => {
    const { rounds, controller } = protocol;
    const target = String(await chain.read(controller, "getContract", [contractId("RoundsManagerTarget")])) as Address;
    chain.at(rounds.address, "ManagerProxy");
    await protocol.register("RoundsManagerTarget", ZeroAddress as Address);
    await expect(chain.send(stranger(), rounds, "initializeRound")).rejects.toThrow("ManagerProxyTargetNotRegistered");
    await protocol.register("RoundsManagerTarget", target);
    await expect(chain.send(stranger(), rounds, "setRoundLength", [1n])).rejects.toThrow("ManagerCallerNotControllerOwner");
  });
});

describe("the Controller", () => {
  test("obeys its owner alone", async () => {
    const { controller } = protocol;
    for (const [name, args] of [
      ["setContractInfo", [contractId("X"), controller.address, GIT_HASH]],
      ["updateController", [contractId("Minter"), controller.address]],
      ["transferOwnership", [stranger().address]],
      ["pause", []],
      ["unpause", []],
    ] as const) {
      await expect(chain.send(stranger(), controller, name, [...args])).rejects.toThrow("OwnerUnauthorized");
    }
    await expect(chain.send(protocol.owner, controller, "transferOwnership", [ZeroAddress])).rejects.toThrow("OwnerInvalid");
  });

  test("starts paused, and while paused stops users but not governance", async () => {
    const { controller, jobs, owner } = protocol;
    expect(await chain.read(await chain.deploy(owner, "Controller"), "paused")).toBe(true);
    await chain.send(owner, controller, "pause");
    await expect(chain.send(stranger(), jobs, "deposit", [], 1n)).rejects.toThrow("ManagerSystemPaused");
    await protocol.set(jobs, "setVerificationRate", 7n);
    await expect(chain.send(owner, controller, "pause")).rejects.toThrow("ControllerPaused");
    await chain.send(owner, controller, "unpause");
    await expect(chain.send(owner, controller, "unpause")).rejects.toThrow("ControllerNotPaused");
  });
});

describe("the Minter", () => {
  test("can be replaced while the protocol is stopped, with its tokens, its ether and the right to mint", async () => {
    const { minter, controller, token, jobs, owner } = protocol;
    await chain.send(stranger(), jobs, "deposit", [], ETH);
    await chain.send(owner, token, "transfer", [minter.address, 5n * LPT]);
    const successor = await chain.deploy(owner, "Minter", [controller.address, 140n, 3n, 500_000n]);
    await expect(chain.send(owner, minter, "migrateToNewMinter", [successor.address])).rejects.toThrow("ManagerSystemNotPaused");
    await chain.send(owner, controller, "pause");
    await expect(chain.send(owner, minter, "migrateToNewMinter", [minter.address])).rejects.toThrow("MinterInvalidNewMinter");
    await chain.send(owner, minter, "migrateToNewMinter", [successor.address]);
    await protocol.register("Minter", successor.address);
    await chain.send(owner, controller, "unpause");
    expect(await chain.readNumber(token, "balanceOf", [successor.address])).toBe(5n * LPT);
    expect(await chain.rpc.balanceWei(successor.address)).toBe(ETH);
    expect(await chain.read(token, "owner")).toBe(successor.address);
    protocol.minter = successor;
    await protocol.nextRound();
    expect(await chain.readNumber(successor, "inflation")).toBe(143n);
  });

  test("serves the protocol's contracts alone", async () => {
    const { minter } = protocol;
    for (const [name, args] of [
      ["createReward", [1n, 1n]],
      ["trustedTransferTokens", [stranger().address, 1n]],
      ["trustedBurnTokens", [1n]],
      ["trustedWithdrawETH", [stranger().address, 1n]],
      ["depositETH", []],
      ["setCurrentRewardTokens", []],
    ] as const) {
      await expect(chain.send(stranger(), minter, name, [...args])).rejects.toThrow("MinterUnauthorizedCaller");
    }
  });
});

describe("the Governor", () => {
  let governor: Deployed;
  beforeAll(async () => {
    governor = await chain.deploy(protocol.owner, "Governor");
    await chain.send(protocol.owner, protocol.controller, "transferOwnership", [governor.address]);
  });

  type Update = [target: Address[], value: bigint[], data: Hex[], nonce: bigint];
  const update = (calls: { to: Deployed | Address; data?: Hex; valueWei?: bigint }[], nonce = 0n): Update => [
    calls.map(({ to }) => (typeof to === "string" ? to : to.address)),
    calls.map(({ valueWei }) => valueWei ?? 0n),
    calls.map(({ data }) => data ?? "0x"),
    nonce,
  ];
  const setRate = (value: bigint): { to: Deployed; data: Hex } => ({
    to: protocol.jobs,
    data: protocol.jobs.abi.encodeFunctionData("setVerificationRate", [value]) as Hex,
  });
  const stage = (staged: Update, delay: bigint, from = protocol.owner) => chain.send(from, governor, "stage", [staged, delay]);
  const execute = (staged: Update, valueWei = 0n) => chain.send(stranger(), governor, "execute", [staged], valueWei);

  test("knows an update by keccak256 of its ABI encoding", async () => {
    const staged = update([setRate(11n)]);
    await stage(staged, 0n);
    const encoded = AbiCoder.defaultAbiCoder().encode(["tuple(address[],uint256[],bytes[],uint256)"], [staged]);
    expect(await chain.readNumber(governor, "updates", [keccak256(encoded)])).toBe(await chain.rpc.blockNumber());
    await execute(staged);
    expect(await chain.readNumber(protocol.jobs, "verificationRate")).toBe(11n);
    expect(await chain.readNumber(governor, "updates", [keccak256(encoded)])).toBe(0n);
  });

  test("lets anyone execute after the delay, once, and not a block earlier", async () => {
    const staged = update([setRate(12n)]);
    const { blockNumber } = await stage(staged, 5n);
    await expect(stage(staged, 5n)).rejects.toThrow("GovernorAlreadyStaged");
    await chain.mineUpTo(blockNumber + 4n);
    await expect(execute(staged)).rejects.toThrow("GovernorDelayNotExpired");
    await execute(staged);
    await expect(execute(staged)).rejects.toThrow("GovernorNotStaged");
    expect(await chain.readNumber(protocol.jobs, "verificationRate")).toBe(12n);
  });

  test("lets its owner alone stage and cancel", async () => {
    const staged = update([setRate(13n)]);
    await expect(stage(staged, 0n, stranger())).rejects.toThrow("GovernorUnauthorized");
    await stage(staged, 0n);
    await expect(chain.send(stranger(), governor, "cancel", [staged])).rejects.toThrow("GovernorUnauthorized");
    await chain.send(protocol.owner, governor, "cancel", [staged]);
    await expect(execute(staged)).rejects.toThrow("GovernorNotStaged");
    await expect(chain.send(protocol.owner, governor, "cancel", [staged])).rejects.toThrow("GovernorNotStaged");
  });

  test("refuses arrays of unequal lengths", async () => {
    const [target, value, data, nonce] = update([setRate(14n)]);
    await expect(stage([target, [], data, nonce], 0n)).rejects.toThrow("GovernorUnequalLengths(1,0,1)");
    await expect(stage([target, value, [...data, "0x"], nonce], 0n)).rejects.toThrow("GovernorUnequalLengths(1,1,2)");
  });

  test("refuses to call a target without code, but sends plain ether to one", async () => {
    const nobody = `0x${"66".repeat(20)}` as const;
    const typo = update([{ ...setRate(15n), to: nobody }]);
    await stage(typo, 0n);
    await expect(execute(typo)).rejects.toThrow("GovernorTargetWithoutCode(0,");
    const payment = update([{ to: nobody, valueWei: 3n }]);
    await stage(payment, 0n);
    await execute(payment, 3n);
    expect(await chain.rpc.balanceWei(nobody)).toBe(3n);
  });

  test("undoes the whole batch when one call fails, and gives its reason as a string of raw bytes", async () => {
    const staged = update([setRate(16n), setRate(0n)]);
    await stage(staged, 0n);
    const reverted: unknown = await execute(staged).catch((error: unknown) => error);
    if (!(reverted instanceof Reverted)) throw new Error("the update was executed");
    expect(reverted.data.slice(0, 10)).toBe("0x08c379a0");
    const [inner] = AbiCoder.defaultAbiCoder().decode(["bytes"], `0x${reverted.data.slice(10)}`);
    expect(chain.describeError(inner as Hex)).toBe("JobsInvalidParameter(verificationRate,0)");
    expect(await chain.readNumber(protocol.jobs, "verificationRate")).not.toBe(16n);
  });

  test("changes hands by an update of its own alone", async () => {
    const to = stranger().address;
    await expect(chain.send(protocol.owner, governor, "transferOwnership", [to])).rejects.toThrow("GovernorOnlySelf");
    const handover = update([{ to: governor, data: governor.abi.encodeFunctionData("transferOwnership", [to]) as Hex }]);
    await stage(handover, 0n);
    await execute(handover);
    expect(await chain.read(governor, "owner")).toBe(to);
  });
});
