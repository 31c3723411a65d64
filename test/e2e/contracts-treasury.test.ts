import { ZeroAddress, ZeroHash, id, keccak256, AbiCoder } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, ContractsChain, type Deployed, LPT, Protocol } from "./contracts-chain.ts";

const TEN_PERCENT = 10n ** 26n;

let chain: ContractsChain;
let protocol: Protocol;
let treasury: Deployed;
const transcoder = (): Account => chain.account(1);
const delegator = (): Account => chain.account(2);
const proposer = (): Account => chain.account(3);
const stranger = (): Account => chain.account(4);

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei: 100_000n * LPT, inflationPpm: 100n, inflationChangePpm: 0n, poolSize: 2n });
  treasury = await chain.deploy(protocol.owner, "Treasury");
});
afterAll(() => chain.stop());

describe("the treasury's part of rewards", () => {
  const rates = async (): Promise<bigint[]> => [
    await chain.readNumber(protocol.bonding, "treasuryRewardCutRate"),
    await chain.readNumber(protocol.bonding, "nextRoundTreasuryRewardCutRate"),
  ];
  const balance = (): Promise<bigint> => chain.readNumber(protocol.token, "balanceOf", [treasury.address]);
  const reward = () => chain.send(transcoder(), protocol.bonding, "reward");

  beforeAll(async () => {
    await protocol.nextRound();
    await protocol.bond(transcoder(), 700n * LPT, transcoder());
    await chain.send(transcoder(), protocol.bonding, "transcoder(uint256,uint256)", [100_000n, 500_000n]);
    await protocol.bond(delegator(), 300n * LPT, transcoder());
  });

  test("is set by the Controller's owner, up to 100%, from the next round on", async () => {
    const { bonding, owner } = protocol;
    await expect(chain.send(stranger(), bonding, "setTreasuryRewardCutRate", [0n])).rejects.toThrow("ManagerCallerNotControllerOwner");
    await expect(chain.send(stranger(), bonding, "setTreasuryBalanceCeiling", [0n])).rejects.toThrow("ManagerCallerNotControllerOwner");
    await expect(chain.send(owner, bonding, "setTreasuryRewardCutRate", [10n ** 27n + 1n])).rejects.toThrow(
      "BondingInvalidPercentage(treasuryRewardCutRate",
    );
    await chain.send(owner, bonding, "setTreasuryRewardCutRate", [10n ** 27n]);
    const receipt = await chain.send(owner, bonding, "setTreasuryRewardCutRate", [TEN_PERCENT]);
    expect(chain.event(receipt, bonding, "ParameterUpdate")[0]).toBe("nextRoundTreasuryRewardCutRate");
    expect(await rates()).toEqual([0n, TEN_PERCENT]);
    await protocol.nextRound();
    expect(await rates()).toEqual([TEN_PERCENT, TEN_PERCENT]);
  });

  test("stays with the transcoder and its delegators while there is no Treasury", async () => {
    await chain.send(protocol.owner, protocol.bonding, "setTreasuryBalanceCeiling", [1n]);
    const receipt = await reward();
    expect(chain.event(receipt, protocol.bonding, "Reward")[1]).toBe(10n * LPT);
    expect(() => chain.event(receipt, protocol.bonding, "TreasuryReward")).toThrow();
    expect(await rates()).toEqual([TEN_PERCENT, TEN_PERCENT]);
    await chain.send(protocol.owner, protocol.bonding, "setTreasuryBalanceCeiling", [0n]);
    await protocol.register("Treasury", treasury.address);
  });

  test("is paid to the Treasury first, and the rest is shared as ever", async () => {
    const { bonding } = protocol;
    await protocol.nextRound();
    const [ofTranscoder, ofDelegator] = [await protocol.pendingStake(transcoder()), await protocol.pendingStake(delegator())];
    const minted = await chain.readNumber(protocol.minter, "currentMintableTokens");
    const receipt = await reward();
    expect(chain.event(receipt, bonding, "TreasuryReward").toArray()).toEqual([transcoder().address, treasury.address, minted / 10n]);
    const left = minted - minted / 10n;
    expect(chain.event(receipt, bonding, "Reward")[1]).toBe(left);
    expect(await balance()).toBe(minted / 10n);
    const earned = (await protocol.pendingStake(transcoder())) + (await protocol.pendingStake(delegator())) - ofTranscoder - ofDelegator;
    expect(earned).toBeLessThanOrEqual(left);
    expect(earned).toBeGreaterThan(left - 1_000n);
  });

  test("stops a round after the Treasury is found to be full", async () => {
    const { bonding, owner } = protocol;
    await chain.send(owner, bonding, "setTreasuryBalanceCeiling", [await balance()]);
    await protocol.nextRound();
    expect(await rates()).toEqual([TEN_PERCENT, TEN_PERCENT]);
    const before = await balance();
    const receipt = await reward();
    expect(chain.event(receipt, bonding, "ParameterUpdate")[0]).toBe("nextRoundTreasuryRewardCutRate");
    expect(await balance()).toBeGreaterThan(before);
    expect(await rates()).toEqual([TEN_PERCENT, 0n]);
    await protocol.nextRound();
    const full = await balance();
    await reward();
    expect([...(await rates()), await balance()]).toEqual([0n, 0n, full]);
  });
});

