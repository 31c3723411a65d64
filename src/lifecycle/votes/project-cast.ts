import { ZERO_ADDRESS, ZERO_HASH } from "../../protocol/hex.ts";
import type { VotingPower } from "../../voting/power/power.ts";
import type { AccountStake, TallyInput } from "../../voting/tally/tally-input.ts";
import type { Choice } from "../../voting/vote.ts";

/**
 * What a tally depends on, were this vote the next one to be cast. What is known of the voter and of its delegate is filled in
 * where the tally so far did not ask for them. Pure.
 */
export function projectCast(input: TallyInput, power: VotingPower, choice: Choice): TallyInput {
  const accounts = new Map(input.accounts);
  const delegate = power.delegate ?? ZERO_ADDRESS;
  if (!accounts.has(power.account)) accounts.set(power.account, stakeOf(power, input.vote.kind === "governor"));
  // Nobody but the voter is counted with what is filled in here: whoever has voted is known already.
  if (!accounts.has(delegate)) accounts.set(delegate, { ...NOTHING, delegate: power.delegateIsTranscoder ? delegate : ZERO_ADDRESS, isRegistered: power.delegateIsTranscoder });
  // What the contract has counted, it has counted without this vote.
  const { contract: _counted, ...rest } = input;
  return {
    ...rest,
    accounts,
    votes: [...input.votes, { voter: power.account, choice, weightWei: power.weightWei, blockNumber: input.at.blockNumber, logIndex: Number.MAX_SAFE_INTEGER, transaction: ZERO_HASH }],
  };
}

const NOTHING: AccountStake = { delegate: ZERO_ADDRESS, bondedWei: 0n, pendingStakeWei: 0n, delegatedWei: 0n, isRegistered: false, isActive: false };

function stakeOf({ account, delegate, weightWei }: VotingPower, isGovernor: boolean): AccountStake {
  const isRegistered = delegate === account && weightWei > 0n;
  return {
    delegate: delegate ?? ZERO_ADDRESS,
    bondedWei: weightWei,
    pendingStakeWei: weightWei,
    delegatedWei: isRegistered ? weightWei : 0n,
    isRegistered,
    isActive: false,
    ...(isGovernor ? { votesWei: weightWei } : {}),
  };
}
