import type { Address } from "../protocol/hex.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { writeReview } from "./output.ts";
import { confirmTyped } from "./prompts.ts";

/** How much of a hash a person types: enough to have compared it, not so much that it is copied blindly. */
const TYPED_CHARACTERS = 10;

/** Shows the hashes grouped as devices show them, and asks for the first bytes of the one that is signed. */
export async function confirmHash(bundle: SafeBundle, signer: Address, given: string | undefined): Promise<void> {
  const { domainHash, messageHash, safeTxHash } = bundle.hashes;
  writeReview(
    [
      "Compare with the device, or with a second machine:",
      `  domain hash    ${domainHash}`,
      `  message hash   ${messageHash}`,
      `  safeTxHash     ${safeTxHash}`,
    ].join("\n"),
  );
  await confirmTyped({
    what: `Sign Safe transaction ${safeTxHash} (nonce ${bundle.transaction.nonce}) as ${signer}`,
    expected: safeTxHash.slice(0, TYPED_CHARACTERS),
    // A script that has the whole hash has compared more than it was asked for.
    given: given === safeTxHash ? safeTxHash.slice(0, TYPED_CHARACTERS) : given,
  });
}
