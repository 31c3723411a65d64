import { Exit, LpctlError } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";

/** Bytes from a flag, with or without `0x`. @throws LPCTL_USAGE_NOT_BYTES */
export function parseBytes(text: string | undefined, flag: string, length?: number): Hex | undefined {
  if (text === undefined) return undefined;
  const digits = text.replace(/^0x/i, "").toLowerCase();
  if (/^([0-9a-f]{2})*$/.test(digits) && (length === undefined || digits.length === 2 * length)) return `0x${digits}`;
  throw new LpctlError({
    code: "LPCTL_USAGE_NOT_BYTES",
    exit: Exit.usage,
    message: `${flag} takes ${length === undefined ? "" : `${length} `}bytes in hex, not "${printable(text)}"`,
    next: `Write two hex digits for each byte, such as ${flag} 0x${"8456cb59".padEnd((length ?? 4) * 2, "0").slice(0, (length ?? 4) * 2)}`,
  });
}
