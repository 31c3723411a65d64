import { ZeroAddress } from "ethers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Receipt } from "../../src/chain/rpc.ts";
import { type Account, ContractsChain, type Deployed, LPT, Protocol } from "./contracts-chain.ts";

const NO_HINTS = [ZeroAddress, ZeroAddress, ZeroAddress, ZeroAddress];

let chain: ContractsChain;
let protocol: Protocol;
let votes: Deployed;
const first = (): Account => chain.account(1);
const second = (): Account => chain.account(2);
const delegator = (): Account => chain.account(3);
const payer = (): Account => chain.account(4);
const newcomer = (): Account => chain.account(5);
const migrator = (): Account => chain.account(6);

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei: 100_000n * LPT, inflationPpm: 100n, inflationChangePpm: 0n, poolSize: 3n });
  votes = await protocol.deployProxied("BondingVotes");
  await protocol.nextRound();
  await protocol.bond(first(), 700n * LPT, first());
  await protocol.bond(delegator(), 300n * LPT, first());
  await protocol.bond(second(), 500n * LPT, second());
  for (const account of [payer(), migrator()]) {
    await chain.send(protocol.owner, protocol.token, "transfer", [account.address, 1_000n * LPT]);
    await chain.send(account, protocol.token, "approve", [protocol.bonding.address, 1_000n * LPT]);
  }
});
afterAll(() => chain.stop());

const bondFor = (owner: { address: string }, to: { address: string }, amount = 10n * LPT, from = payer()): Promise<Receipt> =>
  chain.send(from, protocol.bonding, "bondForWithHint", [amount, owner.address, to.address, ...NO_HINTS]);
const transfer = (from: Account, to: { address: string }, amount: bigint): Promise<Receipt> =>
  chain.send(from, protocol.bonding, "transferBond", [to.address, amount, ...NO_HINTS]);
const votesOf = (account: Account): Promise<bigint> => chain.readNumber(votes, "getVotes", [account.address]);
const totalOf = (account: Account): Promise<bigint> => chain.readNumber(protocol.bonding, "transcoderTotalStake", [account.address]);
const delegateOf = async (account: Account): Promise<unknown> =>
  (await chain.read(protocol.bonding, "getDelegator", [account.address]))["delegateAddress"];

test("another may add to the stake of an account, where it is, and for its own money", async () => {
  const receipt = await bondFor(delegator(), first());
  expect(chain.event(receipt, protocol.bonding, "Bond").toArray()).toEqual([
    first().address, first().address, delegator().address, 10n * LPT, 310n * LPT,
  ]);
  expect([await protocol.pendingStake(delegator()), await totalOf(first()), await votesOf(delegator())]).toEqual([
    310n * LPT, 1_010n * LPT, 310n * LPT,
  ]);
  expect(await chain.readNumber(protocol.token, "balanceOf", [payer().address])).toBe(990n * LPT);
  await expect(bondFor(delegator(), first(), 0n)).rejects.toThrow("BondingZeroAmount");
});

test("nobody else chooses the delegate of an account that has one", async () => {
  await expect(bondFor(delegator(), second())).rejects.toThrow(`BondingDelegateChangeByOther(${delegator().address})`);
  await expect(bondFor(delegator(), delegator())).rejects.toThrow("BondingDelegateChangeByOther");
  await bondFor(delegator(), second(), 0n, delegator());
  expect(await delegateOf(delegator())).toBe(second().address);
  await bondFor(delegator(), first(), 0n, delegator());
});

test("nobody else makes a transcoder of an account, nor stake of nobody", async () => {
  await expect(bondFor(newcomer(), newcomer())).rejects.toThrow("BondingInvalidDelegate()");
  await expect(bondFor({ address: ZeroAddress }, first())).rejects.toThrow("BondingInvalidDelegator()");
  await expect(bondFor(newcomer(), { address: ZeroAddress })).rejects.toThrow("BondingInvalidDelegate()");
  await bondFor(newcomer(), second());
  expect([await delegateOf(newcomer()), await protocol.pendingStake(newcomer())]).toEqual([second().address, 10n * LPT]);
});

