import { getAddress } from "ethers/address";
import { z } from "zod";
import { hash32Schema, ZERO_ADDRESS } from "../protocol/hex.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { checksumProblem, HttpProblem } from "./http/problem.ts";

/** The fields of requests, with the complaints of the Transaction Service, and how its answers write values. */

const UINT256_MAX = (1n << 256n) - 1n;

/** What to say of a value that is absent, null, or of another kind than `text` asks for. */
export function wrong(text: string): { error: (issue: { input?: unknown }) => string } {
  return { error: ({ input }) => (input === undefined ? "This field is required." : input === null ? "This field may not be null." : text) };
}

/** An address must come in its EIP-55 form: lower case would hide a typing mistake. */
export const addressField = z.string(wrong("Not a valid string.")).transform((text, context): Address => {
  const address = parseChecksummed(text);
  if (address !== undefined) return address;
  context.addIssue({ code: "custom", message: `Address ${printable(text.slice(0, 80))} is not checksumed` });
  return z.NEVER;
});

/** The zero address where nothing is given. */
export const optionalAddressField = addressField.nullish().transform((address): Address => address ?? ZERO_ADDRESS);

/** A uint256, as a number or a decimal text. */
export const integerField = z
  .union([z.string(), z.number()], wrong("A valid integer is required."))
  .refine((value) => /^\d{1,78}$/.test(String(value)), "A valid integer is required.")
  .transform((value) => BigInt(value))
  .refine((value) => value <= UINT256_MAX, `Ensure this value is less than or equal to ${UINT256_MAX}.`);

export const hexField = z
  .string(wrong("Not a valid string."))
  .regex(/^0x([0-9a-fA-F]{2})*$/, "Value must be hexadecimal and start with 0x.")
  .transform((text) => text.toLowerCase() as Hex);

/** Empty, absent and null are the same here. */
export const dataField = z
  .string("Not a valid string.")
  .nullish()
  .transform((data) => (data === undefined || data === null || data === "" ? "0x" : data))
  .pipe(hexField);

export const hashField = z.string(wrong("Not a valid string.")).pipe(hash32Schema);

/** One or more signatures of 65 bytes, and the tails of contract signatures. */
export const signatureField = hexField.refine((text) => text.length >= 2 + 65 * 2, "A signature has at least 65 bytes.");

/** @throws HttpProblem with what is wrong, field by field */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown, status: 400 | 422): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const problems: Record<string, string[]> = {};
  for (const issue of parsed.error.issues) {
    const field = typeof issue.path[0] === "string" ? issue.path[0] : "nonFieldErrors";
    problems[field] = [...(problems[field] ?? []), issue.message];
  }
  throw new HttpProblem(status, problems);
}

/** An address in a path. @throws HttpProblem 422 */
export function parsePathAddress(text: string | undefined): Address {
  const address = parseChecksummed(text ?? "");
  if (address === undefined) throw checksumProblem(printable((text ?? "").slice(0, 80)));
  return address;
}

/** A hash in a path; undefined for anything else, which then is simply not found. */
export function parsePathHash(text: string | undefined): Hex | undefined {
  return /^0x[0-9a-fA-F]{64}$/.test(text ?? "") ? ((text ?? "").toLowerCase() as Hex) : undefined;
}

export function parseChecksummed(text: string): Address | undefined {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return undefined;
  return getAddress(text.toLowerCase()) === text ? (text as Address) : undefined;
}

/** ISO 8601, UTC, as the service writes times. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
