import { constants } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { errnoOf } from "../../errno-of.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";
import type { Hex } from "../../protocol/hex.ts";
import type { ByteFile } from "./read-table.ts";
import { brokenSnapshot } from "./snapshot-errors.ts";

/** Where the parts of a snapshot are. Names follow from what is in it; none is ever read from it. */
export const PART = {
  manifest: "manifest.json",
  words: "words.parquet",
  /** Only where a local chain holds words as zero instead of as nothing. */
  zeros: "zeros.parquet",
  /** Only of small snapshots: the words with their names, for review. */
  review: "words.ndjson",
  header: (blockNumber: bigint): string => `headers/${blockNumber}.json`,
  accounts: "proofs/accounts.json",
  code: (codeHash: Hex): string => `code/${codeHash}.bin`,
  addresses: "preimages/addresses.parquet",
  preimages: "preimages/words.parquet",
  /** Keys of mappings within mappings. */
  together: "preimages/together.parquet",
  contracts: "preimages/contracts.parquet",
  attestations: "attestations.json",
} as const;

/** Far more than the largest manifest or list of proofs needs. */
export const LARGEST_JSON_BYTES = 256_000_000;

/**
 * Opens a part to read: a file that really is in the folder. A link might lead to a device without end, or to a file that is none
 * of the snapshot's business; both are refused, for the folder came from somebody.
 * @throws LPCTL_SNAPSHOT_BROKEN
 */
async function openPart(folder: string, part: string, limitBytes: number): Promise<{ handle: FileHandle; size: number }> {
  const path = join(folder, part);
  if (part.includes("/")) {
    const within = await lstat(dirname(path)).catch((cause: unknown) => {
      throw unreadable(path, cause);
    });
    if (!within.isDirectory()) throw brokenSnapshot(path, "it is not in a folder of the snapshot's own");
  }
  // Without waiting: to open a pipe would.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const about = await handle.stat();
    if (!about.isFile()) throw brokenSnapshot(path, "it is no file");
    if (about.size > limitBytes) throw brokenSnapshot(path, `it has ${about.size} bytes, more than the ${limitBytes} it can need`);
    return { handle, size: about.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** @throws LPCTL_SNAPSHOT_BROKEN */
export async function readPart(folder: string, part: string, limitBytes: number): Promise<Buffer> {
  return withPart(folder, part, limitBytes, (file) => file.read(0, file.size)).then((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
}

/** Gives a file to read from at any place, and closes it. @throws LPCTL_SNAPSHOT_BROKEN, and what `use` throws */
export async function withPart<T>(folder: string, part: string, limitBytes: number, use: (file: ByteFile) => Promise<T>): Promise<T> {
  const { handle, size } = await openPart(folder, part, limitBytes);
  const path = join(folder, part);
  try {
    return await use({
      size,
      async read(from, length) {
        const bytes = Buffer.allocUnsafeSlow(length);
        for (let done = 0; done < length; ) {
          const { bytesRead } = await handle.read(bytes, done, length - done, from + done);
          if (bytesRead === 0) throw brokenSnapshot(path, "it became shorter while it was read");
          done += bytesRead;
        }
        return bytes;
      },
    });
  } finally {
    await handle.close();
  }
}

/** @throws LPCTL_SNAPSHOT_BROKEN */
export function parsePart<T>(path: string, text: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = parseStrictJson(text);
  } catch (cause) {
    throw brokenSnapshot(path, cause instanceof Error ? cause.message : "it is no JSON", cause);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw brokenSnapshot(path, [issue?.path.map(String).join("."), issue?.message ?? "unexpected shape"].filter(Boolean).join(": "));
}

function unreadable(path: string, cause: unknown): Error {
  const reason = errnoOf(cause);
  const known: Record<string, string> = { ENOENT: "it is missing", ELOOP: "it is a link to somewhere else", ENOTDIR: "its folder is none", EISDIR: "it is a folder" };
  return brokenSnapshot(path, known[reason ?? ""] ?? reason ?? "it cannot be opened", cause);
}
