import type { Proposed } from "../lifecycle/propose.ts";
import { printable } from "../protocol/printable.ts";
import { renderTerminal } from "../report/render-terminal.ts";
import type { Outcome } from "./base-command.ts";
import { isForVoters, nextFor } from "./steps.ts";
import { styleFor } from "./style.ts";
import { shortName } from "../proposal/short-name.ts";

/** How a command that made, or looked again at, a proposal ends: the report, and what to type next. */
export function proposalOutcome(proposed: Proposed): Outcome {
  const { stored, assessment, bundle, reportPath } = proposed;
  const { proposal, name } = stored;
  return {
    result: {
      proposal: { name, id: proposal.id, title: proposal.title, network: proposal.network, folder: stored.folder || null },
      calls: proposal.calls,
      authorities: proposal.authorities,
      findings: assessment.findings,
      effectsHash: assessment.simulation.effectsHash,
      changes: assessment.simulation.changes,
      safe:
        bundle === undefined
          ? null
          : { address: bundle.safe.address, nonce: bundle.transaction.nonce, ...bundle.hashes, signatures: bundle.signatures.length },
      report: reportPath ?? null,
    },
    text: () => (reportPath === undefined ? `${formatReport(proposed, "stdout").trimEnd()}\n\nDry run: nothing was written or sent` : formatReport(proposed, "stdout")),
    next:
      reportPath === undefined
        ? undefined
        : nextVote(proposed) ?? `lpctl proposal ${bundle === undefined ? "execute" : "sign"} ${shortName(name)} --key NAME`,
  };
}

/** Where those who vote come first, also in a poll that the policy asks for. */
function nextVote({ stored, assessment: { plan, states, findings } }: Proposed): string | undefined {
  if (findings.some(({ code }) => code === "poll-missing")) return `lpctl vote create ${shortName(stored.name)} --key NAME`;
  const steps = plan.steps.map(({ title, kind }, index) => ({ title, kind, state: states[index] ?? { state: "ready" as const } }));
  return isForVoters(steps) ? nextFor(shortName(stored.name), steps) : undefined;
}

/** The report for a terminal, and where the full one lies. */
export function formatReport({ report, reportPath }: Pick<Proposed, "report" | "reportPath">, stream: "stdout" | "stderr"): string {
  const text = renderTerminal(report, { style: styleFor(stream), width: process[stream].columns || 100 });
  return reportPath === undefined ? text : `${text.trimEnd()}\n\nFull report: ${printable(reportPath)}`;
}
