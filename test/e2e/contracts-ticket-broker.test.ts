import { AbiCoder, MaxUint256, Signature, ZeroAddress, ZeroHash, concat, getBytes, keccak256, solidityPacked, toBeHex } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Receipt } from "../../src/chain/rpc.ts";
import { type Account, ContractsChain, type Deployed, ETH, LPT, Protocol, ROUND_BLOCKS } from "./contracts-chain.ts";

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

let chain: ContractsChain;
let protocol: Protocol;
let broker: Deployed;
const transcoder = (): Account => chain.account(1);
const delegator = (): Account => chain.account(2);
const second = (): Account => chain.account(3);
const sender = (): Account => chain.account(4);
const other = (): Account => chain.account(5);
const newcomer = (): Account => chain.account(6);

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei: 100_000n * LPT, inflationPpm: 100n, inflationChangePpm: 0n, poolSize: 3n });
  broker = await protocol.deployProxied("TicketBroker");
  await protocol.register("JobsManager", broker.address);
  await protocol.set(broker, "setUnlockPeriod", 2n);
  await protocol.set(broker, "setTicketValidityPeriod", 2n);
  await protocol.nextRound();
  await protocol.bond(transcoder(), 700n * LPT, transcoder());
  await chain.send(transcoder(), protocol.bonding, "transcoder(uint256,uint256)", [100_000n, 500_000n]);
  await protocol.bond(delegator(), 300n * LPT, transcoder());
  await protocol.bond(second(), 100n * LPT, second());
  await protocol.nextRound();
});
afterAll(() => chain.stop());

interface Ticket {
  recipient: string;
  sender: string;
  faceValue: bigint;
  winProb: bigint;
  senderNonce: bigint;
  recipientRandHash: string;
  auxData: string;
}
type Redemption = [ticket: Ticket, sig: string, recipientRand: bigint];

let nonce = 0n;
const currentRound = (): Promise<bigint> => chain.readNumber(protocol.rounds, "currentRound");
const auxData = (round: bigint, blockHash: unknown): string => AbiCoder.defaultAbiCoder().encode(["uint256", "bytes32"], [round, blockHash]);

/** A ticket of this round that wins for sure, but for what is said otherwise. */
async function ticket(faceValue: bigint, changed: Partial<Ticket> = {}): Promise<Ticket> {
  const round = await currentRound();
  nonce += 1n;
  return {
    recipient: transcoder().address,
    sender: sender().address,
    faceValue,
    winProb: MaxUint256,
    senderNonce: nonce,
    recipientRandHash: keccak256(solidityPacked(["uint256"], [nonce])),
    auxData: auxData(round, await chain.read(protocol.rounds, "blockHashForRound", [round])),
    ...changed,
  };
}

function hashOf(one: Ticket): string {
  return keccak256(
    solidityPacked(
      ["address", "address", "uint256", "uint256", "uint256", "bytes32", "bytes"],
      [one.recipient, one.sender, one.faceValue, one.winProb, one.senderNonce, one.recipientRandHash, one.auxData],
    ),
  );
}

async function signed(one: Ticket, by = sender()): Promise<Redemption> {
  return [one, await by.wallet.signMessage(getBytes(hashOf(one))), one.senderNonce];
}

const redeem = (redemption: Redemption): Promise<Receipt> => chain.send(other(), broker, "redeemWinningTicket", redemption);
const redeemNew = async (faceValue: bigint, changed: Partial<Ticket> = {}): Promise<Receipt> => redeem(await signed(await ticket(faceValue, changed)));
const vaultWei = (): Promise<bigint> => chain.rpc.balanceWei(protocol.minter.address);
const claimable = (account: Account): Promise<bigint> => chain.readNumber(broker, "claimableReserve", [sender().address, account.address]);
const claimed = (account: Account): Promise<bigint> => chain.readNumber(broker, "claimedReserve", [sender().address, account.address]);

async function funds(account = sender()): Promise<{ deposit: bigint; withdrawRound: bigint; reserve: bigint; claimed: bigint }> {
  const [info, reserve] = (await chain.read(broker, "getSenderInfo", [account.address])) as unknown as [bigint[], bigint[]];
  return { deposit: info[0] ?? -1n, withdrawRound: info[1] ?? -1n, reserve: reserve[0] ?? -1n, claimed: reserve[1] ?? -1n };
}

