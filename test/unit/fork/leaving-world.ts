/** Accounts that leave a living chain by really unbonding, and the words that are theirs. */
import { getAddress } from "ethers";
import { z } from "zod";
import { callTo } from "../../../src/node/actors/actor.ts";
import { sendUnlocked } from "../../../src/node/setup-sender.ts";
import { formatTag } from "../../../src/chain/rpc.ts";
import { readFunction } from "../../../src/chain/read-function.ts";
import type { Leaver } from "../../../src/fork/leave-stake.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { BondingView } from "../../../src/snapshot/view/bonding.ts";
import type { Cell } from "../../../src/snapshot/view/cell.ts";
import type { StateView } from "../../../src/snapshot/view/state-view.ts";
import { ROUND_BLOCKS, type ActorChain } from "../../e2e/actor-chain.ts";

const LPT = 10n ** 18n;
/** Each transaction takes a block. */
export const LONG_ROUND = 3n * ROUND_BLOCKS;
const person = (index: number): Address => getAddress(`0x${(0xbeef_0000 + index).toString(16).repeat(5)}`) as Address;

/** Members of the scene: three transcoders of one stake, and who delegates to whom. */
export const SCENE = {
  equal: [person(1), person(2), person(3)],
  ofFirst: person(4),
  ofSecond: person(5),
  twins: [person(6), person(7)],
  unknown: person(8),
  ofUnknown: person(9),
  retired: person(10),
} as const;

async function act(chain: ActorChain, from: Address, contract: string, signature: string, args: readonly unknown[] = []): Promise<void> {
  const to = chain.contract(contract);
  const { data } = callTo(to, signature, args, "");
  const receipt = await sendUnlocked(chain.rpc, from, await chain.rpc.nonce(from), { to, data, valueWei: 0n });
  if (receipt.status === "reverted") throw new Error(`${signature} of ${from} reverted`);
}

async function bond(chain: ActorChain, from: Address, to: Address, wei: bigint): Promise<void> {
  await chain.rpc.request("anvil_setBalance", [from, "0xde0b6b3a7640000"], z.unknown());
  await act(chain, chain.contract("Minter"), "LivepeerToken", "function mint(address account, uint256 value)", [from, wei]);
  await act(chain, from, "LivepeerToken", "function approve(address spender, uint256 value)", [chain.contract("BondingManager"), wei]);
  await act(chain, from, "BondingManager", "function bond(uint256 amount, address to)", [wei, to]);
}

const unbond = (chain: ActorChain, from: Address, wei: bigint): Promise<void> => act(chain, from, "BondingManager", "function unbond(uint256 amount)", [wei]);

async function nextRound(chain: ActorChain, rewarded: readonly Address[]): Promise<void> {
  const start = BigInt(String((await readFunction(chain.rpc, chain.contract("RoundsManager"), "function currentRoundStartBlock() view returns (uint256)", []))[0]));
  await chain.rpc.request("anvil_mine", [`0x${(start + LONG_ROUND - (await chain.rpc.blockNumber())).toString(16)}`], z.unknown());
  await act(chain, SCENE.ofFirst, "RoundsManager", "function initializeRound()");
  for (const each of rewarded) await act(chain, each, "BondingManager", "function reward()");
}

/**
 * Puts the scene on a chain that has lived: the last of its pool becomes the first by the stake of two twins, three newcomers differ
 * only by what others delegate to them, somebody bonds to an account that nobody knows, and a transcoder retires. Two rounds pass.
 */
export async function playScene(chain: ActorChain, pool: readonly { account: Address; keyWei: bigint }[]): Promise<void> {
  const [first, last] = [pool[0], pool.at(-1)];
  if (first === undefined || last === undefined) throw new Error("there is a pool");
  await chain.rpc.request("anvil_autoImpersonateAccount", [true], z.unknown());
  await chain.asOwner(chain.contract("RoundsManager"), "function setRoundLength(uint256)", [LONG_ROUND]);
  await chain.rpc.request("anvil_setBalance", [SCENE.ofFirst, "0xde0b6b3a7640000"], z.unknown());
  // It pays for its transactions as all do.
  const minter = chain.contract("Minter");
  await chain.rpc.request("anvil_setBalance", [minter, formatTag((await chain.rpc.balanceWei(minter)) + LPT)], z.unknown());
  await nextRound(chain, []);
  for (const each of SCENE.equal) await bond(chain, each, each, 100n * LPT);
  await bond(chain, SCENE.retired, SCENE.retired, 3n * LPT);
  await bond(chain, SCENE.ofFirst, SCENE.equal[0], 60n * LPT);
  await bond(chain, SCENE.ofSecond, SCENE.equal[1], 50n * LPT);
  for (const each of SCENE.twins) await bond(chain, each, last.account, (first.keyWei - last.keyWei) / 2n + LPT);
  await bond(chain, SCENE.ofUnknown, SCENE.unknown, 7n * LPT);
  await nextRound(chain, [last.account, first.account]);
  await unbond(chain, SCENE.ofFirst, 10n * LPT);
  await unbond(chain, SCENE.retired, 3n * LPT);
  await nextRound(chain, [last.account]);
}

