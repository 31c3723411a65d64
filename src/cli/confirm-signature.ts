import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../errors.ts";
import type { Policy } from "../protocol/policy.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { fingerprintOf, isSameFingerprint } from "../safe/fingerprint.ts";
import { writeReview } from "./output.ts";
import { confirmTyped, confirmUnseen } from "./prompts.ts";

/** Flags of every command that makes a signature of a Safe's owner. */
export const signatureFlags = {
  confirm: Flags.string({ helpValue: "TEXT", summary: "Answer to the typed confirmation, for scripts: the first bytes of the safeTxHash, or all of it." }),
  "expect-hash": Flags.string({ helpValue: "HASH", summary: "Refuse to sign anything but this safeTxHash." }),
  "second-device": Flags.boolean({ summary: "Confirm with the words that `lpctl safe verify` shows on a second machine, instead of the hash." }),
  words: Flags.string({ helpValue: "WORDS", summary: "The words of the second machine, for scripts; as if --second-device were given." }),
};

interface SignatureFlags {
  confirm?: string | undefined;
  "expect-hash"?: string | undefined;
  "second-device": boolean;
  words?: string | undefined;
}

/** How much of a hash a person types: enough to have compared it, not so much that it is copied blindly. */
const TYPED_CHARACTERS = 10;
const CHARACTERS_PER_GROUP = 4;
const GROUPS_PER_LINE = 8;

/**
 * The flags that count: words that are given are asked for, and those that the project's policy asks for too.
 * @param policy of the configuration
 */
export function requiredConfirmation<T extends SignatureFlags>(flags: T, policy: Policy | undefined): T {
  return { ...flags, "second-device": flags["second-device"] || flags.words !== undefined || policy?.secondDevice === true };
}

/**
 * Shows the hashes as devices show them and asks the person to confirm: with the first bytes of the hash, or with the words
 * of a second machine, which are then not shown here.
 * @param agreed who gave this hash
 * @throws LPCTL_SAFE_OTHER_HASH, LPCTL_SAFE_WORDS_DIFFER; LPCTL_PROMPT_REFUSED, LPCTL_PROMPT_CONFIRM_MISMATCH
 */
export async function confirmSignature(bundle: SafeBundle, signer: Address, agreed: readonly string[], flags: SignatureFlags): Promise<void> {
  const { safeTxHash } = bundle.hashes;
  requireExpectedHash(safeTxHash, flags["expect-hash"]);
  const words = fingerprintOf(bundle);
  writeReview([...formatHashes(bundle, agreed), ...(flags["second-device"] ? [] : [`  in words       ${words.join(" ")}`])].join("\n"));
  const what = `Sign Safe transaction ${safeTxHash} (nonce ${bundle.transaction.nonce}) as ${signer}`;
  if (!flags["second-device"]) {
    return confirmTyped({
      what,
      expected: safeTxHash.slice(0, TYPED_CHARACTERS),
      // A script that has the whole hash has compared more than it was asked for.
      given: flags.confirm === safeTxHash ? safeTxHash.slice(0, TYPED_CHARACTERS) : flags.confirm,
    });
  }
  const typed = await confirmUnseen({
    what: `${what}. Type the ${words.length} words that the second machine shows (lpctl safe verify)`,
    given: flags.words,
    flag: '--words "…"',
    isRight: (text) => isSameFingerprint(text, words),
    hint: "Those are not the words of this transaction. Look for a slip of the pen; if there is none, press Ctrl-C: one of the machines has another transaction",
  });
  if (!typed) throw wordsDiffer(safeTxHash);
}

/** The three hashes in groups, and who agrees on them. */
export function formatHashes({ hashes }: SafeBundle, agreed: readonly string[]): string[] {
  return [
    "Compare with the device, or with a second machine:",
    ...grouped("domain hash", hashes.domainHash),
    ...grouped("message hash", hashes.messageHash),
    ...grouped("safeTxHash", hashes.safeTxHash),
    `  the same from  ${agreed.join(", ")}`,
  ];
}

/** @throws LPCTL_SAFE_OTHER_HASH */
export function requireExpectedHash(safeTxHash: Hex, expected: string | undefined): void {
  if (expected === undefined || expected.toLowerCase() === safeTxHash) return;
  throw new LpctlError({
    code: "LPCTL_SAFE_OTHER_HASH",
    exit: Exit.refused,
    message: `This is not the Safe transaction that is expected: its hash is ${safeTxHash}`,
    why: `--expect-hash says ${printable(expected)}`,
    next: "Do not sign. Find out which of the two was changed, and by whom",
  });
}

/** @throws LPCTL_SAFE_WORDS_DIFFER */
export function requireWords(bundle: SafeBundle, typed: string | undefined): void {
  if (typed === undefined || isSameFingerprint(typed, fingerprintOf(bundle))) return;
  throw wordsDiffer(bundle.hashes.safeTxHash);
}

function wordsDiffer(safeTxHash: Hex): LpctlError {
  return new LpctlError({
    code: "LPCTL_SAFE_WORDS_DIFFER",
    exit: Exit.refused,
    message: "The words of the second machine are not those of this transaction",
    why: `one of the two machines has another file than ${safeTxHash}, or a word was mistyped`,
    next: "Do not sign. Read the words again; when they still differ, treat one of the machines, or the way between them, as compromised",
  });
}

function grouped(label: string, hash: Hex): string[] {
  const groups = hash.slice(2).match(new RegExp(`.{${CHARACTERS_PER_GROUP}}`, "g")) ?? [];
  const lines = [groups.slice(0, GROUPS_PER_LINE), groups.slice(GROUPS_PER_LINE)].map((line) => line.join(" "));
  return [`  ${label.padEnd(13)}  0x${lines[0] ?? ""}`, `  ${"".padEnd(17)}${lines[1] ?? ""}`];
}
