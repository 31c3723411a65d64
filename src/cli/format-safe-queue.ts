import type { QueueEntry, SafeQueue } from "../lifecycle/nonces/safe-queue.ts";
import { printable } from "../protocol/printable.ts";
import type { SafeFacts } from "../safe/read-safe.ts";
import { formatTable } from "./table.ts";

/** What wants the nonces of a Safe, one line each. */
export function formatSafeQueue({ entries, missing, sinceBlock }: SafeQueue, safe: Pick<SafeFacts, "address" | "nonce" | "threshold">): string {
  const table =
    entries.length === 0
      ? `Nothing is queued for the Safe ${safe.address} (nonce ${safe.nonce})`
      : formatTable(entries, [
          { header: "NONCE", value: nonces, align: "right" },
          { header: "STATE", value: ({ state }) => state },
          { header: "SIGNATURES", value: (entry) => signatures(entry, safe.threshold) },
          { header: "WHAT", value: ({ proposal, what }) => printable(proposal ?? what) },
          { header: "SAFE TX HASH", value: ({ safeTxHash }) => safeTxHash ?? "-" },
          { header: "NOTE", value: note },
          { header: "NEXT", value: ({ next }) => printable(next ?? "-") },
        ]);
  return [...warnings(missing, sinceBlock, entries), table].join("\n");
}

function nonces({ nonce, lastNonce }: QueueEntry): string {
  return nonce === lastNonce ? String(nonce) : `${nonce} to ${lastNonce}`;
}

function signatures({ state, signers }: QueueEntry, threshold: bigint): string {
  return state === "gap" ? "-" : `${signers.length} of ${threshold}`;
}

function note({ state, usedBy, rivals, signedHere, signers }: QueueEntry): string {
  const here = signedHere.filter((signer) => !signers.includes(signer)).length;
  const signed = here === 0 ? [] : [`${here} more signed here`];
  switch (state) {
    case "executed":
    case "failed":
      return `in ${usedBy?.transaction ?? "?"}`;
    case "dead":
      return usedBy === null ? "nonce used" : `nonce used by ${usedBy.safeTxHash} in ${usedBy.transaction}`;
    case "conflict":
      return [`only one of ${rivals.length + 1} can happen`, ...signed].join(", ");
    case "gap":
      return "what comes after waits";
    case "next":
    case "queued":
      return signed.join("") || "-";
  }
}

function warnings(missing: readonly string[], sinceBlock: bigint, entries: readonly QueueEntry[]): string[] {
  const unknown = sinceBlock > 0n && entries.some(({ state, usedBy }) => state === "dead" && usedBy === null);
  return [
    ...missing.map((sentence) => `Not looked at: ${printable(sentence)}`),
    ...(unknown ? [`The node was asked for executions since block ${sinceBlock} only`] : []),
  ];
}
