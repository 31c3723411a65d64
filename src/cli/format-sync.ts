import type { Synced } from "../lifecycle/exchange/sync-bundles.ts";
import { printable } from "../protocol/printable.ts";
import { formatFindings } from "./findings.ts";
import { formatTable } from "./table.ts";
import { plural } from "../protocol/plural.ts";

/** What moved, what else is there, what is wrong, and what could not be moved. */
export function formatSync(synced: Synced): string {
  const { transport, bundles, foreign, findings, notMoved } = synced;
  const moved =
    bundles.length === 0
      ? notMoved.length > 0
        ? "Nothing was moved"
        : `Nothing here waits for signatures that ${transport} could carry`
      : formatTable(bundles, [
          { header: "NONCE", value: (row) => String(row.nonce), align: "right" },
          { header: "RECEIVED", value: (row) => String(row.received.length), align: "right" },
          { header: "SENT", value: (row) => String(row.sent.length), align: "right" },
          { header: "SIGNATURES", value: (row) => `${row.signatures} of ${row.threshold}` },
          { header: "TRANSACTION", value: (row) => row.label },
          { header: "SAFE TX HASH", value: (row) => row.safeTxHash },
        ]);
  const others = foreign.map(({ nonce, safeTxHash, what, signatures }) => `  nonce ${nonce}  ${safeTxHash}  ${plural(signatures.length, "signature")}\n    ${printable(what)}`);
  return [
    moved,
    ...(others.length === 0 ? [] : [["", `Only ${transport} has:`, ...others].join("\n")]),
    ...(findings.length === 0 ? [] : [`\n${formatFindings(findings)}`]),
    ...(notMoved.length === 0 ? [] : [["", "Not moved, and kept here:", ...notMoved.map((line) => `  ${printable(line)}`)].join("\n")]),
  ].join("\n");
}
