import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { Exit, LpctlError } from "../../errors.ts";
import { toPlainJson } from "../../proposal/canonical.ts";
import type { Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { evidenceSchema, type Evidence } from "./evidence.ts";
import { refuseEvidence } from "./evidence-error.ts";

/** Far above what the largest proposals need; what claims to be larger is meant to fill a memory. */
const MOST_PACKED_BYTES = 32 * 1024 * 1024;
const MOST_BYTES = 128 * 1024 * 1024;
const NEWLINE = 10;

export interface LoadedEvidence {
  evidence: Evidence;
  /** sha256 of the evidence without the report: the report names it. */
  hash: Hex;
  /** What came out when the file was made: the text of `report.json`. */
  report: string;
}

/** sha256 of the evidence as it lies in the file; the same whatever packs it. */
export function hashEvidence(evidence: Evidence): { text: string; hash: Hex } {
  const text = JSON.stringify(toPlainJson(evidence));
  return { text, hash: sha256(text) };
}

/**
 * The bytes of an evidence file: gzip of three lines, namely the form with the hashes of the other two, the evidence, and the
 * report that came of it. Equal contents give equal bytes: no time, no file name, no name of the system that packed them.
 */
export async function packEvidence(text: string, report: unknown): Promise<Buffer> {
  const outcome = JSON.stringify(toPlainJson(report));
  const bytes = await promisify(gzip)(`lpctl evidence 1 ${sha256(text)} ${sha256(outcome)}\n${text}\n${outcome}`);
  // RFC 1952: 255 is "unknown"; zlib writes the system it was built for.
  bytes[9] = 255;
  return bytes;
}

/**
 * Reads an evidence file. Its form is checked here; whether its parts fit each other is for whoever uses them.
 * @throws LPCTL_EVIDENCE_UNREADABLE, _DAMAGED, _TOO_LARGE, _EDITED, _INVALID
 */
export async function loadEvidence(path: string): Promise<LoadedEvidence> {
  const plain = await unpack(await readBounded(path), path);
  const [first, second] = [plain.indexOf(NEWLINE), plain.indexOf(NEWLINE, plain.indexOf(NEWLINE) + 1)];
  const header = first > 0 && first < 200 ? plain.toString("latin1", 0, first) : "";
  const [, stated, outcomeHash] = /^lpctl evidence 1 (0x[0-9a-f]{64}) (0x[0-9a-f]{64})$/.exec(header) ?? [];
  if (stated === undefined || second < 0) throw refuseEvidence("LPCTL_EVIDENCE_INVALID", `${printable(path)} is no evidence of a proposal`, "its first line is not that of an evidence file of this version");
  const [content, outcome] = [plain.subarray(first + 1, second), plain.subarray(second + 1)];
  const hash = sha256(content);
  if (hash !== stated || sha256(outcome) !== outcomeHash) {
    throw refuseEvidence("LPCTL_EVIDENCE_EDITED", `${printable(path)} was changed after it was made`, "its content is not what its first line gives the hashes of");
  }
  const report = `${JSON.stringify(parseJson(outcome.toString("utf8"), path), null, 2)}\n`;
  return { evidence: parseContent(content.toString("utf8"), path), hash, report };
}

function parseContent(text: string, path: string): Evidence {
  const parsed = guarded(path, () => evidenceSchema.safeParse(parseJson(text, path)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(path, `${issue?.path.map(String).join(".") || "the content"}: ${issue?.message ?? "does not fit"}`);
}

function parseJson(text: string, path: string): unknown {
  return guarded(path, (): unknown => JSON.parse(text));
}

/** Content that is not JSON, or nested deeper than the stack. */
function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(path, "its content is not JSON");
    if (error instanceof RangeError) throw invalid(path, "its content is nested too deeply");
    throw error;
  }
}

function invalid(path: string, why: string): LpctlError {
  return refuseEvidence("LPCTL_EVIDENCE_INVALID", `${printable(path)} cannot be used as evidence`, why);
}

async function readBounded(path: string): Promise<Buffer> {
  let file;
  try {
    file = await open(path, "r");
    const found = await file.stat();
    if (!found.isFile()) throw new Error("it is not a file");
    if (found.size > MOST_PACKED_BYTES) throw tooLarge(path);
    return await file.readFile();
  } catch (cause) {
    if (cause instanceof LpctlError) throw cause;
    throw new LpctlError({
      code: "LPCTL_EVIDENCE_UNREADABLE",
      exit: Exit.usage,
      message: `There is no readable evidence at ${printable(path)}`,
      why: printable(cause instanceof Error ? cause.message : String(cause)),
      next: "lpctl proposal simulate writes it beside the proposal",
      cause,
    });
  } finally {
    await file?.close();
  }
}

async function unpack(packed: Buffer, path: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: MOST_BYTES });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(path);
    throw refuseEvidence("LPCTL_EVIDENCE_DAMAGED", `${printable(path)} cannot be unpacked`, "it is not gzip, was cut off, or was damaged on the way", cause);
  }
}

function tooLarge(path: string): LpctlError {
  return refuseEvidence("LPCTL_EVIDENCE_TOO_LARGE", `${printable(path)} is larger than the evidence of any proposal`, `at most ${MOST_PACKED_BYTES / 1024 / 1024} MB packed and ${MOST_BYTES / 1024 / 1024} MB unpacked are read`);
}

function sha256(bytes: Buffer | string): Hex {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}
