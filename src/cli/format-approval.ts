import type { ApprovalReview } from "../lifecycle/sign-approval.ts";
import { formatBundleCalls } from "./format-bundle.ts";

/** What a person signs for a Safe behind the proposal's: one approval, of what, and what that does in the end. */
export function formatApproval({ links }: ApprovalReview): string {
  const [first] = links;
  const last = links.at(-1) ?? first;
  const upwards = links.toReversed();
  return [
    `You sign for the Safe ${last.safe.address} (Safe ${last.safe.version}, ${last.safe.threshold} of ${last.safe.owners.length}), nonce ${last.bundle.transaction.nonce}.`,
    "Its transaction does one thing: it approves a transaction of another Safe, by its hash.",
    ...upwards.map(({ safe, parent }, index) => {
      const what = index === upwards.length - 1 ? "the change above" : "the next approval";
      return `  ${safe.address} approves ${parent.hashes.safeTxHash}\n    which is ${what}: Safe ${parent.safe.address}, nonce ${parent.transaction.nonce}`;
    }),
    "What is approved in the end:",
    formatBundleCalls(first.parent),
  ].join("\n");
}
