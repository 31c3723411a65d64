import { readFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import { formatHuman } from "../../protocol/units.ts";
import { readGovernorTraits } from "../../voting/governor-traits.ts";

/** What creating a vote asks for, and what an account has of it. Amounts in units of 1e-18 LPT. Nothing of it is spent. */
export interface CreationStake {
  hasWei: bigint;
  neededWei: bigint;
  /** What is counted, as it reads after "has 5 LPT of". */
  what: string;
}

/**
 * A PollCreator asks for stake: one's own with everything earned, or what is delegated to one.
 * @throws LPCTL_CHAIN_NOT_THAT_CONTRACT where it is none of this kind: that of Ethereum took a fee instead
 */
export async function readPollStake(rpc: Rpc, pollCreator: Address, account: Address): Promise<CreationStake> {
  const [needed, bondingManager] = await Promise.all([
    readFunction(rpc, pollCreator, "function POLL_CREATION_COST() view returns (uint256)"),
    readFunction(rpc, pollCreator, "function bondingManager() view returns (address)"),
  ]);
  const manager = bondingManager[0] as Address;
  const [own, total] = await Promise.all([
    readFunction(rpc, manager, "function pendingStake(address account, uint256 endRound) view returns (uint256)", [account, 0n]),
    readFunction(rpc, manager, "function transcoderTotalStake(address account) view returns (uint256)", [account]),
  ]);
  const [ownWei, totalWei] = [own[0] as bigint, total[0] as bigint];
  return { hasWei: ownWei > totalWei ? ownWei : totalWei, neededWei: needed[0] as bigint, what: "stake, its own or delegated to it" };
}

/** A Governor asks for votes as they were a moment before: at the end of the clock's last unit. */
export async function readGovernorStake(rpc: Rpc, governor: Address, account: Address): Promise<CreationStake> {
  const [{ clock }, needed] = await Promise.all([readGovernorTraits(rpc, governor), readFunction(rpc, governor, "function proposalThreshold() view returns (uint256)")]);
  const has = await readFunction(rpc, governor, "function getVotes(address account, uint256 timepoint) view returns (uint256)", [account, clock - 1n]);
  return { hasWei: has[0] as bigint, neededWei: needed[0] as bigint, what: "votes" };
}

/** @throws LPCTL_VOTE_STAKE_MISSING naming how much */
export function requireStake(account: Address, { hasWei, neededWei, what }: CreationStake, kind: "poll" | "governor"): void {
  if (hasWei >= neededWei) return;
  throw new LpctlError({
    code: "LPCTL_VOTE_STAKE_MISSING",
    exit: Exit.refused,
    message: `${account} cannot create this vote: ${formatHuman(neededWei - hasWei, "wei-lpt")} are missing`,
    why: `it has ${formatHuman(hasWei, "wei-lpt")} of ${what}, and ${formatHuman(neededWei, "wei-lpt")} are needed; nothing of it is spent`,
    next: kind === "poll" ? "Bond more, or have it created by an account with enough stake: --key NAME" : `Stake counts from the round after it is bonded or written down (lpctl vote checkpoint ${account}); or have it created by another account: --key NAME`,
    details: { account, hasWei, neededWei, missingWei: neededWei - hasWei },
  });
}
