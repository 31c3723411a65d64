import type { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import type { Call } from "../../proposal/call.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import type { Hex } from "../../protocol/hex.ts";
import { planProposal } from "../plan.ts";

/**
 * What those who vote decide on, for `linkOf`: the proposal's calls, or what its route makes of them before they come to the
 * governor (a LIP-25 Governor's staging, an owner with divided powers, a timelock that the governor does not drive).
 */
export async function readVotedOn(rpc: Rpc, proposal: Proposal): Promise<{ id: Hex; calls: readonly Call[] }> {
  const { id, calls, authorities } = proposal;
  if (!authorities.some(({ kind }) => kind === "vote-governor")) return { id, calls };
  try {
    const { steps } = await planProposal(rpc, proposal);
    return { id, calls: steps.find(({ kind }) => kind === "vote")?.vote?.calls ?? calls };
  } catch (error) {
    // Power has moved since, perhaps by this very proposal: how its route went cannot be told any more.
    if (error instanceof LpctlError && error.code === "LPCTL_PROPOSAL_AUTHORITY_CHANGED") return { id, calls };
    throw error;
  }
}
