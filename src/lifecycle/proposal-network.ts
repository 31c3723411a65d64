import { Exit, LpctlError } from "../errors.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { listProposals, type StoredProposal } from "../proposal/store.ts";
import type { Project } from "../inspection/project.ts";

/**
 * A proposal belongs to one chain: its id, and its first block, because local chains share an id.
 * @throws LPCTL_PROPOSAL_OTHER_CHAIN
 */
export async function requireNetworkOf(project: Project, proposal: Proposal): Promise<void> {
  if (proposal.chainId === project.chainId) {
    const { hash } = await project.rpc.block(0n);
    if (hash === proposal.genesisHash) return;
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_OTHER_CHAIN",
      exit: Exit.usage,
      message: `This proposal was made on another chain of the same id (${proposal.chainId})`,
      why: `its chain began with block ${proposal.genesisHash}, this one with ${hash}; a local chain started anew is another chain`,
      next: "Prepare the proposal again, and remove the old folder",
    });
  }
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

/** The proposals in this folder that were made on the chain at hand. */
export async function readOwnProposals(project: Project): Promise<StoredProposal[]> {
  const [{ hash }, stored] = await Promise.all([project.rpc.block(0n), listProposals(project.folder, project.network)]);
  return stored.filter(({ proposal }) => proposal.chainId === project.chainId && proposal.genesisHash === hash);
}