describe("the funds of a sender", () => {
  test("lie in the Minter and not in the broker", async () => {
    const before = await vaultWei();
    const receipt = await chain.send(sender(), broker, "fundDepositAndReserve", [5n * ETH, 2n * ETH], 7n * ETH);
    expect(chain.event(receipt, broker, "DepositFunded").toArray()).toEqual([sender().address, 5n * ETH]);
    expect(chain.event(receipt, broker, "ReserveFunded").toArray()).toEqual([sender().address, 2n * ETH]);
    await chain.send(sender(), broker, "fundDeposit", [], ETH);
    await chain.send(sender(), broker, "fundReserve", [], ETH);
    await chain.send(other(), broker, "fundDepositAndReserveFor", [sender().address, 0n, ETH], ETH);
    expect(await funds()).toEqual({ deposit: 6n * ETH, withdrawRound: 0n, reserve: 4n * ETH, claimed: 0n });
    expect(await vaultWei()).toBe(before + 10n * ETH);
    expect(await chain.rpc.balanceWei(broker.address)).toBe(0n);
  });

  test("are what was sent, to the wei", async () => {
    await expect(chain.send(sender(), broker, "fundDepositAndReserve", [ETH, ETH], 2n * ETH - 1n)).rejects.toThrow(
      `TicketInvalidPayment(${2n * ETH - 1n},${2n * ETH})`,
    );
  });
});

