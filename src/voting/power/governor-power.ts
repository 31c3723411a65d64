import { readFunction, tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { readContractBlock } from "../contract-block.ts";
import { readStateNumber } from "../governor-traits.ts";
import { readBallots, type Ballot } from "../cast-votes.ts";
import { supportChoice } from "../governor-contract.ts";
import type { VotingPower } from "./power.ts";
import { logsMissing } from "../vote-errors.ts";
import { GOVERNOR_STATES, unitOf, type GovernorVoteFacts } from "../vote.ts";

/** Power at one moment, as the votes' token tells it. */
interface Moment {
  votes(account: Address): Promise<bigint>;
  /** Undefined: nobody. */
  delegate(account: Address): Promise<Address | undefined>;
  isDecided: boolean;
  /** In units of the clock. */
  at: bigint;
}

/** By the Governor's own token, at its snapshot; while that is to come, as it would be now. */
export async function readGovernorPower(rpc: Rpc, known: GovernorVoteFacts, account: Address): Promise<VotingPower> {
  const vote = await asOfNow(rpc, known);
  const { governor, voteId, token } = vote;
  if (token === undefined) throw noToken(vote);
  const moment = momentOf(rpc, vote, token);
  const isOverridable = vote.rules !== "oz-governor";
  const [block, weightWei, delegate, voted, checkpoint, ballots] = await Promise.all([
    rpc.block("latest"),
    moment.votes(account),
    moment.delegate(account),
    readFunction(rpc, governor, "function hasVoted(uint256, address) view returns (bool)", [voteId, account]),
    tryReadFunction(rpc, token, "function hasCheckpoint(address) view returns (bool)", [account]),
    readBallots(rpc, vote, isOverridable ? undefined : account),
  ]);
  const hasVoted = voted[0] === true;
  const own = ballots.find(({ voter }) => voter === account);
  if (hasVoted && own === undefined) throw logsMissing(`the Governor ${governor}`, `${account} has voted on ${voteId}, and no log tells of it`);
  const ofDelegate = isOverridable && delegate !== undefined && delegate !== account ? await moment.delegate(delegate) : delegate;
  const delegateIsTranscoder = isOverridable && delegate !== undefined && ofDelegate === delegate;
  const transcoderBallot = ballots.find(({ voter }) => voter === delegate);
  const power: Omit<VotingPower, "canCount"> = {
    account,
    weightWei,
    delegate,
    delegateIsTranscoder,
    takesFrom:
      delegateIsTranscoder && delegate !== undefined && delegate !== account && weightWei > 0n
        ? { transcoder: delegate, weightWei, hasVoted: transcoderBallot !== undefined, choice: transcoderBallot?.choice }
        : undefined,
    overriddenWei: isOverridable && delegate === account ? await sumOverridden(rpc, vote, moment, ballots, account) : 0n,
    hasCheckpoint: checkpoint === undefined || checkpoint[0] === true,
    hasVoted,
    choice: own?.choice,
    isDecided: moment.isDecided,
    atClock: moment.at,
    atBlock: block.number,
  };
  return { ...power, canCount: await judge(rpc, vote, token, power) };
}

/** The vote may have opened or closed since it was read: a person thinks, and types a password. */
async function asOfNow(rpc: Rpc, vote: GovernorVoteFacts): Promise<GovernorVoteFacts> {
  const [number, clock, block] = await Promise.all([
    readStateNumber(rpc, vote.governor, vote.voteId),
    tryReadFunction(rpc, vote.governor, "function clock() view returns (uint48)"),
    readContractBlock(rpc, "latest"),
  ]);
  return { ...vote, state: GOVERNOR_STATES[number] ?? vote.state, clock: (clock?.[0] as bigint | undefined) ?? block.contractNumber };
}

/** Power of a moment that has passed is asked of the past; the moment that is now, or is to come, knows only the present. */
function momentOf(rpc: Rpc, { governor, snapshot, clock, rules }: GovernorVoteFacts, token: Address): Moment {
  const ask = async (signature: string, args: readonly unknown[], of = token): Promise<unknown> => (await readFunction(rpc, of, `function ${signature}`, args))[0];
  const isDecided = snapshot < clock;
  const known = (answer: unknown): Address | undefined => (answer === ZERO_ADDRESS ? undefined : (answer as Address));
  return {
    isDecided,
    at: isDecided ? snapshot : clock,
    votes: (account) =>
      (isDecided
        ? ask("getVotes(address, uint256) view returns (uint256)", [account, snapshot], governor)
        : ask("getVotes(address) view returns (uint256)", [account])) as Promise<bigint>,
    delegate: async (account) =>
      known(
        // Tokens keep the votes of the past and not who had them from whom.
        isDecided && rules !== "oz-governor"
          ? await ask("delegatedAt(address, uint256) view returns (address)", [account, snapshot])
          : await ask("delegates(address) view returns (address)", [account]),
      ),
  };
}

/**
 * What delegators that voted themselves have taken out of a transcoder's vote. The contract keeps it to itself, so it is summed up
 * as the contract does: over the votes of those that were delegated to the transcoder at the snapshot. Whether the logs told of all
 * of them is seen by counting everybody's so: the sums are then those of the Governor. (An override that says what its transcoder
 * says moves no sum; a tally proves the logs themselves.)
 */
async function sumOverridden(rpc: Rpc, vote: GovernorVoteFacts, moment: Moment, ballots: readonly Ballot[], transcoder: Address): Promise<bigint> {
  const [answer, delegates] = await Promise.all([
    readFunction(rpc, vote.governor, "function proposalVotes(uint256) view returns (uint256, uint256, uint256)", [vote.voteId]),
    Promise.all(ballots.map(({ voter }) => moment.delegate(voter))),
  ]);
  const takenFrom = new Map<Address, bigint>();
  for (const [index, { voter, weightWei }] of ballots.entries()) {
    const delegate = delegates[index];
    if (delegate !== undefined && delegate !== voter) takenFrom.set(delegate, (takenFrom.get(delegate) ?? 0n) + weightWei);
  }
  const counted = (answer.toArray() as bigint[]).map((inContract, support): boolean => {
    const choice = supportChoice(BigInt(support));
    const sum = ballots.reduce((so, ballot, index) => (ballot.choice === choice ? so + ballot.weightWei - (delegates[index] === ballot.voter ? (takenFrom.get(ballot.voter) ?? 0n) : 0n) : so), 0n);
    return sum === inContract;
  });
  if (!counted.every(Boolean)) throw logsMissing(`the Governor ${vote.governor}`, `the votes in the logs of ${vote.voteId} do not come to what the Governor has counted`);
  return takenFrom.get(transcoder) ?? 0n;
}

async function judge(rpc: Rpc, vote: GovernorVoteFacts, token: Address, power: Omit<VotingPower, "canCount">): Promise<VotingPower["canCount"]> {
  const no = (why: string): VotingPower["canCount"] => ({ yes: false, why });
  if (vote.state === "pending") return no(`votes are taken after ${unitOf(vote)} ${vote.snapshot}, and it is ${vote.clock}`);
  if (vote.state !== "active") return no(`the vote is ${vote.state}`);
  if (power.hasVoted) return no("the account has voted, and a vote cannot be changed here");
  if (power.weightWei > 0n) return { yes: true };
  return no(await explainNoPower(rpc, vote, token, power));
}

async function explainNoPower(rpc: Rpc, vote: GovernorVoteFacts, token: Address, { account, delegate, delegateIsTranscoder, hasCheckpoint }: Omit<VotingPower, "canCount">): Promise<string> {
  const when = `at the snapshot (${unitOf(vote)} ${vote.snapshot})`;
  if (!hasCheckpoint) return `the account has no checkpoint in BondingVotes, so it had no votes ${when}, whatever its stake; one counts for later votes only`;
  if (vote.rules === "oz-governor") {
    const balance = await tryReadFunction(rpc, token, "function balanceOf(address) view returns (uint256)", [account]);
    if (((balance?.[0] as bigint | undefined) ?? 0n) === 0n) return `the account had no votes ${when}`;
    return delegate === undefined ? `the account has tokens but never delegated them, not even to itself, so it had no votes ${when}` : `the account had no votes ${when}: its tokens count for ${delegate}, or came later`;
  }
  if (delegate === undefined) return `the account had no stake ${when}`;
  return delegate === account || delegateIsTranscoder ? `the account had no stake left ${when}` : `its delegate ${delegate} was no transcoder ${when}, and stake of such a delegate has no votes`;
}

function noToken({ governor }: GovernorVoteFacts): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_NO_STAKE_SOURCE",
    exit: Exit.usage,
    message: `The Governor ${governor} does not say where its votes are counted`,
    why: "it does not answer token(), as Governors over a token or over BondingVotes do",
  });
}
