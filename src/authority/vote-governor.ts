import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { readGovernorTraits, type GovernorTraits } from "../voting/governor-traits.ts";
import type { VoteGovernorNode } from "./node.ts";

/**
 * A Governor of OpenZeppelin's kind, 4 or 5, with or without a timelock, as the LivepeerGovernor and the StakeGovernor are. By what
 * it answers: how it counts, when votes open and close, what it takes to propose. Whether it may do what it is asked for is decided
 * by the contracts that obey it, or by the roles of its timelock.
 */
export async function recogniseVoteGovernor(rpc: Rpc, address: Address): Promise<VoteGovernorNode | undefined> {
  const [counting, ...numbers] = await askVoteGovernor(rpc, address);
  const [votingDelay, votingPeriod, proposalThresholdWei, quorumNumerator, quorumDenominator] = numbers.map((answer) => answer?.[0] as bigint | undefined);
  if (counting === undefined || votingDelay === undefined || votingPeriod === undefined) return undefined;
  const traits = await readTraits(rpc, address);
  if (traits === undefined) return undefined;
  return {
    kind: "vote-governor",
    address,
    votes: traits.token,
    timelock: traits.timelock,
    rules: traits.rules,
    clockMode: traits.clockMode,
    votingDelay,
    votingPeriod,
    proposalThresholdWei: proposalThresholdWei ?? 0n,
    quorumNumerator,
    quorumDenominator,
  };
}

const NUMBERS = ["votingDelay", "votingPeriod", "proposalThreshold", "quorumNumerator", "quorumDenominator"] as const;

/** What only a Governor answers. */
function askVoteGovernor(rpc: Rpc, address: Address) {
  return Promise.all([
    tryReadFunction(rpc, address, "function COUNTING_MODE() view returns (string)"),
    ...NUMBERS.map((name) => tryReadFunction(rpc, address, `function ${name}() view returns (uint256)`)),
  ]);
}

/** With a clock of an unknown kind nobody could tell when anything happens: such a governor is a contract of unknown kind. */
async function readTraits(rpc: Rpc, address: Address): Promise<GovernorTraits | undefined> {
  try {
    return await readGovernorTraits(rpc, address);
  } catch (error) {
    if (error instanceof LpctlError && error.code === "LPCTL_VOTE_UNKNOWN_CLOCK") return undefined;
    throw error;
  }
}
