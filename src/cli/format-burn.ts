import type { Burn, LiveTransaction } from "../lifecycle/nonces/burn-nonces.ts";
import { printable } from "../protocol/printable.ts";
import type { SafeFacts } from "../safe/read-safe.ts";
import { formatTable } from "./table.ts";
import { plural } from "../protocol/plural.ts";

/** What can still be executed, and the rejections that end it, in the order in which they have to be executed. */
export function formatBurn({ live, rejections, beyond, missing }: Burn, safe: Pick<SafeFacts, "address" | "nonce" | "threshold">): string {
  const unseen = missing.map((sentence) => `Not looked at: ${printable(sentence)}`);
  if (rejections.length === 0 && beyond.length === 0) return [...unseen, `Nothing signed that is known here can still be executed by the Safe ${safe.address} (nonce ${safe.nonce})`].join("\n");
  return [
    ...unseen,
    ...(live.length === 0 ? [] : [`Can still be executed by the Safe ${safe.address} (nonce ${safe.nonce}):`, ...live.map(describe)]),
    ...(beyond.length === 0 ? [] : ["Signed for nonces too far ahead to be used up; only a change of owners ends these:", ...beyond.map(describe)]),
    ...(rejections.length === 0
      ? []
      : [
          "Sign and execute these, in this order:",
          formatTable(rejections, [
            { header: "NONCE", value: ({ nonce }) => String(nonce), align: "right" },
            { header: "SIGNATURES", value: ({ bundle }) => `${bundle.signatures.length} of ${safe.threshold}` },
            { header: "ENDS", value: ({ kills }) => kills.map(({ proposal, what }) => printable(proposal ?? what)).join(", ") || "-" },
            { header: "SAFE TX HASH", value: ({ bundle }) => bundle.hashes.safeTxHash },
            { header: "FILE", value: ({ path }) => printable(path) },
          ]),
        ]),
  ].join("\n");
}

function describe({ nonce, safeTxHash, what, signers, missing }: LiveTransaction): string {
  const needs = missing === 0 ? "has all signatures it needs" : `needs ${plural(missing, "more signature")}`;
  return `  nonce ${nonce}  ${safeTxHash}  ${printable(what)}; signed by ${signers.join(", ")}; ${needs}`;
}
