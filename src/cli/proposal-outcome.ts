import type { Proposed } from "../lifecycle/propose.ts";
import { renderTerminal } from "../report/render-terminal.ts";
import type { Outcome } from "./base-command.ts";
import { styleFor } from "./style.ts";

/** How a command that made, or looked again at, a proposal ends: the report, and what to type next. */
export function proposalOutcome({ stored, assessment, bundle, report, reportPath }: Proposed): Outcome {
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
    text: () => renderTerminal(report, { style: styleFor("stdout"), width: process.stdout.columns || 100 }),
    next:
      reportPath === undefined
        ? undefined
        : bundle === undefined
          ? `lpctl proposal execute ${shortName(name)} --key NAME`
          : `lpctl proposal sign ${shortName(name)} --key NAME`,
  };
}

/** `1` for `001-upgrade-jobsmanager`. */
export function shortName(name: string): string {
  const number = Number.parseInt(name, 10);
  return Number.isNaN(number) ? name : String(number);
}
