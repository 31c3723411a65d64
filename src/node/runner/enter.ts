import { z } from "zod";
import { readRegistered } from "../../chain/registered-contract.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import { callTo, type Turn } from "../actors/actor.ts";
import { draw, drawOne } from "../actors/draw.ts";
import { GET_TRANSCODER, setTerms } from "../actors/transcoder.ts";
import { tryReading } from "../actors/try-reading.ts";
import { addressOf, isTrue, uintOf } from "../actors/values.ts";
import { localAccounts } from "../local-accounts.ts";
import type { Cast, CastOptions, Member } from "./cast.ts";
import type { ChainReader } from "./chain-reader.ts";
import { termsOf } from "./make-actors.ts";
import { submit, type Submission } from "./submit.ts";

export const LPT = 10n ** 18n;
const ETHER_WEI = 1_000_000n * 10n ** 18n;
/** Near the share at which inflation turns, so that it is seen to move. */
const BONDED_PPM = 450_000n;
/** Enough blocks to enter in before the terms of transcoders are frozen. */
const ROOM_BLOCKS = 8n;
const BALANCE = "function balanceOf(address) view returns (uint256)";
const DELEGATOR =
  "function getDelegator(address delegator) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)";

export interface Entrance {
  rpc: Rpc;
  reader: ChainReader;
  controller: Address;
  options: CastOptions;
  cast: Cast;
}

/**
 * Lets the node send for the accounts of the cast. Their calls are signed by nobody: signing a hundred transactions here takes
 * longer than the node takes to mine them, and the keys are published anyway. Needed again whenever the chain was started anew.
 */
export async function unlock(rpc: Rpc, { members }: Cast): Promise<void> {
  for (const { address } of members) {
    await rpc.request("anvil_impersonateAccount", [address], z.unknown());
    if ((await rpc.balanceWei(address)) < ETHER_WEI / 2n) await rpc.request("anvil_setBalance", [address, formatTag(ETHER_WEI)], z.unknown());
  }
}

/**
 * Gives the members of a cast ether and LPT, bonds what the seed says, registers the transcoders and appoints the solver.
 * Whoever has stake already is left as it is, so it may be called again and again.
 * @throws LPCTL_RUNNER_PAUSED, LPCTL_RUNNER_NO_TOKENS, LPCTL_RUNNER_NOT_ENTERED
 */
export async function enterCast(entrance: Entrance): Promise<void> {
  const { rpc, reader, cast } = entrance;
  await unlock(rpc, cast);
  const first = (await reader.next()).turn;
  if (first.paused) throw refused("LPCTL_RUNNER_PAUSED", "The actors cannot enter while the protocol is paused.", undefined);
  await appointSolver(entrance, first);
  if ((await missing(first, cast)).length === 0) return;

  await beginRound(entrance, first);
  const { turn } = await reader.next();
  const bonding = await planBonding(entrance, turn);
  await send(rpc, bonding);
  if (turn.isRegistered("StakeGovernor")) await beginNextRound(entrance);
}

/** Stake votes from the round after the one in which it was bonded: then there can be a vote at once. */
async function beginNextRound({ rpc, reader, cast }: Entrance): Promise<void> {
  const { turn } = await reader.next();
  await rpc.request("anvil_mine", [formatTag(turn.round.endBlock - turn.block - 1n)], z.unknown());
  await initialize(rpc, cast, turn);
}

/** Members that are to have stake and have none. */
async function missing(turn: Turn, { members }: Cast): Promise<Member[]> {
  const bondingManager = turn.contract("BondingManager");
  const bonded = await Promise.all(members.filter(isBonder).map(async (member) => ({ member, own: await turn.read(bondingManager, DELEGATOR, [member.address]) })));
  return bonded.filter(({ own }) => uintOf(own, "bondedAmount") === 0n).map(({ member }) => member);
}

function isBonder({ role }: Member): boolean {
  return role === "transcoder" || role === "delegator";
}

/** Bonding needs a round that has begun; setting terms, one that is not near its end. Round 0 can never begin. */
async function beginRound({ rpc, cast }: Entrance, turn: Turn): Promise<void> {
  const { round } = turn;
  const late = turn.nextBlock + ROOM_BLOCKS >= round.lockedFromBlock && round.lengthBlocks > 2n * ROOM_BLOCKS;
  if (round.number > 0n && round.initialized && !late) return;
  if (round.number === 0n || late) await rpc.request("anvil_mine", [formatTag(round.endBlock - turn.block)], z.unknown());
  await initialize(rpc, cast, turn);
}

async function initialize(rpc: Rpc, cast: Cast, turn: Turn): Promise<void> {
  const initializer = cast.members.find(({ role }) => role === "round-initializer");
  if (initializer === undefined) throw new Error("a cast has a round initializer");
  await send(rpc, [{ from: initializer.address, call: callTo(turn.contract("RoundsManager"), "function initializeRound()", [], "initializes the round") }]);
}

