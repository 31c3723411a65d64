import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Call } from "../proposal/call.ts";
import type { Address } from "../protocol/hex.ts";
import { castCall, type VoteContent } from "../voting/governor-contract.ts";
import { readRounds } from "../voting/rounds.ts";
import { hashVote } from "../voting/vote-id.ts";
import type { GovernorVoteFacts } from "../voting/vote.ts";
import { chooseProposer, chooseVoters, type Voter } from "./choose-voters.ts";
import { formatClock } from "./format-authority.ts";
import type { VoteGovernorNode } from "./node.ts";
import type { PlannedStep } from "./planned-step.ts";

/**
 * What a fork does in place of the people of a vote: the biggest voters found on chain are acted for, and time passes as the
 * governor counts it. All of it is preparation: only what the calls do counts as an effect.
 */
export async function planCreation(rpc: Rpc, node: VoteGovernorNode, create: Call): Promise<PlannedStep[]> {
  const voters = await chooseVoters(rpc, node, undefined);
  const proposer = await chooseProposer(rpc, node, voters);
  return [
    ...(await planStart(rpc, node, voters, proposer)),
    { kind: "transaction", title: `${proposer.voter.address} puts it to the vote (${standsFor("somebody with enough votes")})`, from: proposer.voter.address, ...create, setup: true },
  ];
}

/** From where the vote stands to its end. @param vote as the chain has it, or what is going to be voted on */
export async function planVoting(rpc: Rpc, node: VoteGovernorNode, vote: GovernorVoteFacts | VoteContent): Promise<PlannedStep[]> {
  const known = "voteId" in vote ? vote : undefined;
  if (known !== undefined && known.state !== "pending" && known.state !== "active") return [];
  const voters = await chooseVoters(rpc, node, known);
  const voteId = known?.voteId ?? hashVote(vote.calls, vote.description);
  const wait = known === undefined ? node.votingDelay + 1n : known.state === "pending" ? known.snapshot - known.clock + 1n : 0n;
  const rest = known === undefined || known.state === "pending" ? node.votingPeriod : known.deadline - known.clock + 1n;
  return [
    ...(await pass(rpc, node, wait, "The vote opens")),
    ...voters.map(({ address }): PlannedStep => ({ kind: "transaction", title: `${address} votes for it (${standsFor("voters")})`, from: address, ...castCall(node.address, voteId, "for"), setup: true })),
    ...(await pass(rpc, node, rest, "The vote closes")),
  ];
}

/** The delay of the timelock between queueing and executing. */
export async function planDelay(rpc: Rpc, { timelock }: VoteGovernorNode, vote: GovernorVoteFacts | undefined): Promise<PlannedStep[]> {
  if (timelock === undefined) return [];
  const seconds = vote?.etaSeconds === undefined ? await readTimelockDelay(rpc, timelock) : vote.etaSeconds - (await rpc.block("latest")).timestampSeconds;
  return seconds > 0n ? [{ kind: "advance-time", title: `The timelock's delay passes (${seconds} s)`, seconds }] : [];
}

/** Seconds; of OpenZeppelin's timelock, or Compound's. */
export async function readTimelockDelay(rpc: Rpc, timelock: Address): Promise<bigint> {
  const [own, compound] = await Promise.all([
    tryReadFunction(rpc, timelock, "function getMinDelay() view returns (uint256)"),
    tryReadFunction(rpc, timelock, "function delay() view returns (uint256)"),
  ]);
  return ((own ?? compound)?.[0] as bigint | undefined) ?? 0n;
}

/** Time that has to pass before somebody may propose, or so that all votes fall into the time they are taken in. */
async function planStart(rpc: Rpc, node: VoteGovernorNode, voters: readonly Voter[], { mayNow }: { mayNow: boolean }): Promise<PlannedStep[]> {
  if (!mayNow) return pass(rpc, node, 2n, "Stake counts from the next round on");
  const rounds = node.clockMode === "rounds" ? await readRounds(rpc, node.votes) : undefined;
  if (rounds === undefined) return [];
  const { blocksIntoRound, lengthBlocks } = rounds;
  const needed = BigInt(voters.length) + 2n;
  if (blocksIntoRound + needed < lengthBlocks * node.votingPeriod) return [];
  const blocks = lengthBlocks - blocksIntoRound;
  return [{ kind: "advance-blocks", title: `The next round begins (${blocks} blocks)`, blocks }];
}

/** So much time of the governor's clock. */
async function pass(rpc: Rpc, node: VoteGovernorNode, units: bigint, what: string): Promise<PlannedStep[]> {
  if (units <= 0n) return [];
  const title = `${what} (${formatClock(units, node.clockMode)} later)`;
  switch (node.clockMode) {
    case "blocks":
      return [{ kind: "advance-blocks", title, blocks: units }];
    case "seconds":
      return [{ kind: "advance-time", title, seconds: units }];
    case "rounds": {
      const rounds = await readRounds(rpc, node.votes);
      if (rounds === undefined) throw unknownRounds(node);
      return [{ kind: "advance-blocks", title, blocks: units * rounds.lengthBlocks }];
    }
  }
}

function standsFor(whom: string): string {
  return `stands for ${whom}`;
}

function unknownRounds({ address }: VoteGovernorNode): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_NO_REHEARSAL",
    exit: Exit.refused,
    message: `lpctl cannot rehearse a vote of the governor ${address}`,
    why: "it counts its time in rounds, and no RoundsManager is registered that tells how long they are",
    next: `lpctl authority show ${address}`,
  });
}
