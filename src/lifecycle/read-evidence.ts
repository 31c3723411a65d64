/** The parts of the evidence of a proposal, each held against the others before anything is made of it. */
import { Exit, LpctlError } from "../errors.ts";
import type { LocalFacts } from "../inspection/project.ts";
import type { StateEvidence } from "../outcome/simulation.ts";
import { parseProposal, type Proposal } from "../proposal/proposal.ts";
import { printable } from "../protocol/printable.ts";
import { parseBundle, type SafeBundle } from "../safe/bundle.ts";
import type { Evidence } from "../simulation/evidence/evidence.ts";
import { refuseEvidence } from "../simulation/evidence/evidence-error.ts";
import { verifyRecordedState } from "../simulation/witness/state-proof.ts";

/** @throws LPCTL_EVIDENCE_OTHER_PROPOSAL, LPCTL_EVIDENCE_INVALID, and what parseProposal throws */
export function readProposal(evidence: Evidence, expected: Proposal | undefined): Proposal {
  const proposal = asRefusal(() => parseProposal(JSON.stringify(evidence.proposal), "The proposal in the evidence"));
  if (expected !== undefined && expected.id !== proposal.id) {
    throw refuseEvidence("LPCTL_EVIDENCE_OTHER_PROPOSAL", "The evidence is of another proposal", `it is of ${proposal.id}, not of ${expected.id}`);
  }
  if (evidence.state.chainId !== proposal.chainId) {
    throw refuseEvidence("LPCTL_EVIDENCE_OTHER_PROPOSAL", "The evidence is of another chain than its proposal", `its state is of chain ${evidence.state.chainId}, the proposal is for chain ${proposal.chainId}`);
  }
  return proposal;
}

/** @throws LPCTL_EVIDENCE_OTHER_PROPOSAL, LPCTL_EVIDENCE_INVALID */
export function readBundle({ bundle }: Evidence, proposal: Proposal): SafeBundle | undefined {
  if (bundle === null) return undefined;
  const parsed = asRefusal(() => parseBundle(JSON.stringify(bundle), "The Safe transaction in the evidence"));
  if (parsed.proposalId === proposal.id && parsed.chainId === proposal.chainId) return parsed;
  throw refuseEvidence("LPCTL_EVIDENCE_OTHER_PROPOSAL", "The Safe transaction in the evidence is of another proposal", `it is of ${String(parsed.proposalId)}, not of ${proposal.id}`);
}

/** A part that cannot be read makes the whole file one that must not be believed. */
function asRefusal<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LpctlError) || error.exit === Exit.refused) throw error;
    throw refuseEvidence("LPCTL_EVIDENCE_INVALID", error.message, error.why ?? "its form is another", error);
  }
}

/** @throws LPCTL_EVIDENCE_STATE_DIFFERS */
export function verifyState({ state, proof }: Evidence): void {
  if ("unproven" in proof) return;
  try {
    verifyRecordedState(state, proof);
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    throw refuseEvidence("LPCTL_EVIDENCE_STATE_DIFFERS", "The state in the evidence is not that of its block", [error.message, error.why].join(": "), error);
  }
}

/** What the state in it is worth, as its proof says. */
export function worthOf({ state, proof }: Evidence): StateEvidence {
  return "unproven" in proof ? { proof: "unproven", why: proof.unproven } : { proof: "proven", stateRoot: state.block.stateRoot };
}

/** What the machine that made it said. @throws LPCTL_EVIDENCE_NOT_RECORDED */
export function factsOf({ local }: Evidence): LocalFacts {
  return async (name, schema) => {
    const parsed = schema.safeParse(Object.hasOwn(local, name) ? local[name] : undefined);
    if (parsed.success) return parsed.data;
    throw refuseEvidence("LPCTL_EVIDENCE_NOT_RECORDED", `The evidence does not hold what the machine that made it said of ${printable(name)}`, "the file was edited, or made by another version of lpctl");
  };
}
