import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "../../errno-of.ts";
import type { ReadBlock } from "../../chain/block-reader.ts";
import { cacheOfOther } from "./read-errors.ts";

/** What the records of a cache belong to. */
export interface CacheOf extends ReadBlock {
  chainId: bigint;
  /** The contract, and what it was asked. */
  of: string;
}

export interface ChunkCache {
  /** Copies what is known into `into`; returns the ranges that are missing. */
  fill(into: Uint8Array): [from: number, to: number][];
  keep(from: number, count: number, bytes: Uint8Array): void;
}

const SCHEMA = 1;
const NEWLINE = 10;

/**
 * What was read already, so that a reading that was ended goes on where it was. A text file that is only ever appended to: what
 * it belongs to, then a line for each chunk: first record, number of records, digest of the questions, answers in base64, digest of
 * the line. A last line that was cut off is cut away; a line that was changed, or whose questions are others now, is not believed.
 * @param questions of `questionBytes` each, in the order of the records
 * @throws LPCTL_SNAPSHOT_CACHE_OTHER
 */
export function openChunkCache(path: string, belongsTo: CacheOf, questions: Uint8Array, questionBytes: number, recordBytes: number): ChunkCache {
  const head = JSON.stringify({ schema: SCHEMA, chainId: belongsTo.chainId.toString(), block: belongsTo.number.toString(), blockHash: belongsTo.hash, of: belongsTo.of });
  const lines = loadLines(path);
  const [first, ...chunks] = lines;
  if (first === undefined) {
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, `${head}\n`);
  } else if (first !== head) {
    throw cacheOfOther(path, belongsTo);
  }
  const digestOf = (from: number, count: number): string => digest(questions.subarray(from * questionBytes, (from + count) * questionBytes));
  return {
    fill(into) {
      const records = into.length / recordBytes;
      const known: [number, number][] = [];
      for (const line of chunks) {
        const [, fromText = "", countText = "", asked, answers = "", check] = /^(\d{1,12}) (\d{1,12}) (\w{32}) (\S*) (\w{32})$/.exec(line) ?? [];
        const [from, count] = [Number(fromText), Number(countText)];
        if (check === undefined || count === 0 || from + count > records || digest(line.slice(0, -33)) !== check || digestOf(from, count) !== asked) continue;
        const bytes = Buffer.from(answers, "base64");
        if (bytes.length !== count * recordBytes) continue;
        into.set(bytes, from * recordBytes);
        known.push([from, from + count]);
      }
      return gapsBetween(known, records);
    },
    keep(from, count, bytes) {
      const line = `${from} ${count} ${digestOf(from, count)} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64")}`;
      appendFileSync(path, `${line} ${digest(line)}\n`);
    },
  };
}

function loadLines(path: string): string[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
  const whole = bytes.lastIndexOf(NEWLINE) + 1;
  if (whole < bytes.length) truncateSync(path, whole);
  const lines: string[] = [];
  for (let from = 0; from < whole; ) {
    const end = bytes.indexOf(NEWLINE, from);
    lines.push(bytes.toString("latin1", from, end));
    from = end + 1;
  }
  return lines;
}

function gapsBetween(known: [number, number][], records: number): [number, number][] {
  known.sort(([a], [b]) => a - b);
  const gaps: [number, number][] = [];
  let at = 0;
  for (const [from, to] of known) {
    if (from > at) gaps.push([at, from]);
    at = Math.max(at, to);
  }
  if (at < records) gaps.push([at, records]);
  return gaps;
}

function digest(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 32);
}
