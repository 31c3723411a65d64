import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";

const LARGEST = (1n << 256n) - 1n;

/** A nonce of a Safe, of any size: as a number it would be rounded above 2^53. @throws LPCTL_USAGE_NOT_A_NONCE */
export function parseNonce(text: string): bigint {
  const nonce = /^(0|[1-9][0-9]{0,77})$/.test(text) ? BigInt(text) : undefined;
  if (nonce !== undefined && nonce <= LARGEST) return nonce;
  throw new LpctlError({
    code: "LPCTL_USAGE_NOT_A_NONCE",
    exit: Exit.usage,
    message: `"${printable(text)}" is not a nonce`,
    why: "a nonce is a whole number from 0 on, in decimal digits",
    next: "lpctl safe queue",
  });
}
