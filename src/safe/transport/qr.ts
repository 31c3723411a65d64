import { createHash } from "node:crypto";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import type { ErrorCode } from "../../errors.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { hash32Schema, hexSchema } from "../../protocol/hex.ts";
import type { Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";
import { formatBundle, parseBundle } from "../bundle.ts";
import type { BundleSignature, SafeBundle } from "../bundle.ts";
import { decodeBase45, encodeBase45 } from "./base45.ts";
import { plural } from "../../protocol/plural.ts";

/** What travels in QR codes: a whole bundle one way, and the signatures alone back from a machine without a network. */
export type QrContent = { kind: "bundle"; bundle: SafeBundle } | { kind: "signatures"; safeTxHash: Hex; signatures: BundleSignature[] };

/**
 * A part is `LPCTL1/<number>/<of>/<id>/<check>/<length>/<data>.`, in the 45 characters of a QR code's alphanumeric mode. Base45, because
 * that mode then loses 3 % against the bytes themselves, where base64url, which needs the byte mode, loses a quarter; and unlike raw
 * bytes any scanner gives text back as it was. Brotli, because it knows how JSON looks. The number of characters, and the full stop at
 * the end, keep a space at the end of the data from being trimmed unnoticed.
 */
const PART = /LPCTL1\/(\d{2})\/(\d{2})\/([0-9A-F]{16})\/([0-9A-F]{8})\/(\d{4})\//g;
const MOST_PARTS = 99;
const HEAD_CHARACTERS = "LPCTL1/00/00/0000000000000000/00000000/0000/.".length;
const LARGEST_CONTENT_BYTES = 8_000_000;
const LARGEST_TEXT_CHARACTERS = 4_000_000;

const signaturesSchema = z.strictObject({
  schema: z.literal(1),
  safeTxHash: hash32Schema,
  signatures: z.array(z.strictObject({ owner: addressSchema, kind: z.enum(["eip712", "eth-sign", "approved-hash", "contract"]), data: hexSchema, blind: z.literal(true).exactOptional() })).max(1_000),
});

/**
 * The texts of the QR codes, one for each part.
 * @param mostCharacters that one code may hold; `largestCode` tells it for a terminal
 * @throws LPCTL_QR_TOO_LARGE
 */
export function formatQrParts(content: QrContent, mostCharacters: number): string[] {
  const json = content.kind === "bundle" ? compact(formatBundle(content.bundle)) : compact(JSON.stringify({ schema: 1, safeTxHash: content.safeTxHash, signatures: content.signatures }));
  const packed = brotliCompressSync(json, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: json.length } });
  const data = encodeBase45(packed);
  const room = Math.max(1, mostCharacters - HEAD_CHARACTERS);
  const count = Math.max(1, Math.ceil(data.length / room));
  if (count > MOST_PARTS) {
    throw new LpctlError({
      code: "LPCTL_QR_TOO_LARGE",
      exit: Exit.usage,
      message: `The transaction takes ${count} QR codes, and ${MOST_PARTS} are the most`,
      why: `it is ${json.length} bytes, ${packed.length} compressed`,
      next: "Carry the file, or make the terminal larger",
    });
  }
  // Parts of one size scan alike; the last one alone would be small.
  const size = Math.ceil(data.length / count);
  const id = digest(packed).slice(0, 16);
  return Array.from({ length: count }, (_, index) => {
    const part = data.slice(index * size, (index + 1) * size);
    const head = [pad(index + 1, 2), pad(count, 2), id, checkOf(id, index + 1, count, part), pad(part.length, 4)].join("/");
    return `LPCTL1/${head}/${part}.`;
  });
}

/**
 * Puts together what was scanned: the parts in any order, as often as they come, with anything in between.
 * @param source where the text came from, for messages
 * @throws LPCTL_QR_NOT_FOUND, LPCTL_QR_DAMAGED, LPCTL_QR_MIXED, LPCTL_QR_PARTS_MISSING naming them, and what parseBundle throws
 */
