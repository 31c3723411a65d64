import type { Hex } from "../protocol/hex.ts";
import type { VoteLink } from "./vote.ts";

/** On a line of its own, in lower case, once: whatever else a text says, this is what a machine reads in it. */
const PROPOSAL_LINE = /^lpctl proposal (0x[0-9a-f]{64})$/;
const REPORT_LINE = /^report (0x[0-9a-f]{64})$/;

/** The text of a vote about a proposal: its title, and the hashes of what is voted on and of the report that voters were given. */
export function formatVoteText({ title, proposalId, reportHash }: { title: string; proposalId: Hex; reportHash: Hex }): string {
  const oneLine = title.replace(/\s+/gu, " ").trim();
  return `${oneLine}\n\nlpctl proposal ${proposalId}\nreport ${reportHash}`;
}

/**
 * The proposal that a text names, as `formatVoteText` writes it. A text that names two is about neither: voters could be shown one
 * and the machine be given the other.
 */
export function parseVoteText(text: string): VoteLink | undefined {
  const lines = text.split(/\r?\n/);
  const proposals = matches(lines, PROPOSAL_LINE);
  const reports = matches(lines, REPORT_LINE);
  const [proposalId] = proposals;
  if (proposalId === undefined || proposals.length > 1 || reports.length > 1) return undefined;
  return { proposalId, reportHash: reports[0] };
}

function matches(lines: readonly string[], pattern: RegExp): Hex[] {
  return lines.flatMap((line) => {
    const found = pattern.exec(line.trimEnd())?.[1];
    return found === undefined ? [] : [found as Hex];
  });
}
