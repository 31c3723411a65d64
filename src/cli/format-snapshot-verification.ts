import type { Address } from "../protocol/hex.ts";
import { plural } from "../protocol/plural.ts";
import { printable } from "../protocol/printable.ts";
import type { SnapshotVerification } from "../snapshot/format/verify-snapshot.ts";
import { fold } from "./fold.ts";
import { styleFor, symbols } from "./style.ts";

/** Who has to vouch, and who has. */
export interface RequiredAttestations {
  count: number;
  by: readonly Address[];
  waitingFor: readonly Address[];
}

/** Differences that are shown one by one. */
const MOST_SHOWN = 20;
const INDENT = 2;

/** What a verification found, for a terminal. */
export function formatSnapshotVerification({ snapshot, differences, absent, blockHashGiven }: SnapshotVerification, required: RequiredAttestations | undefined): string {
  const style = styleFor("stdout");
  const { id, manifest, attestations } = snapshot;
  const { chainId, block, contracts, words, notes } = manifest;
  const isSame = differences.length === 0;
  return [
    isSame
      ? `${style.green(symbols.done)} verified: all storage of ${plural(contracts.length, "contract")} is here, proven against the block's header`
      : `${style.red(symbols.failed)} ${plural(differences.length, "difference")}: this is not the state of the block`,
    `  identity      ${id}`,
    `  block         ${block.number} of chain ${chainId}, ${new Date(Number(block.timestampSeconds) * 1000).toISOString()}`,
    `  block hash    ${block.hash}${blockHashGiven ? "" : "  (not compared)"}`,
    `  words         ${words}`,
    ...attestedBy(attestations.map(({ signer }) => signer)),
    ...(required === undefined ? [] : formatRequired(required)),
    ...differences.slice(0, MOST_SHOWN).flatMap(({ of, what, expected, found }) => [`${style.red(symbols.failed)} ${of}: ${fold(what, INDENT)}`, `    expected  ${printable(expected)}`, `    found     ${printable(found)}`]),
    ...(differences.length > MOST_SHOWN ? [`  and ${differences.length - MOST_SHOWN} more`] : []),
    ...absent.map(({ name, address }) => `${style.yellow(symbols.warning)} ${name} (${address}) is registered and not in it: right only if there is no code at that address`),
    ...notes.map((note) => `${symbols.info} ${fold(note, INDENT)}`),
    ...(blockHashGiven || !isSame ? [] : [`${style.yellow(symbols.warning)} ${fold("That this block is one of the chain's, the snapshot says itself: compare its hash with a node of yours, or give it with --block-hash", INDENT)}`]),
  ].join("\n");
}

function attestedBy(signers: readonly Address[]): string[] {
  if (signers.length === 0) return ["  attested by   nobody"];
  return signers.map((signer, index) => `  ${index === 0 ? "attested by " : "            "}  ${signer}`);
}

function formatRequired({ count, by, waitingFor }: RequiredAttestations): string[] {
  const style = styleFor("stdout");
  if (by.length >= count) return [`${style.green(symbols.done)} ${by.length} of those who count have attested, ${count} must`];
  return [`${style.yellow(symbols.waiting)} waiting for ${plural(count - by.length, "attestation")} more; not yet from:`, ...waitingFor.map((signer) => `    ${signer}`)];
}

/** The same for `--json`. */
export function snapshotVerificationResult({ snapshot, differences, absent, blockHashGiven }: SnapshotVerification, required: RequiredAttestations | undefined): Record<string, unknown> {
  const { id, folder, manifest, attestations } = snapshot;
  const { chainId, block, controller, contracts, words, tool, notes } = manifest;
  return {
    verified: differences.length === 0,
    folder,
    id,
    chainId,
    block,
    blockHashCompared: blockHashGiven,
    controller,
    contracts: contracts.map(({ name, address, words: count, storageHash, codeHash }) => ({ name, address, words: count, storageHash, codeHash })),
    words,
    differences,
    absent,
    attestedBy: attestations.map(({ signer }) => signer),
    required: required === undefined ? null : { count: required.count, by: required.by, waitingFor: required.waitingFor },
    tool,
    notes,
  };
}
