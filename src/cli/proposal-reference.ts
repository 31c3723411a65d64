import * as Args from "@oclif/core/args";
import type { Project } from "../inspection/project.ts";
import type { StoredProposal } from "../proposal/store.ts";

export const proposalArgs = {
  proposal: Args.string({ required: true, description: "Number, name, first bytes of the id, or path of the proposal." }),
};

/** Loads the proposal a person named; it must belong to the chosen network. @throws LPCTL_PROPOSAL_* */
export async function openProposal(project: Project, reference: string): Promise<StoredProposal> {
  const { loadProposal } = await import("../proposal/store.ts");
  const { requireNetworkOf } = await import("../lifecycle/proposal-network.ts");
  const stored = await loadProposal(project.folder, project.network, reference);
  await requireNetworkOf(project, stored.proposal);
  return stored;
}
