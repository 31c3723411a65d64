import type { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import type { VotedOn } from "../../voting/link.ts";
import { planProposal } from "../plan.ts";

/**
 * What those who vote decide on, for `linkOf`: the proposal's calls, or what its route makes of them before they come to the
 * governor (a LIP-25 Governor's staging, an owner with divided powers, a timelock that the governor does not drive).
 */
export async function readVotedOn(rpc: Rpc, proposal: Proposal): Promise<VotedOn> {
  const { id, title, calls, authorities } = proposal;
  if (!authorities.some(({ kind }) => kind === "vote-governor")) return { id, title, calls };
  try {
    const { steps } = await planProposal(rpc, proposal);
    return { id, title, calls: steps.find(({ kind }) => kind === "vote")?.vote?.calls ?? calls };
  } catch (error) {
    // Power has moved since, perhaps by this very proposal: how its route went cannot be told any more.
    if (error instanceof LpctlError && error.code === "LPCTL_PROPOSAL_AUTHORITY_CHANGED") return { id, title, calls };
    throw error;
  }
}