/** Everybody who is to leave, in an order in which delegates and newcomers take turns. */
export function leaversOfScene(view: StateView): Leaver[] {
  const bonding = new BondingView(view);
  const pool = new Set(bonding.pool().map(({ account }) => account));
  const delegator = [...bonding.delegators()].filter(({ account, delegate, delegatedWei }) => delegatedWei === 0n && pool.has(delegate) && !Object.values(SCENE).flat().includes(account)).find((each) => bonding.locks(each).length > 0);
  if (delegator === undefined) throw new Error("no delegator of the actors has a lock");
  const [one, other] = SCENE.twins;
  const accounts = [SCENE.ofSecond, one, SCENE.ofFirst, SCENE.ofUnknown, other, delegator.account, SCENE.retired, SCENE.unknown];
  return accounts.map((account) => ({ account, reason: `excluded: ${account}` }));
}

/** Lets everybody of them unbond what it has, as it would itself. */
export async function unbondAll(chain: ActorChain, leavers: readonly Leaver[]): Promise<void> {
  for (const { account } of leavers) {
    const stakeWei = BigInt(String((await readFunction(chain.rpc, chain.contract("BondingManager"), "function pendingStake(address, uint256) view returns (uint256)", [account, 0n]))[0]));
    if (stakeWei === 0n) continue;
    await chain.rpc.request("anvil_setBalance", [account, "0xde0b6b3a7640000"], z.unknown());
    await unbond(chain, account, stakeWei);
  }
}

/** Every word of a contract by its slot, but those that are written down of these accounts. */
export function wordsWithout(view: StateView, contract: string, leavers: readonly Leaver[], states: readonly StateView[]): Map<Hex, Hex> {
  const own = new Set(states.flatMap((each) => leavers.flatMap(({ account }) => (contract === "BondingVotes" ? checkpointsOf(each, account) : recordOf(each, account)).map(({ slot }) => slot))));
  const { slots, values, count } = view.contract(contract).state.words;
  const hexAt = (bytes: Uint8Array, index: number): Hex => `0x${Buffer.from(bytes.subarray(32 * index, 32 * index + 32)).toString("hex")}`;
  return new Map(Array.from({ length: count }, (_, index) => [hexAt(slots, index), hexAt(values, index)] as const).filter(([slot]) => !own.has(slot)));
}

export function recordOf(view: StateView, account: Address): Cell[] {
  const record = view.contract("BondingManager").cell("delegators", account);
  const locks = Array.from({ length: Number(record.member("nextUnbondingLockId").number()) }, (_, id) => record.member("unbondingLocks").at(BigInt(id)));
  return [
    ...["bondedAmount", "fees", "delegateAddress", "delegatedAmount", "startRound", "lastClaimRound", "nextUnbondingLockId"].map((name) => record.member(name)),
    ...locks.flatMap((lock) => [lock.member("amount"), lock.member("withdrawRound")]),
  ];
}

export function checkpointsOf(view: StateView, account: Address): Cell[] {
  const checkpoints = view.contract("BondingVotes").cell("bondingCheckpoints", account);
  const list = checkpoints.member("startRounds");
  const rounds = Array.from({ length: Number(list.length) }, (_, index) => list.at(BigInt(index)));
  return [
    list,
    ...rounds,
    ...rounds.flatMap((round) => ["bondedAmount", "delegateAddress", "delegatedAmount", "lastClaimRound", "lastRewardRound"].map((name) => checkpoints.member("data").at(round.number()).member(name))),
  ];
}