describe("the Treasury", () => {
  const NO_PREDECESSOR = ZeroHash;
  const SALT = `0x${"01".repeat(32)}`;
  const DELAY_SECONDS = 60n;
  const payment = (): [string, bigint, string] => [
    protocol.token.address,
    0n,
    protocol.token.abi.encodeFunctionData("transfer", [stranger().address, 5n]),
  ];
  const has = async (role: string, address: string): Promise<boolean> =>
    String(await chain.read(treasury, "hasRole", [id(role), address])) === "true";

  test("is initialized once, with proposers who can cancel, executors and a delay", async () => {
    const args = [DELAY_SECONDS, [proposer().address], [proposer().address], ZeroAddress];
    const receipt = await chain.send(protocol.owner, treasury, "initialize", args);
    expect(chain.event(receipt, treasury, "Initialized").toArray()).toEqual([1n]);
    expect(chain.event(receipt, treasury, "MinDelayChange").toArray()).toEqual([0n, DELAY_SECONDS]);
    for (const role of ["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"]) expect(await has(role, proposer().address)).toBe(true);
    await expect(chain.send(stranger(), treasury, "initialize", args)).rejects.toThrow("TreasuryAlreadyInitialized");
  });

  test("administers its own roles, and nobody else does", async () => {
    const admin = id("TIMELOCK_ADMIN_ROLE");
    expect(await chain.read(treasury, "TIMELOCK_ADMIN_ROLE")).toBe(admin);
    for (const role of ["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE", "TIMELOCK_ADMIN_ROLE"]) {
      expect(await chain.read(treasury, "getRoleAdmin", [id(role)])).toBe(admin);
    }
    expect(await has("TIMELOCK_ADMIN_ROLE", treasury.address)).toBe(true);
    expect(await chain.read(treasury, "hasRole", [ZeroHash, treasury.address])).toBe(false);
    await expect(chain.send(protocol.owner, treasury, "grantRole", [id("PROPOSER_ROLE"), stranger().address])).rejects.toThrow(
      "AccessControlUnauthorizedAccount",
    );
    await expect(chain.send(proposer(), treasury, "updateDelay", [0n])).rejects.toThrow("TimelockUnauthorizedCaller");
  });

  test("pays out what was scheduled, after the delay, and nothing else", async () => {
    const [target, value, data] = payment();
    const schedule = (from: Account) => chain.send(from, treasury, "schedule", [target, value, data, NO_PREDECESSOR, SALT, DELAY_SECONDS]);
    const execute = (from: Account) => chain.send(from, treasury, "execute", [target, value, data, NO_PREDECESSOR, SALT]);
    await expect(schedule(stranger())).rejects.toThrow("AccessControlUnauthorizedAccount");
    await schedule(proposer());
    const operation = keccak256(
      AbiCoder.defaultAbiCoder().encode(["address", "uint256", "bytes", "bytes32", "bytes32"], [target, value, data, NO_PREDECESSOR, SALT]),
    );
    expect(await chain.read(treasury, "isOperationPending", [operation])).toBe(true);
    await expect(execute(proposer())).rejects.toThrow("TimelockUnexpectedOperationState");
    await chain.advanceSeconds(DELAY_SECONDS);
    await expect(execute(stranger())).rejects.toThrow("AccessControlUnauthorizedAccount");
    await execute(proposer());
    expect(await chain.readNumber(protocol.token, "balanceOf", [stranger().address])).toBe(5n);
    expect(await chain.read(treasury, "isOperationDone", [operation])).toBe(true);
  });
});

test("an administrator named at initialization grants roles until it renounces", async () => {
  const fresh = await chain.deploy(protocol.owner, "Treasury");
  const admin = id("TIMELOCK_ADMIN_ROLE");
  await chain.send(protocol.owner, fresh, "initialize", [0n, [], [], protocol.owner.address]);
  await chain.send(protocol.owner, fresh, "grantRole", [id("EXECUTOR_ROLE"), ZeroAddress]);
  await chain.send(protocol.owner, fresh, "renounceRole", [admin, protocol.owner.address]);
  await expect(chain.send(protocol.owner, fresh, "grantRole", [admin, stranger().address])).rejects.toThrow("AccessControlUnauthorizedAccount");
});
