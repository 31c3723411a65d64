import type { Address, Hex } from "../protocol/hex.ts";
import type { VoteLink } from "./vote.ts";

/** On a line of its own, in lower case, once: whatever else a text says, this is what a machine reads in it. */
const PROPOSAL_LINE = /^lpctl proposal (0x[0-9a-f]{64})$/;
const REPORT_LINE = /^report (0x[0-9a-f]{64})$/;
/** What people may take for such a line, however it is written; tried on text whose gaps are one space each, or none. */
const LOOKS_LIKE_PROPOSAL = /lpctl ?proposal ?[:#=]? ?0x ?[0-9a-f]{8}/giu;
const LOOKS_LIKE_REPORT = /report ?[:#=]? ?0x ?[0-9a-f]{8}/giu;
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/** The text of a vote about a proposal: its title, and the hashes of what is voted on and of the report that voters were given. */
export function formatVoteText({ title, proposalId, reportHash }: { title: string; proposalId: Hex; reportHash: Hex }): string {
  // A title that names a proposal itself would make the text one about two.
  const oneLine = title.replace(/\s+/gu, " ").replace(/(lpctl ?proposal|report)(?= ?[:#=]? ?0x)/giu, "$1 id").trim();
  return `${oneLine}\n\nlpctl proposal ${proposalId}\nreport ${reportHash}`;
}

/**
 * The text of a governor's vote that nobody but its creator can make: Governors since OpenZeppelin 4.9 take a text that ends so from this
 * account alone. Else anybody could make the very vote first, and cancel it, and its id would be used up.
 */
export function reserveVoteText(text: string, creator: Address | undefined): string {
  return creator === undefined ? text : `${text}\n\n#proposer=${creator}`;
}

/**
 * The proposal that a text names, as `formatVoteText` writes it. A text that names two is about neither: voters could be shown one
 * and the machine be given the other. So is one that names another in a way that only people read: in capitals, after a line break
 * of another kind, with invisible characters in between.
 */
export function parseVoteText(text: string): VoteLink | undefined {
  if (looksLikeTwo(text)) return undefined;
  const lines = text.split(/\r?\n/);
  const proposals = matches(lines, PROPOSAL_LINE);
  const reports = matches(lines, REPORT_LINE);
  const [proposalId] = proposals;
  if (proposalId === undefined || proposals.length > 1 || reports.length > 1) return undefined;
  return { proposalId, reportHash: reports[0] };
}

function looksLikeTwo(text: string): boolean {
  const normal = text.normalize("NFKC");
  return ["", " "].some((gap) => {
    const read = normal.replaceAll(NOT_SHOWN, (found) => (/\s/u.test(found) ? " " : gap)).replaceAll(/\s+/gu, " ");
    return [LOOKS_LIKE_PROPOSAL, LOOKS_LIKE_REPORT].some((pattern) => [...read.matchAll(pattern)].length > 1);
  });
}

function matches(lines: readonly string[], pattern: RegExp): Hex[] {
  return lines.flatMap((line) => {
    const found = pattern.exec(line.trimEnd())?.[1];
    return found === undefined ? [] : [found as Hex];
  });
}