export function parseQrParts(text: string, source = "The text"): QrContent {
  if (text.length > LARGEST_TEXT_CHARACTERS) throw refusal("LPCTL_QR_DAMAGED", `${source} is far too long for the parts of one transaction`);
  // Mail and terminals break long lines; no part has a line break of its own.
  const { parts, id, count } = collect(text.replaceAll(/[\r\n\t]/g, ""), source);
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !parts.has(number));
  if (missing.length > 0) {
    throw new LpctlError({
      code: "LPCTL_QR_PARTS_MISSING",
      exit: Exit.waiting,
      message: `${source} has ${parts.size} of ${count} QR codes; missing: ${missing.join(", ")}`,
      next: "Scan those too and add them to the same text, in any order",
      details: { count, missing },
    });
  }
  const data = Array.from({ length: count }, (_, index) => parts.get(index + 1) ?? "").join("");
  const packed = decodeBase45(data);
  if (packed === undefined || digest(packed).slice(0, 16) !== id) throw refusal("LPCTL_QR_DAMAGED", `${source} does not give back what was shown`);
  return parseContent(unpack(packed, source), source);
}

/** True when there is at least one part in a text: what tells it from a file. */
export function hasQrParts(text: string): boolean {
  return text.slice(0, LARGEST_TEXT_CHARACTERS).replaceAll(/[\r\n\t]/g, "").search(PART) !== -1;
}

function collect(text: string, source: string): { parts: Map<number, string>; id: string; count: number } {
  const parts = new Map<number, string>();
  let first: { id: string; count: number } | undefined;
  let damaged = 0;
  for (const match of text.matchAll(PART)) {
    const [head, number = "", of = "", id = "", check = "", length = ""] = match;
    const start = match.index + head.length;
    const data = text.slice(start, start + Number(length));
    if (text[start + Number(length)] !== "." || checkOf(id, Number(number), Number(of), data) !== check) {
      damaged += 1;
      continue;
    }
    first ??= { id, count: Number(of) };
    if (first.id !== id || first.count !== Number(of)) throw refusal("LPCTL_QR_MIXED", `${source} has QR codes of two transactions`, "Keep the parts of one, and start again with the other");
    parts.set(Number(number), data);
  }
  if (first !== undefined) return { parts, ...first };
  if (damaged > 0) throw refusal("LPCTL_QR_DAMAGED", `${source} has ${plural(damaged, "QR code")}, and none that is whole`);
  throw refusal("LPCTL_QR_NOT_FOUND", `${source} has no QR code of lpctl`, "Show them with: lpctl safe export N --format qr");
}

function unpack(packed: Uint8Array, source: string): string {
  try {
    return brotliDecompressSync(packed, { maxOutputLength: LARGEST_CONTENT_BYTES }).toString("utf8");
  } catch (cause) {
    throw refusal("LPCTL_QR_DAMAGED", `${source} does not give back what was shown`, undefined, cause);
  }
}

function parseContent(text: string, source: string): QrContent {
  let raw: unknown;
  try {
    raw = parseStrictJson(text);
  } catch (cause) {
    throw refusal("LPCTL_QR_DAMAGED", `${source} holds something that is not acceptable: ${printable(cause instanceof Error ? cause.message : String(cause))}`, undefined, cause);
  }
  const signatures = signaturesSchema.safeParse(raw);
  if (signatures.success) return { kind: "signatures", safeTxHash: signatures.data.safeTxHash, signatures: signatures.data.signatures };
  return { kind: "bundle", bundle: parseBundle(text, source) };
}

/** Of everything in a part but itself: a part that was put into another place is found as well. */
function checkOf(id: string, number: number, count: number, data: string): string {
  return digest(`${id}/${number}/${count}/${data}`).slice(0, 8);
}

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").toUpperCase();
}

function compact(json: string): string {
  return JSON.stringify(JSON.parse(json));
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

function refusal(code: ErrorCode, message: string, next = "Scan the codes again", cause?: unknown): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, next, cause });
}
