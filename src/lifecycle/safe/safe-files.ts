import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "../../inspection/project.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Address } from "../../protocol/hex.ts";

/** Has a folder for each Safe with rejections that belong to no proposal: beside the proposals, to be shared like them. */
export function safesFolder(project: Pick<Project, "folder" | "network">): string {
  return join(project.folder, "safe", project.network);
}

/** The folder of one Safe in `safesFolder`. */
export function safeFolder(project: Pick<Project, "folder" | "network">, safe: Address): string {
  return join(safesFolder(project), safe);
}

/** Where the rejection of a nonce lies unless a person says otherwise. */
export function rejectionPath(project: Pick<Project, "folder" | "network">, safe: Address, nonce: bigint): string {
  return join(safeFolder(project, safe), `reject-${nonce}.json`);
}

/** Where the rejection lies that calls a proposal off. */
export function ownRejectionPath(stored: StoredProposal): string {
  return join(stored.folder, "rejection.json");
}

/** Where the transactions lie by which Safes that are owners approve a proposal's Safe transaction. */
export function approvalsFolder(stored: StoredProposal): string {
  return join(stored.folder, "approvals");
}

/** Where the earlier forms of a proposal's Safe transaction lie: their signatures may still be good. */
export function earlierFolder(stored: StoredProposal): string {
  return join(stored.folder, "earlier");
}

/** Every file in a folder, at any depth, that may hold a Safe transaction. Signatures of messages lie beside them, and are none. */
export async function listBundleFiles(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith(".json") && !name.endsWith(".message.json")).toSorted().map((name) => join(folder, name));
}
