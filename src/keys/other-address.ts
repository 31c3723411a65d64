import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";

/** The refusal of a key that is not the one its entry says. `where` begins the sentence: "The Ledger". */
export function otherAddress(where: string, wanted: Address, found: readonly Address[], next: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_OTHER_ADDRESS",
    exit: Exit.refused,
    message: `${where} does not have the key of ${wanted}.`,
    why: found.length === 0 ? "It offers no address at all." : `It has ${found.slice(0, 10).join(", ")}${found.length > 10 ? ` and ${found.length - 10} more` : ""}.`,
    next,
    details: { expected: wanted, found: found.slice(0, 100) },
  });
}