describe("a winning ticket", () => {
  test("pays its recipient and the delegators: of 5 ETH, 4.25 to the transcoder and 0.75 to the delegator", async () => {
    const redemption = await signed(await ticket(5n * ETH));
    expect(await chain.read(broker, "getTicketHash", [redemption[0]])).toBe(hashOf(redemption[0]));
    const receipt = await redeem(redemption);
    expect(chain.event(receipt, broker, "WinningTicketTransfer").toArray()).toEqual([sender().address, transcoder().address, 5n * ETH]);
    expect(chain.event(receipt, broker, "WinningTicketRedeemed").toArray()).toEqual([
      sender().address, transcoder().address, 5n * ETH, MaxUint256, redemption[0].senderNonce, redemption[2], redemption[0].auxData,
    ]);
    expect([await protocol.pendingFees(transcoder()), await protocol.pendingFees(delegator())]).toEqual([425n * ETH / 100n, 75n * ETH / 100n]);
    expect(await funds()).toMatchObject({ deposit: ETH, reserve: 4n * ETH });
    expect(await chain.read(broker, "usedTickets", [hashOf(redemption[0])])).toBe(true);
    await expect(redeem(redemption)).rejects.toThrow(`TicketUsed(${hashOf(redemption[0])})`);
  });

  test("names a recipient and a sender", async () => {
    await expect(redeemNew(1n, { recipient: ZeroAddress })).rejects.toThrow("TicketInvalidRecipient");
    await expect(redeemNew(1n, { sender: ZeroAddress })).rejects.toThrow("TicketInvalidSender");
  });

  test("names an initialized round and its block hash, in 64 bytes", async () => {
    const round = await currentRound();
    const hash = await chain.read(protocol.rounds, "blockHashForRound", [round]);
    await expect(redeemNew(1n, { auxData: auxData(round, hash).slice(0, -2) })).rejects.toThrow("TicketInvalidAuxData(63)");
    await expect(redeemNew(1n, { auxData: `${auxData(round, hash)}00` })).rejects.toThrow("TicketInvalidAuxData(65)");
    await expect(redeemNew(1n, { auxData: auxData(round + 1n, hash) })).rejects.toThrow(`TicketUnknownRound(${round + 1n})`);
    await expect(redeemNew(1n, { auxData: auxData(round, ZeroHash) })).rejects.toThrow(`TicketWrongBlockHash(${round},${ZeroHash})`);
  });

  test("comes with the number of the recipient and the signature of the sender, in its long form", async () => {
    const [one, sig, rand] = await signed(await ticket(1n));
    await expect(redeem([one, sig, rand + 1n])).rejects.toThrow(`TicketWrongRand(${rand + 1n})`);
    await expect(redeem(await signed(one, other()))).rejects.toThrow(`TicketInvalidSignature(${hashOf(one)})`);
    await expect(redeem([one, `0x${"00".repeat(65)}`, rand])).rejects.toThrow("TicketInvalidSignature");
    const { r, s, v, compactSerialized: compact } = Signature.from(sig);
    await expect(redeem([one, compact, rand])).rejects.toThrow("TicketInvalidSignatureLength(64)");
    const high = concat([r, toBeHex(CURVE_ORDER - BigInt(s), 32), toBeHex(v === 27 ? 28 : 27)]);
    await expect(redeem([one, high, rand])).rejects.toThrow("TicketInvalidSignature");
    await redeem([one, sig, rand]);
  });

  test("has to win", async () => {
    const [one, sig, rand] = await signed(await ticket(1n, { winProb: 0n }));
    await expect(redeem([one, sig, rand])).rejects.toThrow(`TicketNotWinning(${hashOf(one)})`);
    // Of many tickets at even odds those win whose draw says so, and no others.
    for (let left = 6; left > 0; left -= 1) {
      const even = await signed(await ticket(1n, { winProb: 1n << 255n }));
      const wins = BigInt(keccak256(solidityPacked(["bytes", "uint256"], [even[1], even[2]]))) < 1n << 255n;
      const redeemed = redeem(even).then(() => true, () => false);
      expect(await redeemed).toBe(wins);
    }
  });

  test("goes to an active transcoder, and is worth something", async () => {
    await expect(redeemNew(1n, { recipient: other().address })).rejects.toThrow("BondingTranscoderNotRegistered");
    const poor = await ticket(1n, { sender: other().address });
    await expect(redeem(await signed(poor, other()))).rejects.toThrow(`TicketNoFunds(${other().address})`);
    const worthless = await redeemNew(0n);
    expect(() => chain.event(worthless, broker, "WinningTicketTransfer")).toThrow();
  });

  test("can be redeemed in its round and the next, if the round is initialized", async () => {
    const [early, late] = [await signed(await ticket(1n)), await signed(await ticket(1n))];
    const round = await currentRound();
    await protocol.nextRound();
    await redeem(early);
    await chain.mine(ROUND_BLOCKS);
    await expect(redeem(late)).rejects.toThrow("TicketRoundNotInitialized");
    await chain.send(other(), protocol.rounds, "initializeRound");
    expect(await currentRound()).toBe(round + 2n);
    await expect(redeem(late)).rejects.toThrow(`TicketExpired(${round + 1n})`);
  });

  test("is not paid while the protocol is stopped", async () => {
    await chain.send(protocol.owner, protocol.controller, "pause");
    const redemption = await signed(await ticket(1n));
    await expect(redeem(redemption)).rejects.toThrow("ManagerSystemPaused");
    await expect(chain.send(other(), broker, "batchRedeemWinningTickets", [[], [], []])).rejects.toThrow("ManagerSystemPaused");
    for (const name of ["fundDeposit", "fundReserve", "unlock", "cancelUnlock", "withdraw"]) {
      await expect(chain.send(sender(), broker, name)).rejects.toThrow("ManagerSystemPaused");
    }
    await expect(chain.send(sender(), broker, "fundDepositAndReserve", [0n, 0n])).rejects.toThrow("ManagerSystemPaused");
    await chain.send(protocol.owner, protocol.controller, "unpause");
    await redeem(redemption);
  });
});

test("a batch redeems what can be redeemed", async () => {
  const good = await signed(await ticket(3n));
  const bad = await signed(await ticket(4n, { winProb: 0n }));
  const last = await signed(await ticket(5n));
  const batch = [good, bad, good, last];
  const columns = [batch.map((one) => one[0]), batch.map((one) => one[1]), batch.map((one) => one[2])];
  const before = (await funds()).deposit;
  const receipt = await chain.send(other(), broker, "batchRedeemWinningTickets", columns);
  expect(receipt.logs.filter((log) => log.topics[0] === broker.abi.getEvent("WinningTicketTransfer")?.topicHash)).toHaveLength(2);
  expect((await funds()).deposit).toBe(before - 8n);
  await expect(chain.send(other(), broker, "batchRedeemWinningTickets", [columns[0], [], columns[2]])).rejects.toThrow("TicketUnequalLengths");
  await expect(chain.send(other(), broker, "batchRedeemWinningTickets", [columns[0], columns[1], []])).rejects.toThrow("TicketUnequalLengths");
});

