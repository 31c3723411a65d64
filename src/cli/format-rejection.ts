import type { Rejection } from "../lifecycle/nonces/reject-nonce.ts";
import { printable } from "../protocol/printable.ts";
import { plural } from "../protocol/plural.ts";

/** What a rejection ends, and what it waits for. */
export function formatRejection({ bundle, path, kills, waitsFor, nonce }: Rejection): string {
  const killed = kills.map(({ what, proposal, safeTxHash, signers }) => `  ${safeTxHash ?? ""}  ${printable(proposal ?? what)} (${plural(signers.length, "signature")})`);
  return [
    `${printable(path)} is an empty transaction of the Safe ${bundle.safe.address} with nonce ${nonce}: ${bundle.hashes.safeTxHash}`,
    ...(killed.length === 0 ? ["Nothing known wants this nonce; there may be signatures that nobody here knows of."] : ["Once it is executed, these can never be:", ...killed]),
    ...(waitsFor > 0n ? [`Before it, ${plural(waitsFor, "nonce")} of the Safe must be used.`] : []),
  ].join("\n");
}

/** For `--json`. */
export function rejectionResult({ nonce, path, bundle, kills, waitsFor }: Rejection): Record<string, unknown> {
  return {
    nonce,
    path,
    ...bundle.hashes,
    signatures: bundle.signatures.map(({ owner }) => owner),
    kills: kills.map(({ safeTxHash, what, proposal, signers }) => ({ safeTxHash, what, proposal, signers })),
    waitsFor,
  };
}
