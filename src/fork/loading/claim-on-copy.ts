import { selectorOf } from "../../chain/hand-codec.ts";
import { tryReadFunction } from "../../chain/read-function.ts";
import type { Receipt } from "../../chain/rpc.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { ZERO_ADDRESS } from "../../protocol/hex.ts";
import { plural } from "../../protocol/plural.ts";
import { PASSER_BY, withRoomyBlocks } from "../../simulation/aftermath/live.ts";
import { startFork, withFork, type Fork } from "../../simulation/fork.ts";
import { hasFailed } from "../../simulation/has-failed.ts";
import { addressIn } from "../draft-fork.ts";
import type { PreparedFork } from "../prepare-fork.ts";
import type { ForkVerdict } from "../verify-fork.ts";
import { encodeClaim, encodeOpen } from "./claim-calls.ts";
import type { Claim } from "./claims-file.ts";
import { readClaimsState } from "./claims-state.ts";
import type { PlannedClaims } from "./plan-claims.ts";

/** Each is two transactions. */
const MOST_CLAIMING = 12;
const [UNPAUSE, INITIALIZE_ROUND] = [selectorOf("unpause()"), selectorOf("initializeRound()")];
const GET_DELEGATOR = "function getDelegator(address account) view returns (uint256 bondedAmount, uint256 fees, address delegate, uint256 delegated, uint256 startRound, uint256 lastClaimRound, uint256 nextLockId)";

/**
 * Lets some accounts claim on a private copy of the fork, after the time of the review: their stake is bonded to their delegate and
 * their fees are paid, to the wei, and none can claim twice.
 * @param block of the fork, after its last transaction
 */
export async function claimOnCopy(rpcUrl: string, prepared: PreparedFork, planned: PlannedClaims, block: bigint): Promise<ForkVerdict> {
  const { accounts } = planned.tree;
  const step = Math.max(1, Math.ceil(accounts.length / MOST_CLAIMING));
  const some = accounts.filter((_, index) => index % step === 0).flatMap((account) => planned.tree.claimsOf(account));
  const wrong = await withFork(await startFork(rpcUrl, block), (fork) => claimAll(fork, prepared, planned, some));
  return {
    name: "claims-pay",
    says: "Whoever claims has its stake bonded to its delegate and its fees, to the wei, and once.",
    holds: wrong.length === 0,
    isDeclared: false,
    detail: wrong.length === 0 ? `${some.length} of ${plural(planned.tree.rowCount, "account")} claimed on a copy` : `${wrong.slice(0, 3).join("; ")}${wrong.length > 3 ? `; and ${wrong.length - 3} more` : ""}`,
  };
}

/** All in one block, because a round may end with any: its first transaction begins the round where nobody did. */
async function claimAll(fork: Fork, prepared: PreparedFork, { claims, tree }: PlannedClaims, some: readonly Claim[]): Promise<string[]> {
  const why = await openOn(fork, prepared, claims, tree.root);
  if (why !== undefined) return [why];
  const begin = { from: PASSER_BY, to: addressIn(prepared.deployed, "RoundsManager"), valueWei: 0n, data: INITIALIZE_ROUND };
  const sent = some.map((claim) => ({ from: claim.entry[1], to: claims, valueWei: 0n, data: encodeClaim(claim) }));
  const before = await Promise.all(some.map(({ entry }) => fork.rpc.balanceWei(entry[1])));
  const [first, second] = await withRoomyBlocks(fork, async () => [(await fork.sendInOneBlock([begin, ...sent])).slice(1), (await fork.sendInOneBlock([begin, ...sent])).slice(1)] as const);
  const wrong = await Promise.all(some.map(async (claim, at) => (hasWorked(first[at]) ? judgeClaimed(fork, prepared, claim, before[at] ?? 0n) : [`${claim.entry[1]} cannot claim`])));
  return [...wrong.flat(), ...some.filter((_, at) => hasWorked(second[at])).map(({ entry }) => `${entry[1]} can claim twice`)];
}

function hasWorked(receipt: Receipt | undefined): boolean {
  return receipt !== undefined && !hasFailed(receipt);
}

/** After the review, without a pause. */
async function openOn(fork: Fork, { deployed }: PreparedFork, claims: Address, root: Hex): Promise<string | undefined> {
  const { controller } = deployed;
  const read = async (to: Address, signature: string): Promise<unknown> => (await tryReadFunction(fork.rpc, to, signature))?.[0];
  const send = async (from: Address, to: Address, data: Hex): Promise<boolean> => hasWorked(await fork.send({ from, to, valueWei: 0n, data }));
  if ((await read(controller, "function paused() view returns (bool)")) === true) {
    const owner = (await read(controller, "function owner() view returns (address)")) as Address | undefined;
    if (!(await send(owner ?? ZERO_ADDRESS, controller, UNPAUSE))) return "the pause cannot be ended";
  }
  const state = await readClaimsState(fork.rpc, claims);
  if (state === undefined) return "the contract does not answer";
  if (await send(PASSER_BY, claims, encodeOpen(root))) return state.opensAt > state.nowSeconds + 1n ? "it can be opened before the review is over" : undefined;
  fork.advanceTime(state.opensAt - state.nowSeconds);
  return (await send(PASSER_BY, claims, encodeOpen(root))) ? undefined : "it cannot be opened after the review";
}

async function judgeClaimed(fork: Fork, { deployed }: PreparedFork, { entry }: Claim, beforeWei: bigint): Promise<string[]> {
  const [, account, delegate, stakeWei, , feesWei] = entry;
  const [delegator, paid] = await Promise.all([tryReadFunction(fork.rpc, addressIn(deployed, "BondingManager"), GET_DELEGATOR, [account]), fork.rpc.balanceWei(account)]);
  const wrong: string[] = [];
  if (delegator?.[0] !== stakeWei) wrong.push(`${account} has a stake of ${String(delegator?.[0])} instead of ${stakeWei}`);
  if (stakeWei > 0n && delegator?.[2] !== delegate) wrong.push(`${account} is bonded to ${String(delegator?.[2])} instead of ${delegate}`);
  if (paid - beforeWei !== feesWei) wrong.push(`${account} was paid ${paid - beforeWei} wei instead of ${feesWei}`);
  return wrong;
}
