import { shortReference } from "../voting/short-reference.ts";
import type { Standing, VoteCall, VoteView } from "../lifecycle/votes/show-vote.ts";
import { printable, printableLines } from "../protocol/printable.ts";
import { formatHuman } from "../protocol/units.ts";
import { formatMoment } from "../voting/format-moment.ts";
import { formatWeight } from "../voting/format-weight.ts";
import type { Outlook } from "../voting/outlook.ts";
import type { TimeLeft } from "../voting/time-left.ts";
import { isOpen, voteText, type VoteFacts } from "../voting/vote.ts";
import { formatAbout } from "./about-duration.ts";
import { fold } from "./fold.ts";
import { formatState } from "./format-votes.ts";
import { formatVotingPower } from "./format-voting-power.ts";
import { styleFor, symbols } from "./style.ts";
import { plural } from "../protocol/plural.ts";

/** Where values begin, behind their names. */
const INDENT = 13;

/** A vote for people: what it is about, how it stands, what is still needed, how long it takes, what it would run. */
export function formatVote(view: VoteView): string {
  const style = styleFor("stdout");
  const { vote, power, remarks } = view;
  return [
    ...headOf(view),
    ...textOf(vote),
    ...formatStanding(view),
    ...(view.calls.length === 0 ? [] : ["", style.bold("Calls, as they will run"), ...view.calls.flatMap(formatCall)]),
    ...(power === null ? [] : ["", style.bold(`Power of ${power.account}`), ...formatVotingPower(vote, power)]),
    ...(remarks.length === 0 ? [] : ["", ...remarks.map((remark) => `${style.yellow(symbols.warning)} ${fold(printable(remark), 2)}`)]),
  ].join("\n");
}

function headOf({ vote, contract, reference, proposal, timeLeft }: VoteView): string[] {
  const style = styleFor("stdout");
  const name = printable(contract ?? (vote.kind === "poll" ? "no registered PollCreator" : "a Governor"));
  const at = vote.kind === "poll" ? (vote.creator ?? "unknown") : vote.governor;
  return [
    `${style.bold(`${vote.kind === "poll" ? "Poll" : "Vote"} ${shortReference(vote)}`)}  ${formatState(vote)}`,
    ...(vote.kind === "poll" ? [] : [row("id", reference)]),
    row("of", `${name} ${at}`),
    ...(proposal === null ? [] : [row("proposal", `${proposal.name}: ${printable(proposal.title)}`), row("", relationOf(vote, proposal.relation))]),
    ...(vote.link?.reportHash === undefined ? [] : [row("report", `${vote.link.reportHash}${proposal?.hasReport === true ? ", the one beside the proposal" : ""}`)]),
    row("created", `in block ${vote.createdBlock}${vote.kind === "governor" ? ` by ${vote.proposer}` : ""}, ${vote.createdTransaction}`),
    row("open", spanOf(vote)),
    ...(timeLeft === null ? [] : [row("time left", formatTimeLeft(timeLeft))]),
  ];
}

function relationOf(vote: VoteFacts, relation: "belongs" | "claims"): string {
  const style = styleFor("stdout");
  if (relation === "claims") return style.red(`${symbols.failed} its ${vote.kind === "poll" ? "text is NOT the one about" : "calls are NOT those of"} the proposal`);
  return vote.kind === "poll" ? "by its text; a poll runs nothing" : style.green(`${symbols.done} its calls are exactly those of the proposal`);
}

function spanOf(vote: VoteFacts): string {
  if (vote.kind === "poll") return `through block ${vote.endBlock}, as contracts count blocks`;
  const { clockMode, snapshot, deadline, clock } = vote;
  return `after ${formatMoment(clockMode, snapshot)}, whose end decides the power, through ${formatMoment(clockMode, deadline)}; it is ${formatMoment(clockMode, clock)}`;
}

