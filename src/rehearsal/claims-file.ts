import { writeFile } from "node:fs/promises";
import { ClaimTree, type ClaimRow } from "../fork/loading/claims-file.ts";
import type { ClaimDomain } from "../migration/merkle/claim.ts";

export type { ClaimRow };

/** Writes the tree of all claims as the file that people publish and review. */
export async function writeClaims(path: string, domain: ClaimDomain, claims: readonly ClaimRow[]): Promise<ClaimTree> {
  const tree = await ClaimTree.build(domain, claims);
  await writeFile(path, [...tree.file()].join(""));
  return tree;
}
