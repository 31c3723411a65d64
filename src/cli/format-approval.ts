import type { ApprovalState } from "../lifecycle/approvals/approval-state.ts";
import type { ApprovalReview } from "../lifecycle/approvals/sign-approval.ts";
import type { MessageReview } from "../lifecycle/approvals/sign-message.ts";
import type { SafeBundle } from "../safe/bundle.ts";
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

/** How far a Safe behind the proposal's is. */
export function formatApprovalState({ safe, threshold, approves, state, transaction, given, missing, waitingFor }: ApprovalState): string {
  const what = approves.safeTxHash === null ? `a transaction of the Safe ${approves.safe} that has not been made yet` : `${approves.safeTxHash} of the Safe ${approves.safe}`;
  const words = { approved: `has approved ${what}`, ready: `has all it needs to approve ${what}: proposal execute sends it`, waiting: `has not approved ${what}` };
  return [
    `The Safe ${safe} ${words[state]}`,
    ...(transaction === null ? [] : [`  its own transaction  ${transaction.safeTxHash}, nonce ${transaction.nonce}`]),
    ...(state === "approved" ? [] : [`  owners               ${given.length} of ${threshold}${given.length === 0 ? "" : `: ${given.join(", ")}`}`]),
    ...(missing === 0 ? [] : [`  missing              ${missing}`]),
    ...waitingFor.map((one) => `  waits for            ${one}`),
  ].join("\n");
}

/** What a device shows when a Safe's message is signed, which is not what it shows for the transaction that the message is about. */
export function formatMessage({ child, form, hashes, signatures, agreed }: MessageReview, bundle: SafeBundle): string {
  const { facts } = child;
  return [
    `You sign for the Safe ${child.address} (Safe ${facts.version}, ${facts.threshold} of ${facts.owners.length}; ${signatures.length} so far), which owns the Safe above.`,
    `It is a message of that Safe about the ${form === "hash" ? "hash" : "preimage"} of ${bundle.hashes.safeTxHash}; nothing has to be executed. Your device shows:`,
    `  domain hash    ${hashes.domainHash}`,
    `  message hash   ${hashes.messageHash}`,
    `  signed hash    ${hashes.safeMessageHash}`,
    `  the same from  ${agreed.join(", ")}`,
    "And the transaction that it is about:",
  ].join("\n");
}
