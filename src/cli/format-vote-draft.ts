import type { CreationStake } from "../lifecycle/votes/creation-stake.ts";
import type { VoteDraft } from "../lifecycle/votes/create-vote.ts";
import { printable, printableLines } from "../protocol/printable.ts";
import { formatHuman } from "../protocol/units.ts";
import { formatFindings } from "./findings.ts";
import { fold } from "./fold.ts";
import { plural } from "../protocol/plural.ts";

/** What is put to the vote, where, and what that takes. */
export function formatVoteDraft({ box, text, voteId, findings, remarks }: VoteDraft, proposal: { name: string; calls: number }, stake: CreationStake | undefined): string {
  const where = box.kind === "poll" ? `a poll of the PollCreator ${box.pollCreator}: a signal, which runs nothing` : `a binding vote of the governor ${box.governor}, on the ${plural(proposal.calls, "call")} of ${proposal.name}`;
  return [
    fold(`Opens ${where}.`, 0, "stderr"),
    ...(voteId === undefined ? [] : [`Its vote id will be ${voteId}.`]),
    "Voters read:",
    ...printableLines(text).split("\n").map((line) => `  ${line}`.trimEnd()),
    ...(stake === undefined ? [] : [fold(`Creating it takes ${formatHuman(stake.neededWei, "wei-lpt")} of ${stake.what}; there are ${formatHuman(stake.hasWei, "wei-lpt")}. Nothing of it is spent.`, 0, "stderr")]),
    ...remarks.map((remark) => `- ${fold(printable(remark), 2, "stderr")}`),
    ...(findings.length === 0 ? [] : [formatFindings(findings, "stderr")]),
  ].join("\n");
}

/** For `--json`. */
export function voteDraftResult({ box, text, reportHash, voteId, call }: VoteDraft): Record<string, unknown> {
  return { kind: box.kind, contract: box.kind === "poll" ? box.pollCreator : box.governor, text, reportHash, voteId: voteId ?? null, call: { to: call.to, valueWei: call.valueWei, data: call.data } };
}
