import { join } from "node:path";
import { sendOperations } from "../../chain/sender.ts";
import type { Signer } from "../../keys/signer.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Hex } from "../../protocol/hex.ts";
import { readApprovers } from "../../safe/approved-hashes.ts";
import type { SafeBundle } from "../../safe/bundle.ts";
import { encodeApproveHash } from "../../safe/execute.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";
import type { Project } from "../../inspection/project.ts";
import { noteSignature, requireOwner } from "../safe/safe-bundle.ts";
import { keepApproval, type ApprovalReview } from "./sign-approval.ts";
import type { SigningReview } from "../sign-proposal.ts";

/**
 * An owner's consent on chain in place of a signature: the key sends `approveHash`. For a key behind a Safe that owns the
 * proposal's, what is approved is that Safe's own approval. The hash goes into the key's list first, as with a signature.
 * @returns null when the key had approved before
 * @throws LPCTL_SAFE_SIGNER_NOT_OWNER, LPCTL_LEDGER_NOT_WRITTEN before anything is sent; what sendOperations throws
 */
export async function approveOnChain(project: Project, stored: StoredProposal, review: SigningReview, approval: ApprovalReview | undefined, signer: Signer, key?: string): Promise<Hex | null> {
  const { rpc, chainId } = project;
  const { bundle, safe }: { bundle: SafeBundle; safe: SafeFacts } = approval?.links.at(-1) ?? review;
  const { safeTxHash } = bundle.hashes;
  requireOwner(signer.address, safe.address, safe.owners);
  noteSignature(bundle, signer, { ledger: review.ledger, key, genesisHash: stored.proposal.genesisHash });
  await keepApproval(review, approval, stored);
  const [result] = await sendOperations({
    rpc,
    chainId,
    signer,
    journalPath: join(stored.folder, `journal-approve-${safeTxHash.slice(2, 18)}-${signer.address.slice(2, 10).toLowerCase()}.ndjson`),
    operations: [
      {
        id: "approve",
        title: `${signer.address} approves Safe transaction ${safeTxHash}`,
        to: safe.address,
        data: encodeApproveHash(safeTxHash),
        valueWei: 0n,
        isDone: async () => (await readApprovers(rpc, safe.address, safeTxHash, [signer.address])).length > 0,
      },
    ],
  });
  return result?.hash ?? null;
}