describe("the reserve of a sender", () => {
  test("is shared by the pool: half of 4 ETH to each of two", async () => {
    const deposit = (await funds()).deposit;
    expect([await claimable(transcoder()), await claimable(second()), await claimable(other())]).toEqual([2n * ETH, 2n * ETH, 0n]);
    const receipt = await redeemNew(5n * ETH);
    expect(chain.event(receipt, broker, "ReserveClaimed").toArray()).toEqual([sender().address, transcoder().address, 2n * ETH]);
    expect(chain.event(receipt, broker, "WinningTicketTransfer")[2]).toBe(deposit + 2n * ETH);
    expect(await funds()).toMatchObject({ deposit: 0n, reserve: 2n * ETH, claimed: 2n * ETH });
    expect((await chain.read(broker, "getReserveInfo", [sender().address])).toArray()).toEqual([2n * ETH, 2n * ETH]);
    expect([await claimed(transcoder()), await claimable(transcoder()), await claimable(second())]).toEqual([2n * ETH, 0n, 2n * ETH]);
  });

  test("uses up a ticket whose recipient has had its part, without paying", async () => {
    const one = await ticket(ETH);
    const receipt = await redeem(await signed(one));
    expect(() => chain.event(receipt, broker, "WinningTicketTransfer")).toThrow();
    expect(await chain.read(broker, "usedTickets", [hashOf(one)])).toBe(true);
    expect((await funds()).reserve).toBe(2n * ETH);
  });

  test("is shared by more when the pool grows, and who has had more than that gets nothing", async () => {
    await protocol.bond(newcomer(), 50n * LPT, newcomer());
    expect([await claimable(transcoder()), await claimable(second()), await claimable(newcomer())]).toEqual([0n, 4n * ETH / 3n, 0n]);
    await redeemNew(4n * ETH / 3n, { recipient: second().address });
    expect((await funds()).reserve).toBe(2n * ETH - 4n * ETH / 3n);
  });

  test("is shared anew in the next round", async () => {
    await protocol.nextRound();
    await chain.send(sender(), broker, "fundReserve", [], 6n * ETH);
    const { reserve, claimed: total } = await funds();
    expect([reserve, total, await claimed(transcoder())]).toEqual([8n * ETH - 4n * ETH / 3n, 0n, 0n]);
    for (const account of [transcoder(), second(), newcomer()]) expect(await claimable(account)).toBe(reserve / 3n);
  });

  test("never promises more than is left when the pool shrinks", async () => {
    const { reserve } = await funds();
    await redeemNew(9n * ETH, { recipient: second().address });
    await chain.send(second(), protocol.bonding, "unbond", [100n * LPT]);
    await chain.send(newcomer(), protocol.bonding, "unbond", [50n * LPT]);
    const left = reserve - reserve / 3n;
    // The part of a pool of one is everything, a third of which is gone.
    expect([await claimable(transcoder()), (await funds()).reserve]).toEqual([left, left]);
    await expect(redeemNew(ETH, { recipient: newcomer().address })).rejects.toThrow("BondingTranscoderNotRegistered");
    await redeemNew(9n * ETH);
    expect((await funds()).reserve).toBe(0n);
    expect([await claimable(transcoder()), await claimable(second())]).toEqual([0n, 0n]);
    await chain.send(sender(), broker, "fundReserve", [], ETH);
  });
});

