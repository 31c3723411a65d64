import { formatWeight } from "../voting/format-weight.ts";
import type { VotingPower } from "../voting/power/power.ts";
import { unitOf, type Choice, type VoteFacts } from "../voting/vote.ts";
import { printable } from "../protocol/printable.ts";
import { fold } from "./fold.ts";
import { styleFor, symbols } from "./style.ts";

const INDENT = 13;

/** What an account can do in a vote, line by line: its weight, whose that is otherwise, and whether its vote would count. */
export function formatVotingPower(vote: VoteFacts, power: VotingPower): string[] {
  const style = styleFor("stdout");
  const amount = (wei: bigint): string => formatWeight(wei, vote.kind === "governor" ? vote.rules : undefined);
  const { account, weightWei, overriddenWei, delegate, takesFrom, hasVoted, choice, hasCheckpoint, canCount } = power;
  const isTranscoder = delegate === account;
  return [
    row("weight", `${amount(weightWei)}, ${momentOf(vote, power)}`),
    row("delegated to", delegate === undefined ? "nobody" : isTranscoder ? "itself" : `${delegate}${power.delegateIsTranscoder || (vote.kind === "governor" && vote.rules === "oz-governor") ? "" : ", which is no transcoder"}`),
    ...(isTranscoder && overriddenWei > 0n
      ? [row("overridden", `${amount(overriddenWei)} by delegators that voted themselves; ${amount(weightWei > overriddenWei ? weightWei - overriddenWei : 0n)} is left to it`)]
      : []),
    ...(takesFrom === undefined
      ? []
      : [row("takes", `${amount(takesFrom.weightWei)} from its transcoder ${takesFrom.transcoder}, which ${takesFrom.hasVoted ? `has voted${choiceName(vote, takesFrom.choice)}` : "has not voted"}`)]),
    row("voted", hasVoted ? `yes${choiceName(vote, choice)}` : "no"),
    ...(hasCheckpoint ? [] : [row("checkpoint", `none: for votes that begin later, lpctl vote checkpoint ${account}`)]),
    row("counts", canCount.yes ? style.green(`${symbols.done} a vote of it counts`) : style.red(`${symbols.failed} ${printable(canCount.why)}`)),
  ];
}

function momentOf(vote: VoteFacts, { isDecided, atClock }: VotingPower): string {
  if (vote.kind === "poll") return isDecided ? `as it was at the end of the poll (round ${atClock})` : "as it stands; what it is at the end of the poll decides";
  const unit = unitOf(vote);
  return isDecided ? `as it was at the end of ${unit} ${vote.snapshot}` : `as it stands; what it is at the end of ${unit} ${vote.snapshot} decides`;
}

function choiceName(vote: VoteFacts, choice: Choice | undefined): string {
  if (choice === undefined) return "";
  const word = vote.kind === "poll" ? (choice === "for" ? "yes" : "no") : choice;
  return `: ${word}`;
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(INDENT)}${fold(value, INDENT + 2)}`;
}
