import { closeSync, constants, fstatSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";
import { flushFolder } from "../flush-folder.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { bigintAsText } from "../protocol/bigint-json.ts";
import { decimalSchema, hash32Schema } from "../protocol/hex.ts";
import { parseStrictJson } from "../protocol/strict-json.ts";
import { safeTransactionSchema } from "./transaction.ts";

/**
 * What this user's keys have signed for Safes, ever: one JSON object per line, only appended to. A signature cannot be taken
 * back; it stays good until its nonce is used, whatever happens to the files it was in. This list is how its owner knows.
 */

const KEY_KINDS = ["keystore", "command", "ledger", "json-rpc", "browser", "memory"] as const;
const LONGEST_TEXT = 4_000;

const timeSchema = z.iso.datetime();

const signedEntrySchema = z.object({
  schema: z.literal(1),
  at: timeSchema,
  kind: z.literal("signed"),
  chainId: decimalSchema,
  /** The chain's first block where it was known: local chains share an id. */
  genesisHash: hash32Schema.optional(),
  safe: addressSchema,
  nonce: decimalSchema,
  safeTxHash: hash32Schema,
  messageHash: hash32Schema,
  domainHash: hash32Schema,
  transaction: safeTransactionSchema,
  signer: addressSchema,
  /** The key's name, as the person chose it. */
  key: z.string(),
  keyKind: z.enum(KEY_KINDS),
  proposalId: z.string().nullable(),
  /** Signed without the review. */
  blind: z.literal(true).optional(),
});

const incidentEntrySchema = z.object({
  schema: z.literal(1),
  at: timeSchema,
  kind: z.literal("incident"),
  /** One sentence. */
  what: z.string(),
  signer: addressSchema.optional(),
  safeTxHash: hash32Schema.optional(),
  detail: z.string(),
});

const ledgerEntrySchema = z.discriminatedUnion("kind", [signedEntrySchema, incidentEntrySchema]);

/** A hash that a key was asked to sign. The line is written first, so that no signature exists without one. */
export type SignedEntry = z.output<typeof signedEntrySchema>;
/** Something came back from a key that should not have. */
export type IncidentEntry = z.output<typeof incidentEntrySchema>;
export type NewSignature = Omit<SignedEntry, "schema" | "at" | "kind">;
export type NewIncident = Omit<IncidentEntry, "schema" | "at" | "kind">;

export interface SignatureLedger {
  /** In the order written. */
  signed: SignedEntry[];
  incidents: IncidentEntry[];
  /** Numbers, from 1, of lines that say nothing to this lpctl: torn by a power loss, edited, or of a newer one. They are kept. */
  unreadableLines: number[];
}

/**
 * Notes that a key is about to sign, and returns when the line is on the disk. To be called before the key is asked.
 * @param path of the ledger; its folder is made when missing
 * @throws LPCTL_LEDGER_NOT_WRITTEN, LPCTL_DISK_FULL: then nothing must be signed
 */
export function recordSignature(path: string, entry: NewSignature, now = new Date()): void {
  append(path, { schema: 1, at: now.toISOString(), kind: "signed", ...entry });
}

/**
 * Notes that a key, device or program gave something else than was asked of it.
 * @throws LPCTL_LEDGER_NOT_WRITTEN, LPCTL_DISK_FULL
 */
export function recordIncident(path: string, entry: NewIncident, now = new Date()): void {
  append(path, { schema: 1, at: now.toISOString(), kind: "incident", ...entry, what: entry.what.slice(0, LONGEST_TEXT), detail: entry.detail.slice(0, LONGEST_TEXT) });
}

/**
 * Reads the ledger. Lines that cannot be read are counted and never stop the others from being seen.
 * @throws LPCTL_LEDGER_UNREADABLE when the file as a whole cannot be read; a missing one is empty
 */
export async function loadLedger(path: string): Promise<SignatureLedger> {
  const ledger: SignatureLedger = { signed: [], incidents: [], unreadableLines: [] };
  const lines = (await loadText(path)).split("\n");
  lines.forEach((line, index) => {
    if (line === "") return;
    const entry = ledgerEntrySchema.safeParse(parseJson(line));
    if (!entry.success) ledger.unreadableLines.push(index + 1);
    else if (entry.data.kind === "signed") ledger.signed.push(entry.data);
    else ledger.incidents.push(entry.data);
  });
  return ledger;
}

/** One write in append mode: lines of several processes at once do not mix. */
function append(path: string, entry: SignedEntry | IncidentEntry): void {
  try {
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
    try {
      const bytes = Buffer.from(`${endsInMidLine(file) ? "\n" : ""}${JSON.stringify(entry, bigintAsText)}\n`);
      const written = writeSync(file, bytes);
      if (written !== bytes.length) throw Object.assign(new Error("the line was cut off"), { code: "ENOSPC" });
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    flushFolder(folder);
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

/** What a power loss left of a line is nobody's to remove; the next line begins after it. */
function endsInMidLine(file: number): boolean {
  const { size } = fstatSync(file);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] !== 0x0a;
}

async function loadText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT") return "";
    throw new LpctlError({
      code: "LPCTL_LEDGER_UNREADABLE",
      exit: Exit.failed,
      message: `The list of what your keys have signed, ${path}, cannot be read`,
      why: errnoOf(cause),
      next: "Make it readable for you, and run the command again",
      cause,
    });
  }
}

function parseJson(line: string): unknown {
  try {
    return parseStrictJson(line);
  } catch {
    return undefined;
  }
}

function notWritten(path: string, cause: unknown): LpctlError {
  const reason = errnoOf(cause);
  const full = reason === "ENOSPC" || reason === "EDQUOT";
  return new LpctlError({
    code: full ? "LPCTL_DISK_FULL" : "LPCTL_LEDGER_NOT_WRITTEN",
    exit: Exit.failed,
    message: `${path}, the list of what your keys have signed, could not be written`,
    why: full ? "the disk is full" : reason,
    next: `${full ? "Free some space" : "Make the file and its folder writable"} and run the command again; nothing is signed that is not in the list first`,
    details: { path },
    cause,
  });
}
