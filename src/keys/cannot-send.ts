import { Exit, LpctlError } from "../errors.ts";
import type { ExternalSigner } from "./signer.ts";

/** The refusal to send transactions with a key that can only sign typed data. */
export function cannotSend(kind: ExternalSigner["kind"]): LpctlError {
  const why = {
    command: "Its command signs typed data, and it has no transactionCommand.",
    ledger: "It signs typed data only.",
    "json-rpc": "It signs typed data only.",
    browser: "A browser wallet sends what it signs through a node of its own choice; lpctl has to see a transaction before it is sent.",
  }[kind];
  return new LpctlError({
    code: "LPCTL_KEYS_CANNOT_SEND",
    exit: Exit.usage,
    message: "This key signs for a Safe and cannot send transactions.",
    why,
    next: "Send with another key: --key NAME. Once the Safe's owners have signed, any key with some ETH may execute.",
  });
}
