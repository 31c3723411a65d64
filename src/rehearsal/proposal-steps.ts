import type { Finding } from "../finding.ts";
import type { Proposed } from "../lifecycle/propose.ts";
import { carryOut, type CarriedOut } from "./carry-out.ts";
import { ready } from "./ready.ts";
import type { Proof, RehearsalStep, RehearsedProposal } from "./rehearsal.ts";
import type { Stage } from "./stage.ts";

const MOST_PROMISES = 6;

export interface ProposalStepsRequest<Seen> {
  title: string;
  stage: () => Stage;
  /** What is compared with the chain afterwards; read before anything is proposed. */
  observe: (stage: Stage) => Promise<Seen>;
  propose: (stage: Stage) => Promise<Proposed>;
  proposals: RehearsedProposal[];
  proofs: Proof[];
  /** What was said about the proposal before anybody signed it. */
  foreseen?: (findings: readonly Finding[]) => void;
  /** What this proposal proves beyond being carried out as simulated. */
  prove: (before: Seen, stage: Stage, done: CarriedOut) => Promise<Proof[]>;
}

/** The steps every proposal takes: proposed and simulated, signed offline, executed, verified. */
export function proposalSteps<Seen>(request: ProposalStepsRequest<Seen>): RehearsalStep[] {
  let before: { seen: Seen } | undefined;
  let proposed: Proposed | undefined;
  return [
    {
      title: `${request.title}: propose it, simulate Safe -> Governor -> contract on a fork`,
      run: async () => {
        const stage = request.stage();
        before = { seen: await request.observe(stage) };
        proposed = await request.propose(stage);
        request.foreseen?.(proposed.assessment.findings);
        const { changes, steps } = proposed.assessment.simulation;
        return `${steps.length} transactions, ${changes.length} changes, ${proposed.assessment.findings.length} findings, none refuses`;
      },
    },
    {
      title: `${request.title}: sign offline with two owners, execute, verify`,
      run: async (update) => {
        const stage = request.stage();
        const { stored, assessment, reportPath } = ready(proposed);
        const done = await carryOut(stage, stored, assessment.simulation, update);
        request.proposals.push({
          name: stored.name,
          title: stored.proposal.title,
          id: stored.proposal.id,
          effectsHash: assessment.simulation.effectsHash,
          report: reportPath ?? "",
        });
        request.proofs.push(
          {
            what: `"${stored.proposal.title}" changed on chain exactly what was simulated`,
            holds: done.verification.equal,
            detail: `effects hash ${done.verification.effectsHash}`,
          },
          ...promisesOf(done),
          ...(await request.prove(ready(before).seen, stage, done)),
        );
        return done.verification.equal ? "the chain changed exactly as simulated" : "DIFFERENT from the simulation";
      },
    },
  ];
}

/** What the proposal promised, one by one where they are few. */
export function promisesOf({ verification: { postconditions } }: CarriedOut): Proof[] {
  if (postconditions.length <= MOST_PROMISES) return postconditions.map(({ label, holds, expect }) => ({ what: `${label} is as proposed`, holds, detail: expect }));
  const broken = postconditions.filter(({ holds }) => !holds);
  const labels = (broken.length === 0 ? postconditions : broken).map(({ label }) => label);
  return [{ what: `all ${postconditions.length} promises of the proposal hold`, holds: broken.length === 0, detail: labels.join(", ") }];
}
