import type { Reanchored } from "../lifecycle/nonces/reanchor-proposal.ts";
import { printable } from "../protocol/printable.ts";
import type { Outcome } from "./base-command.ts";
import { formatTable } from "./table.ts";
import { shortName } from "../proposal/short-name.ts";
import { plural } from "../protocol/plural.ts";

/** How a command ends that gave a proposal's Safe transaction another nonce. */
export function reanchoredOutcome(done: Reanchored): Outcome {
  const { stored, before, after, proof, old, rivals, earlierPath, effectsHash, safe } = done;
  const number = shortName(stored.name);
  const missing = Number(safe.threshold) - after.signatures.length;
  const despite = rivals.some(({ from }) => from.some(({ kind }) => kind === "proposal")) ? " --despite-rivals" : "";
  return {
    result: {
      proposal: stored.name,
      proposalId: stored.proposal.id,
      effectsHash,
      safe: safe.address,
      before: { nonce: before.transaction.nonce, ...before.hashes, signatures: before.signatures.map(({ owner }) => owner) },
      after: { nonce: after.transaction.nonce, ...after.hashes, signatures: after.signatures.map(({ owner }) => owner) },
      fields: proof.fields,
      hashAtOldNonce: proof.hashAtOldNonce,
      old,
      earlier: earlierPath,
      rivals: rivals.map(({ safeTxHash }) => safeTxHash),
    },
    text: () => formatReanchored(done),
    next: missing > 0 ? `lpctl proposal sign ${number} --key NAME${despite}   (${missing} more)` : `lpctl proposal execute ${number} --key NAME`,
  };
}

function formatReanchored({ stored, before, after, proof, agreed, old, rivals, earlierPath, effectsHash }: Reanchored): string {
  const fields = [
    ...proof.fields.filter(({ field }) => field !== "data" && field !== "safe code"),
    ...proof.fields.filter(({ field }) => field === "data").map((field) => ({ ...field, before: bytes(field.before), after: bytes(field.after) })),
    { field: "effects", before: effectsHash ?? "not stated", after: effectsHash ?? "not stated", same: true },
  ];
  const { nonce } = before.transaction;
  return [
    formatTable(fields, [
      { header: "FIELD", value: ({ field }) => field },
      { header: "BEFORE", value: (row) => printable(row.before) },
      { header: "AFTER", value: (row) => (row.same ? "same" : printable(row.after)) },
    ]),
    "",
    `Only the nonce changed: with nonce ${nonce} the new transaction has the hash ${proof.hashAtOldNonce}, which is the old one.`,
    `The new hash is ${after.hashes.safeTxHash} (the same from ${agreed.join(", ")}).`,
    whatBecomesOfTheOld(old, nonce),
    `${printable(stored.name)} has ${plural(after.signatures.length, "signature")} for nonce ${after.transaction.nonce}; the old form lies in ${printable(earlierPath)}`,
    ...(rivals.length === 0 ? [] : [`Only one of these can happen, since they want the same nonce: ${[after.hashes.safeTxHash, ...rivals.map(({ safeTxHash }) => safeTxHash)].join(", ")}`]),
  ].join("\n");
}

function whatBecomesOfTheOld({ state, usedBy, signatures }: Reanchored["old"], nonce: bigint): string {
  if (state === "dead" && signatures > 0) return `What was signed for nonce ${nonce} (${plural(signatures, "signature")}) is worth nothing: ${usedBy === null ? "it is used" : `it was used by ${usedBy.safeTxHash} in ${usedBy.transaction}`}.`;
  if (signatures === 0) return `Nobody is known to have signed it for nonce ${nonce}.`;
  return `WARNING: what was signed for nonce ${nonce} (${plural(signatures, "signature")}) stays good until that nonce is used, and then the same would happen twice. End them: lpctl safe reject ${nonce}`;
}

function bytes(data: string): string {
  return data.length <= 74 ? data : `${data.slice(0, 66)}… (${(data.length - 2) / 2} bytes)`;
}
