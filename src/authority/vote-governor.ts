import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import type { VoteGovernorNode } from "./node.ts";

const NUMBERS = ["votingDelay", "votingPeriod", "proposalThreshold", "quorumNumerator", "quorumDenominator"] as const;

/**
 * A Governor of OpenZeppelin's kind, as the LivepeerGovernor is: it says where votes are counted and by which rules. Whether it
 * may do what it is asked for is decided by the roles of the timelock that it proposes to.
 */
export async function recogniseVoteGovernor(rpc: Rpc, address: Address): Promise<VoteGovernorNode | undefined> {
  const [token, ...numbers] = await Promise.all([
    tryReadFunction(rpc, address, "function token() view returns (address)"),
    ...NUMBERS.map((name) => tryReadFunction(rpc, address, `function ${name}() view returns (uint256)`)),
  ]);
  const [votingDelay, votingPeriod, proposalThresholdWei, quorumNumerator, quorumDenominator] = numbers.map((answer) => answer?.[0] as bigint | undefined);
  if (
    token === undefined ||
    votingDelay === undefined ||
    votingPeriod === undefined ||
    proposalThresholdWei === undefined ||
    quorumNumerator === undefined ||
    quorumDenominator === undefined ||
    quorumDenominator === 0n
  ) {
    return undefined;
  }
  return { kind: "vote-governor", address, votes: token[0] as Address, votingDelay, votingPeriod, proposalThresholdWei, quorumNumerator, quorumDenominator };
}

/** Says that a vote would be needed. */
export function needsVote(node: VoteGovernorNode): LpctlError {
  return new LpctlError({
    code: "LPCTL_AUTHORITY_NEEDS_VOTE",
    exit: Exit.usage,
    message: `What ${node.address} does is decided by vote, and lpctl cannot put anything to the vote`,
    why: `Votes are counted by ${node.votes}; no key can act in their place.`,
    next: "Rehearse with a phase whose Controller belongs to people: lpctl node start --phase governor",
  });
}
