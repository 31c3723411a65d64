import { readFunction } from "../chain/read-function.ts";
import type { Address } from "../protocol/hex.ts";
import { addressIn, type Stage } from "./stage.ts";

const DELEGATOR =
  "function getDelegator(address account) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)";
const LOCK = "function getDelegatorUnbondingLock(address account, uint256 unbondingLockId) view returns (uint256 amount, uint256 withdrawRound)";
const ONE_UINT = "view returns (uint256)";

export interface StakeHolder {
  name: string;
  address: Address;
}

/** Stake, earnings and unbonding locks of people, as the BondingManager's own functions tell them. */
export async function readStake(stage: Stage, people: readonly StakeHolder[]): Promise<Record<string, string>> {
  const address = addressIn(stage, "BondingManager");
  const entries = people.flatMap(({ name: role, address: account }) => {
    return [
      { name: `${role}: stake`, signature: DELEGATOR, args: [account] },
      { name: `${role}: stake with what it earned`, signature: `function pendingStake(address account, uint256 endRound) ${ONE_UINT}`, args: [account, 0n] },
      { name: `${role}: fees`, signature: `function pendingFees(address account, uint256 endRound) ${ONE_UINT}`, args: [account, 0n] },
      { name: `${role}: unbonding lock 0`, signature: LOCK, args: [account, 0n] },
    ];
  });
  const values = await Promise.all(
    entries.map(async ({ name, signature, args }): Promise<[string, string]> => {
      const answer = await readFunction(stage.project.rpc, address, signature, args);
      return [name, answer.toArray().map(String).join(", ")];
    }),
  );
  return Object.fromEntries(values);
}
