import { callTo, obstacle, type Actor, type ActorCall, type Move, type Turn } from "./actor.ts";
import type { Politics } from "./delegator-votes.ts";
import { draw, drawOne } from "./draw.ts";
import { addressOf, isTrue, uintOf } from "./values.ts";
import type { Address } from "../../protocol/hex.ts";

export interface DelegatorOptions {
  name: string;
  address: Address;
  seed: bigint;
  /** Place among the delegators; spreads them over the rounds. */
  index: number;
  /** Whom it may delegate to. */
  transcoders: readonly Address[];
  /** What it does about votes, where the protocol has any. */
  politics: Politics | undefined;
}

/** Each acts in every fifth round. */
const PERIOD_ROUNDS = 5n;
const GET_DELEGATOR =
  "function getDelegator(address delegator) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)";
const LOCK = "function getDelegatorUnbondingLock(address delegator, uint256 unbondingLockId) view returns (uint256 amount, uint256 withdrawRound)";

interface Lock {
  id: bigint;
  withdrawRound: bigint;
}

/**
 * Claims its earnings, unbonds a tenth, bonds it again or withdraws it when it is free, bonds what it withdrew, and moves: where
 * there are votes because of one, otherwise now and then.
 */
export function delegator({ name, address, seed, index, transcoders, politics }: DelegatorOptions): Actor {
  let settledRound: bigint | undefined;

  const decide = async (turn: Turn): Promise<readonly ActorCall[]> => {
    const bondingManager = turn.contract("BondingManager");
    const own = await turn.read(bondingManager, GET_DELEGATOR, [address]);
    const round = turn.round.number;
    const bonded = uintOf(own, "bondedAmount");
    if (uintOf(own, "lastClaimRound") >= round || bonded === 0n) return [];
    const [locks, balance] = await Promise.all([
      readLocks(turn, bondingManager, uintOf(own, "nextUnbondingLockId")),
      turn.read(turn.contract("LivepeerToken"), "function balanceOf(address) view returns (uint256)", [address]),
    ]);
    const delegate = addressOf(own, "delegateAddress");
    const held = uintOf(balance, 0);
    const settled = uintOf(own, "startRound") <= round;

    const free = locks.find(({ withdrawRound }) => withdrawRound <= round);
    if (free !== undefined) {
      // Claiming too marks the round as dealt with: withdrawing alone does not.
      return [callTo(bondingManager, "function withdrawStake(uint256 unbondingLockId)", [free.id], "withdraws unbonded stake"), claimEarnings(turn, bondingManager)];
    }
    if (held > 0n) {
      return [
        callTo(turn.contract("LivepeerToken"), "function approve(address spender, uint256 value) returns (bool)", [bondingManager, held], "approves"),
        callTo(bondingManager, "function bond(uint256 amount, address to)", [held, delegate], "bonds what it had withdrawn"),
      ];
    }
    const bound = locks.at(-1);
    const choices: (() => Promise<ActorCall>)[] = [async () => claimEarnings(turn, bondingManager)];
    if (settled && locks.length < 2) choices.push(async () => callTo(bondingManager, "function unbond(uint256 amount)", [bonded / 10n], "unbonds a tenth"));
    if (bound !== undefined) choices.push(async () => callTo(bondingManager, "function rebond(uint256 unbondingLockId)", [bound.id], "bonds again what it had unbonded"));
    // Who can vote moves for a reason.
    if (settled && transcoders.length > 1 && politics === undefined) choices.push(() => move(turn, bondingManager, delegate));
    const choice = choices[Number(draw(seed, `${name} in round ${round}`, BigInt(choices.length)))];
    return choice === undefined ? [] : [await choice()];
  };

  const claimEarnings = (turn: Turn, bondingManager: Address): ActorCall =>
    callTo(bondingManager, "function claimEarnings(uint256 endRound)", [turn.round.number], "claims its earnings");

  const move = async (turn: Turn, bondingManager: Address, delegate: Address): Promise<ActorCall> => {
    const to = drawOne(seed, `${name} moves in round ${turn.round.number}`, transcoders.filter((transcoder) => transcoder !== delegate));
    const registered = await turn.read(bondingManager, "function isRegisteredTranscoder(address) view returns (bool)", [to]);
    if (!isTrue(registered, 0)) return claimEarnings(turn, bondingManager);
    return callTo(bondingManager, "function bond(uint256 amount, address to)", [0n, to], "moves its stake to another transcoder");
  };

  const readLocks = async (turn: Turn, bondingManager: Address, next: bigint): Promise<Lock[]> => {
    const ids = Array.from({ length: Number(next < 4n ? next : 4n) }, (_, at) => next - 1n - BigInt(at)).reverse();
    const locks = await Promise.all(ids.map(async (id) => ({ id, read: await turn.read(bondingManager, LOCK, [address, id]) })));
    return locks.flatMap(({ id, read }) => (uintOf(read, "amount") > 0n ? [{ id, withdrawRound: uintOf(read, "withdrawRound") }] : []));
  };

  return {
    name,
    role: "delegator",
    address,
    act: async (turn): Promise<Move> => {
      const { number } = turn.round;
      const blocked = obstacle(turn);
      if (blocked !== undefined) return blocked;
      const political = (await politics?.act(turn)) ?? { calls: [] };
      if (political.calls.length > 0) return political;
      if (settledRound === number || (number + BigInt(index)) % PERIOD_ROUNDS !== 0n) return political;
      const calls = await decide(turn);
      // Nothing left to do: every deed of a round claims earnings up to it.
      if (calls.length === 0) settledRound = number;
      return { ...political, calls };
    },
  };
}
