import type { Hex } from "../protocol/hex.ts";
import type { SafeFacts } from "../safe/read-safe.ts";
import { readOwnProposals } from "./proposal-network.ts";
import type { Project } from "../inspection/project.ts";
import { loadSafeBundle } from "./safe-bundle.ts";

export interface QueueEntry {
  nonce: bigint;
  proposal: string;
  title: string;
  safeTxHash: Hex;
  /** Owners who have signed and are still owners. */
  signatures: number;
  /** `used`: another transaction, or this one, has taken the nonce. */
  state: "used" | "next" | "queued" | "same-nonce";
}

/** The Safe transactions of this project's proposals, by nonce, against the Safe's nonce on chain. */
export async function readSafeQueue(project: Project, safe: SafeFacts): Promise<QueueEntry[]> {
  const stored = await readOwnProposals(project);
  const entries = await Promise.all(
    stored.map(async (one) => {
      const bundle = await loadSafeBundle(one);
      return bundle === undefined || bundle.safe.address !== safe.address ? undefined : { one, bundle };
    }),
  );
  const found = entries.filter((entry) => entry !== undefined);
  const count = (nonce: bigint): number => found.filter(({ bundle }) => bundle.transaction.nonce === nonce).length;
  return found
    .map(({ one, bundle }): QueueEntry => {
      const { nonce } = bundle.transaction;
      return {
        nonce,
        proposal: one.name,
        title: one.proposal.title,
        safeTxHash: bundle.hashes.safeTxHash,
        signatures: bundle.signatures.filter(({ owner }) => safe.owners.includes(owner)).length,
        state: nonce < safe.nonce ? "used" : count(nonce) > 1 ? "same-nonce" : nonce === safe.nonce ? "next" : "queued",
      };
    })
    .toSorted((left, right) => (left.nonce < right.nonce ? -1 : 1));
}