/** `7 rounds, 420 blocks, about 1 hour 24 minutes, until votes are no longer taken`. */
export function formatTimeLeft({ what, unit, units, blocks, seconds }: TimeLeft): string {
  const parts = [
    ...(unit === "rounds" ? [units === 0n ? "the rest of this round" : `${plural(units, "round")} and the rest of this one`] : []),
    ...(blocks === undefined ? [] : [plural(blocks, "block")]),
    ...(seconds === undefined ? [] : [`about ${formatAbout(seconds)}`]),
  ];
  return `${parts.join(", ")}, until ${what}`;
}

function textOf(vote: VoteFacts): string[] {
  const text = voteText(vote).trim();
  return ["", styleFor("stdout").bold("Text"), ...(text === "" ? ["  (none)"] : printableLines(text).split("\n").map((line) => `  ${line}`.trimEnd()))];
}

/** How it stands, and what it still needs. */
function formatStanding({ vote, standing, outlook }: VoteView): string[] {
  const style = styleFor("stdout");
  if (standing === null) return ["", "Nobody can have voted yet."];
  if (!standing.counted) return ["", `${style.yellow(symbols.warning)} It cannot be counted here: ${printable(standing.why)}`];
  const [yes, no] = vote.kind === "poll" ? ["yes", "no"] : ["for", "against"];
  const { forWei, againstWei, abstainWei, transcoders } = standing;
  const amount = amountsOf(vote);
  return [
    "",
    style.bold(`Tally under ${standing.rules}${isOpen(vote) ? ", as it stands" : ""}`),
    row(yes, `${amount(forWei)}${shareOf(forWei, forWei + againstWei)}`),
    row(no, `${amount(againstWei)}${shareOf(againstWei, forWei + againstWei)}`),
    ...(vote.kind === "poll" ? [] : [row("abstain", amount(abstainWei))]),
    row("quorum", `${amount(standing.participationWei)} of ${amount(standing.quorumWei)} needed${shareOf(standing.participationWei, standing.baseWei, " of all")}: ${standing.participationWei >= standing.quorumWei ? "reached" : "missed so far"}`),
    ...(transcoders === undefined ? [] : [row("transcoders", `${amount(transcoders.castWei)} of ${amount(transcoders.requiredWei)} that they must cast themselves: ${transcoders.reached ? "reached" : "missed so far"}`)]),
    row("outcome", outcomeOf(vote, standing)),
    ...(outlook === null ? [] : [row("needed", neededOf(outlook, amount, yes))]),
  ];
}

function outcomeOf(vote: VoteFacts, { outcome }: Extract<Standing, { counted: true }>): string {
  const word = outcome === "invalid" ? "without a quorum" : outcome;
  return isOpen(vote) ? `${word}, were it to end now` : word;
}

function neededOf({ toQuorumWei, toTranscodersWei, toPassWei }: Outlook, amount: (wei: bigint) => string, yes: string): string {
  const parts = [
    ...(toQuorumWei > 0n ? [`${amount(toQuorumWei)} more to the quorum`] : []),
    ...(toTranscodersWei > 0n ? [`${amount(toTranscodersWei)} more of transcoders`] : []),
    toPassWei === undefined ? "no votes are enough to pass" : toPassWei === 0n ? "nothing more to pass" : `${amount(toPassWei)} more “${yes}” to pass, if nobody else votes`,
  ];
  return parts.join("; ");
}

function formatCall({ to, toName, valueWei, data, signature, args }: VoteCall): string[] {
  return [
    `  ${toName === null ? "" : `${printable(toName)} `}${to}${valueWei === 0n ? "" : `  value ${formatHuman(valueWei, "wei-eth")}`}`,
    ...(signature === null ? [] : [`    ${signature}`, ...args.map((arg) => `      ${printable(arg.name || arg.type)}: ${arg.value}`)]),
    `    ${styleFor("stdout").dim(data)}`,
  ];
}

export function amountsOf(vote: VoteFacts): (wei: bigint) => string {
  return (wei) => formatWeight(wei, vote.kind === "poll" ? undefined : vote.rules);
}

function shareOf(part: bigint, whole: bigint, of = ""): string {
  if (whole === 0n) return "";
  const hundredths = (part * 10_000n) / whole;
  return ` (${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")}%${of})`;
}

function row(name: string, value: string): string {
  return `${name.padEnd(INDENT)}${fold(value, INDENT)}`;
}
