/** Whether a vote can be taken at all, before anybody is asked for a password or for gas. Pure. */
import { Exit, LpctlError, type ErrorCode } from "../../errors.ts";
import { formatHuman } from "../../protocol/units.ts";
import type { VotingPower } from "../../voting/power/power.ts";
import { shortReference } from "../../voting/short-reference.ts";
import { unitOf, type Choice, type VoteFacts } from "../../voting/vote.ts";
import { foreignPoll } from "../../voting/vote-errors.ts";
import { nameChoice, requireChoiceOf } from "./choice.ts";

/**
 * What can be said of a vote whoever casts it.
 * @throws LPCTL_VOTE_WRONG_CHOICE, _FOREIGN_POLL, _NOT_OPEN, _CLOSED, _CANCELED, _EXECUTED
 */
export function judgeVote(vote: VoteFacts, choice: Choice): void {
  requireChoiceOf(vote, choice);
  const name = shortReference(vote);
  if (vote.kind === "poll") {
    if (vote.foreign) throw foreignPoll(vote);
    if (vote.state === "over") throw refusal("LPCTL_VOTE_CLOSED", `The poll ${name} is over`, `votes were taken until block ${vote.endBlock}`, `lpctl vote tally ${name}`);
    return;
  }
  switch (vote.state) {
    case "active":
      return;
    case "pending":
      throw refusal("LPCTL_VOTE_NOT_OPEN", `The vote ${name} is not open yet`, `votes are taken after ${unitOf(vote)} ${vote.snapshot}; it is ${vote.clock} now`, `lpctl vote show ${name} --watch`);
    case "canceled":
      throw refusal("LPCTL_VOTE_CANCELED", `The vote ${name} was canceled`, "whatever is voted now, nothing comes of it", `lpctl vote show ${name}`);
    case "executed":
      throw refusal("LPCTL_VOTE_EXECUTED", `The vote ${name} has been executed`, "what it was about has happened", `lpctl vote show ${name}`);
    case "defeated":
    case "succeeded":
    case "queued":
    case "expired":
      throw refusal("LPCTL_VOTE_CLOSED", `The vote ${name} is closed: it is ${vote.state}`, `votes were taken until ${unitOf(vote)} ${vote.deadline}; it is ${vote.clock} now`, vote.state === "defeated" || vote.state === "expired" ? `lpctl vote show ${name}` : `lpctl vote execute ${name}`);
  }
}

/**
 * What can be said of it once the voter is known.
 * @returns what the voter should know, one sentence each
 * @throws LPCTL_VOTE_ALREADY_CAST, LPCTL_VOTE_NO_POWER
 */
export function judgePower(vote: VoteFacts, choice: Choice, power: VotingPower): string[] {
  const name = shortReference(vote);
  const { account, canCount, choice: earlier } = power;
  if (power.hasVoted && (vote.kind === "governor" || earlier === choice)) {
    const said = earlier === undefined ? "" : ` ${nameChoice(vote, earlier)}`;
    throw refusal(
      "LPCTL_VOTE_ALREADY_CAST",
      `${account} has voted${said} in ${name}`,
      vote.kind === "governor" ? "a governor takes one vote of each account, and no change of it" : "that is its last vote, and the last one counts",
      `lpctl vote show ${name}`,
    );
  }
  if (!canCount.yes && power.isDecided) {
    throw refusal("LPCTL_VOTE_NO_POWER", `A vote of ${account} in ${name} cannot count`, canCount.why, power.hasCheckpoint ? `lpctl vote show ${name}` : `Where it has stake, for later votes: lpctl vote checkpoint ${account}`);
  }
  return remarksOf(vote, power);
}

function remarksOf(vote: VoteFacts, { account, canCount, choice, takesFrom, overriddenWei, weightWei, hasVoted, hasCheckpoint, isDecided }: VotingPower): string[] {
  const remarks: string[] = [];
  if (!canCount.yes) remarks.push(`As things stand this vote does not count: ${canCount.why}.`);
  else if (!isDecided && vote.kind === "poll") remarks.push(`The poll counts the stake of its end, after block ${vote.endBlock}: until then the weight may change.`);
  if (hasVoted && choice !== undefined) remarks.push(`This replaces the earlier vote of ${account}: ${nameChoice(vote, choice)}.`);
  if (takesFrom !== undefined && takesFrom.weightWei > 0n) remarks.push(overrideRemark(vote, takesFrom));
  if (overriddenWei > 0n) {
    remarks.push(
      overriddenWei >= weightWei
        ? `Delegators of ${account} have voted themselves with all of its ${formatHuman(weightWei, "wei-lpt")}: nothing is left to vote with.`
        : `Delegators of ${account} have voted themselves with ${formatHuman(overriddenWei, "wei-lpt")} of its ${formatHuman(weightWei, "wei-lpt")}.`,
    );
  }
  if (!hasCheckpoint) remarks.push(`Nothing is written down for ${account}: lpctl vote checkpoint ${account} gives it votes from the next round on.`);
  return remarks;
}

function overrideRemark(vote: VoteFacts, { transcoder, weightWei, hasVoted, choice }: NonNullable<VotingPower["takesFrom"]>): string {
  const voted = hasVoted ? `, which has voted${choice === undefined ? "" : ` ${nameChoice(vote, choice)}`}` : ", which has not voted yet";
  return `Takes ${formatHuman(weightWei, "wei-lpt")} out of the vote of the transcoder ${transcoder}${voted}.`;
}

function refusal(code: ErrorCode, message: string, why: string, next: string): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next });
}
