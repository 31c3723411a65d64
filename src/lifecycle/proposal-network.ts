import { Exit, LpctlError } from "../errors.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { Project } from "./project.ts";

/** @throws LPCTL_PROPOSAL_OTHER_CHAIN when a proposal made for one chain is used on another */
export function requireNetworkOf(project: Project, proposal: Proposal): void {
  if (proposal.chainId === project.chainId) return;
  throw new LpctlError({
    code: "LPCTL_PROPOSAL_OTHER_CHAIN",
    exit: Exit.usage,
    message: `This proposal is for chain ${proposal.chainId} (${proposal.network}), and ${project.network} is chain ${project.chainId}`,
    next:
      proposal.network === project.network
        ? "Nothing was signed or sent. Prepare the proposal again on the chain it is meant for"
        : `Add --network ${proposal.network}`,
  });
}
