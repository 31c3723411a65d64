import type { SignedHash } from "../lifecycle/nonces/signed-hashes.ts";
import { printable } from "../protocol/printable.ts";
import type { IncidentEntry } from "../safe/signature-ledger.ts";
import { formatTable } from "./table.ts";
import { plural } from "../protocol/plural.ts";

/** Everything that the user's keys have signed, and what can still come of it. */
export function formatSignatures(hashes: readonly SignedHash[], incidents: readonly IncidentEntry[], unreadableLines: readonly number[], path: string): string {
  const executable = hashes.filter(({ state, rejection }) => state === "executable" && !rejection).length;
  return [
    ...(unreadableLines.length === 0 ? [] : [`${plural(unreadableLines.length, "line")} of ${printable(path)} cannot be read: ${unreadableLines.join(", ")}. Nothing is changed there`]),
    ...incidents.map(({ at, what, detail }) => `Incident ${at}: ${printable(what)} ${printable(detail)}`),
    hashes.length === 0
      ? `Nothing that fits is in ${printable(path)}`
      : formatTable(hashes, [
          { header: "SIGNED", value: ({ at }) => at.slice(0, 16).replace("T", " ") },
          { header: "KEY", value: ({ key }) => printable(key) },
          { header: "CHAIN", value: ({ chainId, network }) => `${chainId}${network === null ? "" : ` (${network})`}` },
          { header: "SAFE", value: ({ safe }) => safe },
          { header: "NONCE", value: ({ nonce }) => String(nonce), align: "right" },
          { header: "STATE", value: ({ state, rejection }) => (state === "executable" && !rejection ? "STILL EXECUTABLE" : state) },
          { header: "WHAT", value: ({ what, blind }) => `${printable(what)}${blind ? " (signed blind)" : ""}` },
          { header: "NOTE", value: note },
          { header: "SAFE TX HASH", value: ({ safeTxHash }) => safeTxHash },
        ]),
    ...(hashes.length === 0 ? [] : [`${executable} of ${hashes.length} can still be executed${hashes.some(({ state, rejection }) => state === "executable" && rejection) ? ", rejections not counted" : ""}`]),
  ].join("\n");
}

function note({ state, transaction, missing, signers, why }: SignedHash): string {
  switch (state) {
    case "executed":
    case "failed":
      return `in ${transaction ?? "?"}`;
    case "dead":
      return transaction === null ? "nonce used" : `nonce used in ${transaction}`;
    case "executable":
      return [missing === 0 ? `has all it needs (${signers.length} known)` : `needs ${missing ?? "?"} more (${signers.length} known)`, ...(why === null ? [] : [why])].join(", ");
    case "not-owner":
      return "the signer is no owner now";
    case "unknown":
      return printable(why ?? "");
  }
}
