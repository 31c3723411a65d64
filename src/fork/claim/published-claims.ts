import { getAddress } from "ethers/address";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import { treeFileInvalid } from "../../migration/merkle/merkle-errors.ts";
import { parseStandardFile } from "../../migration/merkle/standard-file.ts";
import { hash32Schema, type Address, type Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { CLAIM_TYPES, ClaimTree, type ClaimRow } from "../loading/claims-file.ts";

/** The tree that a fork has published, as whoever claims finds it. */
export interface PublishedClaims {
  chainId: bigint;
  contract: Address;
  snapshotId: Hex;
  tree: ClaimTree;
}

const numberSchema = z.string().regex(/^[0-9]{1,78}$/).transform(BigInt);
const addressSchema = z.string().regex(/^0x[0-9a-fA-F]{40}$/).transform((text) => getAddress(text.toLowerCase()) as Address);
/** As `SnapshotClaims` hashes it. */
const leafSchema = z.tuple([numberSchema, addressSchema, hash32Schema, numberSchema, addressSchema, addressSchema, numberSchema, numberSchema, numberSchema]);

/**
 * Loads the tree of what accounts can claim (`claims.json` of a fork). Every node of it is worked out again from its rows, each of
 * which must be for the same contract on the same chain.
 * @throws LPCTL_CLAIM_FILE_MISSING, LPCTL_MERKLE_FILE_INVALID
 */
export async function loadPublishedClaims(path: string): Promise<PublishedClaims> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw missing(path, cause);
  });
  return parsePublishedClaims(text);
}

/** @throws LPCTL_MERKLE_FILE_INVALID */
export async function parsePublishedClaims(text: string): Promise<PublishedClaims> {
  const { format, tree: written, rows } = await parseStandardFile(text);
  if (format.types.join() !== CLAIM_TYPES.join()) throw treeFileInvalid(printable(`Its rows are (${format.types.join(", ")}), and those of claims are (${CLAIM_TYPES.join(", ")}).`));
  let domain: Omit<PublishedClaims, "tree"> | undefined;
  const claims: ClaimRow[] = [];
  for (const [place, row] of rows.entries()) {
    const leaf = leafSchema.safeParse(row);
    if (!leaf.success) throw treeFileInvalid(printable(`Row ${place}: ${z.prettifyError(leaf.error)}`));
    const [chainId, contract, snapshotId, , account, delegate, stakeWei, tokensWei, feesWei] = leaf.data;
    domain ??= { chainId, contract, snapshotId };
    claims.push({ account, delegate, stakeWei, tokensWei, feesWei });
  }
  if (domain === undefined) throw treeFileInvalid("It has no rows.");
  // Rows of another contract, or in another order, give another root.
  const tree = await ClaimTree.build({ chainId: domain.chainId, claimContract: domain.contract, snapshotId: domain.snapshotId }, claims);
  if (tree.root !== written.root) throw treeFileInvalid("Its rows are not all of one contract on one chain, or are not numbered from 0 on.");
  return { ...domain, tree };
}

function missing(path: string, cause: unknown): LpctlError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  return new LpctlError({
    code: "LPCTL_CLAIM_FILE_MISSING",
    exit: Exit.usage,
    message: `${printable(path)} cannot be read as the claims of a fork`,
    why: code === "ENOENT" ? "there is no such file" : code,
    next: "Name the claims.json that the fork has published; lpctl fork run writes it into forks/",
    cause,
  });
}
