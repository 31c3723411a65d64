import { ballotHashes, type Ballot } from "../lifecycle/votes/ballot/ballot.ts";
import type { Cast } from "../lifecycle/votes/cast-vote.ts";
import { nameChoice } from "../lifecycle/votes/choice.ts";
import type { Standing, Standings } from "../lifecycle/votes/standings.ts";
import { printable } from "../protocol/printable.ts";
import { formatHuman } from "../protocol/units.ts";
import { unitOf, voteReference, voteText, type VoteFacts } from "../voting/vote.ts";

/** What a voter sees before voting: what it is about, with which weight, whom that is taken from, and what it changes. */
export function formatCast({ vote, choice, reason, stored, voter, power, standings, remarks }: Cast): string {
  const rows: [string, string][] = [
    ["vote", `${vote.kind} ${voteReference(vote)}`],
    ["about", stored === undefined ? firstLine(voteText(vote)) : `${stored.name}: ${printable(stored.proposal.title)}`],
    ["until", vote.kind === "poll" ? `block ${vote.endBlock}, as contracts count blocks` : `${unitOf(vote)} ${vote.deadline} (it is ${vote.clock})`],
    ["voter", voter],
    ["choice", `${nameChoice(vote, choice)}${reason === undefined ? "" : `, "${printable(reason)}"`}`],
    ["power", `${formatHuman(power.weightWei, "wei-lpt")}${momentOf(vote, power)}`],
    ["delegate", delegateOf(power)],
  ];
  return [...rows.map(([name, value]) => `${name.padEnd(9)} ${value}`), ...formatStandings(vote, standings), ...remarks.map((remark) => `- ${printable(remark)}`)].join("\n");
}

/** What is signed, as a device shows it. */
export function formatBallot(ballot: Ballot): string {
  const { domainHash, messageHash, hash } = ballotHashes(ballot);
  return [
    `You sign a ballot of ${printable(ballot.name)} ${printable(ballot.version)} at ${ballot.governor} on chain ${ballot.chainId}${ballot.nonce === undefined ? "" : `, nonce ${ballot.nonce}`}. Your device shows:`,
    `  domain hash   ${domainHash}`,
    `  message hash  ${messageHash}`,
    `  signed hash   ${hash}`,
  ].join("\n");
}

/** For `--json`. */
export function castResult({ vote, choice, reason, stored, voter, power, standings, remarks }: Cast): Record<string, unknown> {
  return {
    vote: { kind: vote.kind, reference: voteReference(vote), contract: vote.kind === "poll" ? vote.address : vote.governor },
    proposal: stored?.name ?? null,
    voter,
    choice,
    reason: reason ?? null,
    power: {
      weightWei: power.weightWei,
      delegate: power.delegate ?? null,
      takesFrom: power.takesFrom === undefined ? null : { transcoder: power.takesFrom.transcoder, weightWei: power.takesFrom.weightWei, choice: power.takesFrom.choice ?? null },
      overriddenWei: power.overriddenWei,
      decided: power.isDecided,
    },
    earlier: power.choice ?? null,
    tally: "unknown" in standings ? null : { before: standingResult(standings.before), after: standingResult(standings.after) },
    remarks,
  };
}

function standingResult({ rules, forWei, againstWei, abstainWei, participationWei, quorumWei, quorumReached, outcome }: Standing): Record<string, unknown> {
  return { rules, forWei, againstWei, abstainWei, participationWei, quorumWei, quorumReached, outcome };
}

function formatStandings(vote: VoteFacts, standings: Standings): string[] {
  if ("unknown" in standings) return [`The tally cannot be shown, before or after: ${printable(standings.unknown)}`];
  const { before, after } = standings;
  const lines: [string, bigint, bigint][] = [
    [nameChoice(vote, "for"), before.forWei, after.forWei],
    [nameChoice(vote, "against"), before.againstWei, after.againstWei],
    ...(vote.kind === "governor" ? [["abstain", before.abstainWei, after.abstainWei] as [string, bigint, bigint]] : []),
    ["quorum", before.participationWei, after.participationWei],
  ];
  return [
    `tally     as it stands -> with this vote (${before.rules})`,
    ...lines.map(([name, old, next]) => `  ${name.padEnd(7)} ${lpt(old)}${old === next ? "" : ` -> ${lpt(next)}`}${name === "quorum" ? ` of ${lpt(after.quorumWei)}` : ""}`),
    `  ${"outcome".padEnd(7)} ${before.outcome}${before.outcome === after.outcome ? "" : ` -> ${after.outcome}`}${after.abstainOnly ? ", by abstentions alone" : ""}`,
  ];
}

function momentOf(vote: VoteFacts, { isDecided, atClock }: Cast["power"]): string {
  if (vote.kind === "poll") return isDecided ? " at the poll's end" : ", as it stands; the poll's end decides";
  return isDecided ? ` at the snapshot (${unitOf(vote)} ${atClock})` : ", as it stands; the snapshot decides";
}

function delegateOf({ account, delegate, delegateIsTranscoder }: Cast["power"]): string {
  if (delegate === undefined) return "nobody";
  if (delegate === account) return "itself";
  return `${delegate}${delegateIsTranscoder ? "" : ", which is no transcoder"}`;
}

function firstLine(text: string): string {
  const [first = ""] = text.split(/\r?\n/);
  return first.trim() === "" ? "(no text)" : printable(first).slice(0, 200);
}

function lpt(wei: bigint): string {
  return formatHuman(wei, "wei-lpt");
}