describe("an unlock", () => {
  test("needs funds, is asked for once, and can be taken back", async () => {
    await expect(chain.send(other(), broker, "unlock")).rejects.toThrow(`TicketNoFunds(${other().address})`);
    await expect(chain.send(sender(), broker, "cancelUnlock")).rejects.toThrow(`TicketNoUnlock(${sender().address})`);
    await expect(chain.send(sender(), broker, "withdraw")).rejects.toThrow(`TicketNoUnlock(${sender().address})`);
    const round = await currentRound();
    const receipt = await chain.send(sender(), broker, "unlock");
    expect(chain.event(receipt, broker, "Unlock").toArray()).toEqual([sender().address, round, round + 2n]);
    expect(await chain.read(broker, "isUnlockInProgress", [sender().address])).toBe(true);
    await expect(chain.send(sender(), broker, "unlock")).rejects.toThrow(`TicketUnlockInProgress(${round + 2n})`);
    const cancelled = await chain.send(sender(), broker, "cancelUnlock");
    expect(chain.event(cancelled, broker, "UnlockCancelled").toArray()).toEqual([sender().address]);
    expect((await funds()).withdrawRound).toBe(0n);
  });

  test("is taken back by the sender's own money and not by that of others", async () => {
    await chain.send(sender(), broker, "unlock");
    await chain.send(other(), broker, "fundDepositAndReserveFor", [sender().address, ETH, 0n], ETH);
    expect(await chain.read(broker, "isUnlockInProgress", [sender().address])).toBe(true);
    const receipt = await chain.send(sender(), broker, "fundDeposit", [], 1n);
    expect(chain.event(receipt, broker, "UnlockCancelled").toArray()).toEqual([sender().address]);
    expect(await chain.read(broker, "isUnlockInProgress", [sender().address])).toBe(false);
  });

  test("pays tickets until it is over, and all that is left after that", async () => {
    await chain.send(sender(), broker, "unlock");
    const { withdrawRound } = await funds();
    await redeemNew(1n);
    await expect(chain.send(sender(), broker, "withdraw")).rejects.toThrow(`TicketFundsLocked(${withdrawRound})`);
    await protocol.nextRound();
    await redeemNew(1n);
    await protocol.nextRound();
    await expect(redeemNew(1n)).rejects.toThrow(`TicketSenderUnlocked(${sender().address})`);
    const { deposit, reserve } = await funds();
    const before = await vaultWei();
    const receipt = await chain.send(sender(), broker, "withdraw");
    expect(chain.event(receipt, broker, "Withdrawal").toArray()).toEqual([sender().address, deposit, reserve]);
    expect(await vaultWei()).toBe(before - deposit - reserve);
    expect(await funds()).toMatchObject({ deposit: 0n, reserve: 0n });
    await expect(chain.send(sender(), broker, "withdraw")).rejects.toThrow("TicketNoFunds");
  });

  test("is over for good only until the sender pays in again", async () => {
    await chain.send(sender(), broker, "fundDeposit", [], ETH);
    await redeemNew(ETH);
    expect(await funds()).toEqual({ deposit: 0n, withdrawRound: 0n, reserve: 0n, claimed: 0n });
  });
});

test("the fees of all tickets can be withdrawn from the Minter", async () => {
  for (const account of [transcoder(), delegator(), second()]) {
    const fees = await protocol.pendingFees(account);
    if (fees > 0n) await chain.send(account, protocol.bonding, "withdrawFees", [account.address, fees]);
  }
  expect(await vaultWei()).toBeLessThan(10n);
});

test("periods are set by the Controller's owner, and a ticket is valid for one round at least", async () => {
  for (const setter of ["setUnlockPeriod", "setTicketValidityPeriod"]) {
    await expect(chain.send(sender(), broker, setter, [1n])).rejects.toThrow("ManagerCallerNotControllerOwner");
  }
  await expect(chain.send(protocol.owner, broker, "setTicketValidityPeriod", [0n])).rejects.toThrow("TicketInvalidParameter(ticketValidityPeriod,0)");
  const receipt = await chain.send(protocol.owner, broker, "setUnlockPeriod", [0n]);
  expect(chain.event(receipt, broker, "ParameterUpdate")[0]).toBe("unlockPeriod");
  // However long tickets are valid, nothing overflows.
  await chain.send(protocol.owner, broker, "setTicketValidityPeriod", [MaxUint256]);
  await chain.send(sender(), broker, "fundDeposit", [], 1n);
  await redeemNew(1n);
});

test("fees come from what is registered as TicketBroker or as JobsManager, and deposits go to the Minter from the latter", async () => {
  await protocol.register("TicketBroker", sender().address);
  await protocol.register("JobsManager", other().address);
  await expect(chain.send(sender(), broker, "fundDeposit", [], 1n)).rejects.toThrow(`MinterUnauthorizedCaller(${broker.address})`);
  const pay = (from: Account): Promise<Receipt> =>
    chain.send(from, protocol.bonding, "updateTranscoderWithFees", [transcoder().address, 2n, 0n]);
  const ownFees = async (): Promise<bigint> =>
    BigInt(String((await chain.read(protocol.bonding, "getTranscoder", [transcoder().address]))["cumulativeFees"]));
  const before = await ownFees();
  await pay(sender());
  await pay(other());
  expect(await ownFees()).toBeGreaterThanOrEqual(before + 2n);
  await expect(pay(delegator())).rejects.toThrow(`BondingUnauthorizedCaller(${delegator().address},JobsManager)`);
});