async function planBonding({ rpc, controller, options, cast }: Entrance, turn: Turn): Promise<Submission[]> {
  const [token, bondingManager] = [turn.contract("LivepeerToken"), turn.contract("BondingManager")];
  const absent = new Set((await missing(turn, cast)).map(({ address }) => address));
  const sources = await readSources(rpc, turn, controller);
  const supply = uintOf(await turn.read(token, "function totalSupply() view returns (uint256)"), 0);
  const available = sources.reduce((sum, { balance }) => sum + balance, 0n);
  const stakes = shareOut(options, cast, smaller((supply * BONDED_PPM) / 1_000_000n, (available * 9n) / 10n));
  const transcoders = cast.members.filter(({ role }) => role === "transcoder");

  const funding: Submission[] = [];
  const bonding: Submission[] = [];
  for (const member of cast.members.filter(isBonder)) {
    const { address, name } = member;
    const stake = stakes.get(address) ?? 0n;
    if (absent.has(address)) {
      const held = uintOf(await turn.read(token, BALANCE, [address]), 0);
      if (held < stake) {
        const source = sources.find(({ balance }) => balance >= stake - held);
        if (source === undefined) throw refused("LPCTL_RUNNER_NO_TOKENS", `There are not enough LPT left to give ${name} its stake.`, "lpctl node stop, then lpctl node start");
        source.balance -= stake - held;
        funding.push({ from: source.address, call: callTo(token, "function transfer(address to, uint256 value) returns (bool)", [address, stake - held], `gives ${name} LPT`) });
      }
      const to = member.role === "transcoder" ? address : drawOne(options.seed, `delegate of ${name}`, transcoders).address;
      bonding.push(
        { from: address, call: callTo(token, "function approve(address spender, uint256 value) returns (bool)", [bondingManager, stake], "approves its stake") },
        { from: address, call: callTo(bondingManager, "function bond(uint256 amount, address to)", [stake, to], "bonds its stake") },
      );
    }
    if (member.role === "transcoder" && !(await hasTerms(turn, address))) {
      bonding.push({ from: address, call: setTerms(turn, termsOf(options, transcoders, member)) });
    }
  }
  for (const source of new Set(funding.map(({ from }) => from))) {
    await rpc.request("anvil_impersonateAccount", [source], z.unknown());
    if ((await rpc.balanceWei(source)) < ETHER_WEI / 1_000n) await rpc.request("anvil_setBalance", [source, formatTag(ETHER_WEI)], z.unknown());
  }
  return [...funding, ...bonding];
}

async function hasTerms(turn: Turn, address: Address): Promise<boolean> {
  const own = await turn.read(turn.contract("BondingManager"), GET_TRANSCODER, [address]);
  return uintOf(own, "rewardCut") + uintOf(own, "feeShare") > 0n;
}

/** Where the LPT of a local chain lie: with its deployer, or with the faucet. */
async function readSources(rpc: Rpc, turn: Turn, controller: Address): Promise<{ address: Address; balance: bigint }[]> {
  const faucet = await readRegistered(rpc, controller, "LivepeerTokenFaucet");
  const addresses = [localAccounts().deployer.address, ...(faucet === undefined ? [] : [faucet])];
  return Promise.all(addresses.map(async (address) => ({ address, balance: uintOf(await turn.read(turn.contract("LivepeerToken"), BALANCE, [address]), 0) })));
}

/** Transcoders get two fifths, all different and falling; delegators the rest. Whole LPT. */
export function shareOut({ seed, delegators }: CastOptions, { members }: Cast, budgetWei: bigint): Map<Address, bigint> {
  const forTranscoders = delegators === 0 ? budgetWei : (budgetWei * 2n) / 5n;
  const stakes = new Map<Address, bigint>();
  for (const [role, budget] of [["transcoder", forTranscoders], ["delegator", budgetWei - forTranscoders]] as const) {
    const group = members.filter((member) => member.role === role);
    const weights = group.map(({ name }, at) => (role === "transcoder" ? BigInt(group.length - at) * 1_000n : 100n) + draw(seed, `stake of ${name}`, 900n));
    const sum = weights.reduce((a, b) => a + b, 0n);
    for (const [at, { address }] of group.entries()) stakes.set(address, ((budget * (weights[at] ?? 0n)) / sum / LPT) * LPT);
  }
  return stakes;
}

/** Only the Controller's owner may, and on a local chain nobody minds who speaks for it. */
async function appointSolver({ rpc, controller, cast }: Entrance, turn: Turn): Promise<void> {
  const solver = cast.members.find(({ role }) => role === "solver")?.address;
  if (solver === undefined || !turn.isRegistered("Verifier")) return;
  const verifier = turn.contract("Verifier");
  const appointed = await tryReading(turn.read(verifier, "function isSolver(address) view returns (bool)", [solver]));
  // Another kind of Verifier asks no solver.
  if (appointed === undefined || isTrue(appointed, 0)) return;
  const owner = addressOf(await turn.read(controller, "function owner() view returns (address)"), 0);
  await rpc.request("anvil_impersonateAccount", [owner], z.unknown());
  const before = await rpc.balanceWei(owner);
  await rpc.request("anvil_setBalance", [owner, formatTag(ETHER_WEI)], z.unknown());
  await send(rpc, [{ from: owner, call: callTo(verifier, "function addSolver(address solver)", [solver], "appoints the solver") }]);
  await rpc.request("anvil_setBalance", [owner, formatTag(before)], z.unknown());
}

async function send(rpc: Rpc, submissions: readonly Submission[]): Promise<void> {
  const outcomes = await submit(rpc, await rpc.block("latest"), submissions);
  const at = outcomes.findIndex(({ failure }) => failure !== undefined);
  const failed = submissions[at];
  if (failed === undefined) return;
  throw new LpctlError({
    code: "LPCTL_RUNNER_NOT_ENTERED",
    exit: Exit.reverted,
    message: `The actors could not enter: ${failed.from} ${failed.call.what}, and it failed`,
    why: outcomes[at]?.failure,
    next: "lpctl node stop, then lpctl node start",
  });
}

function refused(code: "LPCTL_RUNNER_PAUSED" | "LPCTL_RUNNER_NO_TOKENS", message: string, next: string | undefined): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, next });
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
