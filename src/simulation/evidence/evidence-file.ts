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

const MAGIC = "lpctl evidence 1";
/** Far above what the largest proposals need; what claims to be larger is meant to fill a memory. */
const MOST_PACKED_BYTES = 32 * 1024 * 1024;
const MOST_BYTES = 192 * 1024 * 1024;

export interface LoadedEvidence {
  evidence: Evidence;
  /** sha256 of the unpacked content: the same whatever packed it. */
  hash: Hex;
  packedBytes: number;
}

/**
 * The bytes of an evidence file: gzip of a line that names format and content hash, and the content as JSON. The same evidence
 * gives the same bytes: no time, no file name, no name of the system that packed it.
 */
export async function packEvidence(evidence: Evidence): Promise<{ bytes: Buffer; hash: Hex }> {
  const content = Buffer.from(JSON.stringify(toPlainJson(evidence)));
  const hash = sha256(content);
  const bytes = await promisify(gzip)(Buffer.concat([Buffer.from(`${MAGIC} ${hash}\n`), content]), { level: 9 });
  // RFC 1952: 255 is "unknown"; zlib writes the system it was built for.
  bytes[9] = 255;
  return { bytes, hash };
}

/**
 * Reads an evidence file. Its form is checked here; whether its parts fit each other is for whoever uses them.
 * @throws LPCTL_EVIDENCE_UNREADABLE, _DAMAGED, _TOO_LARGE, _EDITED, _INVALID
 */
export async function loadEvidence(path: string): Promise<LoadedEvidence> {
  const packed = await readBounded(path);
  const plain = await unpack(packed, path);
  const end = plain.indexOf(10);
  const [, stated] = /^lpctl evidence 1 (0x[0-9a-f]{64})$/.exec(end > 200 ? "" : plain.toString("latin1", 0, Math.max(end, 0))) ?? [];
  if (stated === undefined) throw refuseEvidence("LPCTL_EVIDENCE_INVALID", `${path} is no evidence of a proposal`, "its first line is not that of an evidence file of this version");
  const content = plain.subarray(end + 1);
  const hash = sha256(content);
  if (hash !== stated) throw refuseEvidence("LPCTL_EVIDENCE_EDITED", `${path} was changed after it was made`, `it says that its content hashes to ${stated}, and it hashes to ${hash}`);
  return { evidence: parseContent(content.toString("utf8"), path), hash, packedBytes: packed.length };
}

function parseContent(text: string, path: string): Evidence {
  const invalid = (why: string): LpctlError => refuseEvidence("LPCTL_EVIDENCE_INVALID", `${path} cannot be used as evidence`, why);
  try {
    const parsed = evidenceSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw invalid(`${issue?.path.map(String).join(".") || "the content"}: ${issue?.message ?? "does not fit"}`);
  } catch (error) {
    if (error instanceof LpctlError) throw error;
    // Not JSON, or nested deeper than the stack.
    throw invalid(error instanceof SyntaxError ? "its content is not JSON" : "its content is nested too deeply");
  }
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
    throw refuseEvidence("LPCTL_EVIDENCE_DAMAGED", `${path} cannot be unpacked`, "it is not gzip, was cut off, or was damaged on the way", cause);
  }
}

function tooLarge(path: string): LpctlError {
  return refuseEvidence("LPCTL_EVIDENCE_TOO_LARGE", `${path} is larger than the evidence of any proposal`, `at most ${MOST_PACKED_BYTES / 1024 / 1024} MB packed and ${MOST_BYTES / 1024 / 1024} MB unpacked are read`);
}

function sha256(bytes: Buffer): Hex {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}
