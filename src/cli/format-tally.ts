import type { CountedUnder, VoteCount } from "../inspection/tally/count-vote.ts";
import { formatHuman } from "../protocol/units.ts";
import { voteReference } from "../voting/vote.ts";
import { styleFor, symbols } from "./style.ts";
import { formatTable } from "./table.ts";
import { plural } from "../protocol/plural.ts";

/** More than these are counted, not listed. */
const MOST_NAMED = 12;

/** A tally for people: the result under each rule-set, then how near it was under the first of them. */
export function formatTally(count: VoteCount): string {
  const { input, counted, uncountable, written } = count;
  const [first] = counted;
  if (first === undefined) return "";
  const { vote, at, isFinal } = input;
  const lines = [
    `${vote.kind === "poll" ? "Poll" : "Vote"} ${voteReference(vote)} ${isFinal ? "as it ended" : "as it stands"}, counted at block ${at.blockNumber} (${at.blockHash}), ${vote.kind === "poll" ? "round" : "clock"} ${at.round}`,
    "",
    formatTable(counted, [
      { header: "RULES", value: ({ result }) => result.rules },
      { header: "OUTCOME", value: ({ result }) => (result.outcome === "invalid" ? "no quorum" : result.outcome) },
      { header: "FOR", value: ({ result }) => lpt(result.forWei), align: "right" },
      { header: "AGAINST", value: ({ result }) => lpt(result.againstWei), align: "right" },
      { header: "ABSTAIN", value: ({ result }) => lpt(result.abstainWei), align: "right" },
      { header: "QUORUM", value: ({ result }) => lpt(result.quorumWei), align: "right" },
      { header: "TURNOUT", value: ({ analysis }) => percent(analysis.turnoutPpm), align: "right" },
      { header: "VOTERS", value: ({ result }) => String(result.rows.length), align: "right" },
    ]),
    ...uncountable.map(({ rules, message }) => `${rules}: no result. ${message}`),
    "",
    ...warnings(count),
    ...formatMargins(first),
    ...formatFlip(first),
    `Logs: ${plural(input.votes.length, "vote")}; the filters of ${input.logsProven.blocks} of ${input.logsProven.ofBlocks} blocks were compared with them`,
    ...(written === undefined ? [] : ["", `Written to ${written.path}${written.rowsPath === undefined ? "" : ` and ${written.rowsPath}`}`, `Merkle root ${written.root}, id ${written.id}`]),
  ];
  return lines.join("\n");
}

function warnings({ input: { vote }, counted, uncountable, disagree, contract }: VoteCount): string[] {
  const style = styleFor("stdout");
  const loud = (text: string): string => style.red.bold(`${symbols.warning} ${text}`);
  const lines: string[] = [];
  if (vote.kind === "poll" && vote.foreign) lines.push(loud(`A FOREIGN POLL: it was created by ${vote.creator ?? "nobody that an event names"}, which is not the registered PollCreator`));
  if (disagree) {
    const named = (passed: boolean): string => counted.filter(({ result }) => (result.outcome === "passed") === passed).map(({ result }) => result.rules).join(", ");
    lines.push(loud(`THE RULE-SETS DISAGREE: it passes under ${named(true) || "none"}; it does not under ${[named(false), ...uncountable.map(({ rules }) => `${rules} (no result)`)].filter((each) => each !== "").join(", ") || "none"}`));
  }
  if (contract !== undefined && !contract.agrees) lines.push(loud(`THE CONTRACT HAS COUNTED OTHERWISE: ${contract.why ?? ""}`));
  for (const { result } of counted) {
    if (result.abstainOnly && result.outcome === "passed") lines.push(loud(`ABSTENTIONS ALONE: under ${result.rules} this passes although nobody voted for it`));
  }
  return lines.length === 0 ? [] : [...lines, ""];
}

function formatMargins({ result, analysis }: CountedUnder): string[] {
  const { marginWei, quorumMarginWei } = analysis;
  const side = (wei: bigint, above: string, below: string): string => (wei >= 0n ? `${both(wei)} ${above}` : `${both(-wei)} ${below}`);
  return [
    `Under ${result.rules}:`,
    `  for          ${side(marginWei, `above the ${lpt(result.neededWei)} that are needed`, `short of the ${lpt(result.neededWei)} that are needed`)}`,
    `  quorum       ${side(quorumMarginWei, `above ${lpt(result.quorumWei)}`, `short of ${lpt(result.quorumWei)}`)}`,
    ...(result.transcoders === undefined ? [] : [`  transcoders  ${lpt(result.transcoders.castWei)} of the ${lpt(result.transcoders.requiredWei)} that they must cast themselves${result.transcoders.reached ? "" : ": not enough"}`]),
    `  turnout      ${percent(analysis.turnoutPpm)} of ${lpt(result.baseWei)}; ${lpt(analysis.castByTranscodersWei)} by transcoders, ${lpt(analysis.castByDelegatorsWei)} by delegators themselves`,
  ];
}

function formatFlip({ analysis: { flip }, result }: CountedUnder): string[] {
  if (flip === undefined) return result.outcome === "invalid" ? ["  nobody who voted could turn it: the quorum is missing"] : ["  nobody who voted could turn it"];
  const count = flip.voters.length;
  const how = flip.by === "voting-otherwise" ? "voting otherwise" : "not voting";
  const proof = flip.isSmallest ? (count === 1 ? "no smaller set could" : `no ${count - 1} voters could`) : `fewer than ${flip.atLeast} never could`;
  return [
    `  ${count === 1 ? "one voter" : `${count} voters`} could turn it by ${how}; ${proof}:`,
    ...flip.voters.slice(0, MOST_NAMED).map(({ voter, effectiveWei }) => `    ${voter}  ${lpt(effectiveWei)}`),
    ...(count > MOST_NAMED ? [`    and ${count - MOST_NAMED} more`] : []),
  ];
}

function lpt(wei: bigint): string {
  return formatHuman(wei, "wei-lpt");
}

function both(wei: bigint): string {
  return `${lpt(wei)} (${wei} wei)`;
}

function percent(ppm: bigint): string {
  return formatHuman(ppm, "percent-1e6");
}

/** The same for `--json`. */
export function tallyResult(count: VoteCount): Record<string, unknown> {
  const { input, counted, uncountable, disagree, contract, written } = count;
  return {
    vote: voteReference(input.vote),
    kind: input.vote.kind,
    at: input.at,
    isFinal: input.isFinal,
    totals: { totalStakedWei: input.totalStakedWei, totalActiveStakeWei: input.totalActiveStakeWei, quorumPpm: input.quorumPpm, quotaPpm: input.quotaPpm },
    logsProven: input.logsProven,
    results: counted.map(({ result: { rows, transcoders, ...result }, analysis: { flip, ...analysis } }) => ({ ...result, transcoders: transcoders ?? null, voters: rows.length, analysis: { ...analysis, flip: flip ?? null } })),
    uncountable,
    disagree,
    contract: contract === undefined ? null : { agrees: contract.agrees, why: contract.why ?? null },
    file: written === undefined ? null : { path: written.path, rowsPath: written.rowsPath ?? null, id: written.id, root: written.root },
  };
}