test("another cannot cost an account the reward its delegate has not called yet", async () => {
  await protocol.nextRound();
  const refusal = `BondingRewardPending(${delegator().address})`;
  await expect(bondFor(delegator(), first())).rejects.toThrow(refusal);
  // Who has claimed itself in this round has nothing more to lose.
  await chain.send(newcomer(), protocol.bonding, "claimEarnings", [0n]);
  await bondFor(newcomer(), second(), 1n);
  await chain.send(second(), protocol.bonding, "reward");
  await expect(transfer(newcomer(), delegator(), LPT)).rejects.toThrow(refusal);
  await chain.send(first(), protocol.bonding, "reward");
  const before = await protocol.pendingStake(delegator());
  expect(before).toBeGreaterThan(310n * LPT);
  await bondFor(delegator(), first());
  expect(await protocol.pendingStake(delegator())).toBe(before + 10n * LPT);
});

test("stake is handed over with one lock for another, to the receiver's own delegate", async () => {
  const [given, received] = [await protocol.pendingStake(newcomer()), await protocol.pendingStake(delegator())];
  const [ofFirst, ofSecond] = [await totalOf(first()), await totalOf(second())];
  const receipt = await transfer(newcomer(), delegator(), 4n * LPT);
  expect(chain.event(receipt, protocol.bonding, "TransferBond").toArray()).toEqual([newcomer().address, delegator().address, 0n, 0n, 4n * LPT]);
  expect(chain.event(receipt, protocol.bonding, "Rebond").toArray()).toEqual([first().address, delegator().address, 0n, 4n * LPT]);
  expect([await protocol.pendingStake(newcomer()), await protocol.pendingStake(delegator())]).toEqual([given - 4n * LPT, received + 4n * LPT]);
  expect([await totalOf(first()), await totalOf(second())]).toEqual([ofFirst + 4n * LPT, ofSecond - 4n * LPT]);
  expect([await votesOf(newcomer()), await votesOf(delegator())]).toEqual([given - 4n * LPT, received + 4n * LPT]);
  expect(await chain.read(protocol.bonding, "isValidUnbondingLock", [newcomer().address, 0n])).toBe(false);
  expect(await chain.read(protocol.bonding, "isValidUnbondingLock", [delegator().address, 0n])).toBe(false);
});

test("a receiver without stake takes the giver's delegate, unless it is that delegate", async () => {
  const all = await protocol.pendingStake(newcomer());
  const ofSecond = await totalOf(second());
  await transfer(newcomer(), payer(), all);
  expect([await delegateOf(payer()), await delegateOf(newcomer()), await protocol.pendingStake(payer())]).toEqual([second().address, ZeroAddress, all]);
  expect(await totalOf(second())).toBe(ofSecond);
  expect(await chain.readNumber(protocol.bonding, "delegatorStatus", [payer().address])).toBe(0n);
  await expect(transfer(payer(), newcomer(), all)).rejects.toThrow("BondingNotBonded");

  await protocol.nextRound();
  const own = await protocol.pendingStake(second());
  await chain.send(second(), protocol.bonding, "unbond", [own]);
  await expect(transfer(payer(), second(), LPT)).rejects.toThrow("BondingInvalidDelegate()");
  await expect(transfer(payer(), { address: ZeroAddress }, LPT)).rejects.toThrow("BondingInvalidDelegator()");
  await expect(transfer(payer(), newcomer(), 100n * LPT)).rejects.toThrow("BondingInsufficientAmount");
});

test("what is registered as L2Migrator may choose delegates, and need not wait for a reward", async () => {
  await expect(bondFor(delegator(), second(), LPT, migrator())).rejects.toThrow("BondingDelegateChangeByOther");
  await protocol.register("L2Migrator", migrator().address);
  await bondFor(migrator(), first(), LPT, migrator());
  await bondFor(newcomer(), newcomer(), 5n * LPT, migrator());
  await bondFor(delegator(), newcomer(), LPT, migrator());
  expect([await delegateOf(newcomer()), await delegateOf(delegator())]).toEqual([newcomer().address, newcomer().address]);
});

test("neither works while the protocol is stopped or the round has not begun", async () => {
  await chain.mine(200n);
  await expect(bondFor(delegator(), newcomer())).rejects.toThrow("BondingRoundNotInitialized");
  await expect(transfer(delegator(), first(), LPT)).rejects.toThrow("BondingRoundNotInitialized");
  await chain.send(protocol.owner, protocol.controller, "pause");
  await expect(bondFor(delegator(), newcomer())).rejects.toThrow("ManagerSystemPaused");
  await expect(transfer(delegator(), first(), LPT)).rejects.toThrow("ManagerSystemPaused");
});
