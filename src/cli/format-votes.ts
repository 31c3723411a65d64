import type { VoteRow } from "../lifecycle/votes/list-votes.ts";
import { printable } from "../protocol/printable.ts";
import { styleFor, symbols } from "./style.ts";
import { formatTable } from "./table.ts";
import { formatMoment } from "../voting/format-moment.ts";
import type { VoteFacts } from "../voting/vote.ts";

/** Votes as a table, one line each. */
export function formatVotes(rows: readonly VoteRow[]): string {
  return formatTable(rows, [
    { header: "VOTE", value: ({ short }) => short },
    { header: "KIND", value: ({ vote, contract }) => `${vote.kind}${contract === null ? "" : ` (${printable(contract)})`}${vote.kind === "poll" && vote.foreign ? ", foreign" : ""}` },
    { header: "STATE", value: ({ vote }) => formatState(vote) },
    { header: "UNTIL", value: ({ vote }) => untilOf(vote) },
    { header: "ABOUT", value: aboutOf },
    { header: "ID", value: ({ reference }) => reference },
  ]);
}

/** The state with its sign, in colour on a terminal. */
export function formatState(vote: VoteFacts): string {
  const style = styleFor("stdout");
  switch (vote.state) {
    case "active":
      return style.green(`${symbols.running} active`);
    case "pending":
      return style.yellow(`${symbols.waiting} pending`);
    case "succeeded":
    case "queued":
      return style.bold(`${symbols.ready} ${vote.state}`);
    case "executed":
      return style.green(`${symbols.done} executed`);
    case "over":
      return `${symbols.info} over${vote.destroyed ? ", destroyed" : ""}`;
    case "canceled":
    case "defeated":
    case "expired":
      return style.red(`${symbols.failed} ${vote.state}`);
  }
}

function untilOf(vote: VoteFacts): string {
  if (vote.kind === "poll") return `block ${vote.endBlock}`;
  return formatMoment(vote.clockMode, vote.deadline);
}

function aboutOf({ proposal, title, vote }: VoteRow): string {
  if (proposal?.relation === "belongs") return proposal.name;
  if (proposal?.relation === "claims") return `claims ${proposal.name}, but its ${vote.kind === "poll" ? "text is another" : "calls are others"}`;
  return title.trim() === "" ? "(no text)" : printable(title).slice(0, 80);
}
