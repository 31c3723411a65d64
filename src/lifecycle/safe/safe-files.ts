import { join } from "node:path";
import type { Project } from "../../inspection/project.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Address } from "../../protocol/hex.ts";

/** Where rejections lie that belong to no proposal: beside the proposals, to be shared like them. */
export function safeFolder(project: Pick<Project, "folder" | "network">, safe: Address): string {
  return join(project.folder, "safe", project.network, safe);
}

/** Where the rejection of a nonce lies unless a person says otherwise. */
export function rejectionPath(project: Pick<Project, "folder" | "network">, safe: Address, nonce: bigint): string {
  return join(safeFolder(project, safe), `reject-${nonce}.json`);
}

/** Where the earlier forms of a proposal's Safe transaction lie: their signatures may still be good. */
export function earlierFolder(stored: StoredProposal): string {
  return join(stored.folder, "earlier");
}
