import { z } from "zod";
import { useFastKeccak } from "../../protocol/fast-keccak.ts";
import { hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { readAccountLeaf } from "../trie/account-proof.ts";
import { BrokenProof, TrieNodes } from "../trie/trie-proof.ts";
import type { AccountProofs } from "./snapshot.ts";

/** `proofs/accounts.json`: each node once, as the upper ones are in every proof. */
export const accountNodesSchema = z.strictObject({ nodes: z.array(hexSchema).max(1_000_000) });

export function nodesOf(proofs: AccountProofs): z.infer<typeof accountNodesSchema> {
  return { nodes: [...new Set([...proofs.values()].flat())].sort() };
}

/** Of each contract its own proof, out of the nodes of all; none where the nodes do not prove anything of it. */
export async function splitProofs(stateRoot: Hex, addresses: readonly Address[], nodes: readonly Hex[]): Promise<AccountProofs> {
  await useFastKeccak();
  const known = new TrieNodes(nodes);
  const proofs = new Map<Address, readonly Hex[]>();
  for (const address of addresses) {
    const used = new Set<Hex>();
    try {
      readAccountLeaf(stateRoot, address, known, used);
    } catch (error) {
      if (!(error instanceof BrokenProof)) throw error;
      continue;
    }
    proofs.set(address, [...used]);
  }
  return proofs;
}
