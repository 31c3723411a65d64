import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { Exit, LpctlError } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { RecipientList } from "./genesis-file.ts";
import { buildMerkleTree } from "./merkle-tree.ts";
import { parseGenesisFile, type ParsedGenesis } from "./parse-genesis-file.ts";
import { loadRecipients } from "./recipients.ts";

/** Who may mine the crowd's tokens, as far as a genesis needs to know. */
export interface LoadedRecipients extends RecipientList {
  path: string;
  /** Addresses that are in the list more than once, only the first ones of them, and the lines they stand on. */
  duplicates: readonly { address: Hex; lines: number[] }[];
  duplicateCount: number;
}

export interface LoadedGenesis {
  parsed: ParsedGenesis;
  /** sha256 of the file's bytes. */
  fileHash: Hex;
  /** Undefined where a faucet gives the tokens away, and where the list cannot be used. */
  recipients: LoadedRecipients | undefined;
  /** Why the list cannot be used; only where a check asked for it, so that it can tell everything at once. */
  listError?: LpctlError | undefined;
}

/** Nobody writes a longer genesis by hand; a wrong file that was named by mistake may be. */
const LONGEST_FILE_BYTES = 4 * 1024 * 1024;

/**
 * Loads a genesis file and the list of recipients that it names.
 * @param options.keepListError gives the error of an unusable list back instead of throwing it
 * @throws LPCTL_GENESIS_FILE_MISSING, LPCTL_GENESIS_FILE_MALFORMED, and what `loadRecipients` throws
 */
export async function loadGenesis(path: string, options: { keepListError?: boolean } = {}): Promise<LoadedGenesis> {
  const bytes = await readGenesisBytes(path);
  const parsed = parseGenesisFile(bytes.toString("utf8"), path);
  const { distribution } = parsed.file;
  const fileHash: Hex = `0x${createHash("sha256").update(bytes).digest("hex")}`;
  if (distribution.kind === "faucet") return { parsed, fileHash, recipients: undefined };
  try {
    return { parsed, fileHash, recipients: await loadList(path, distribution.recipientsPath, distribution.tree) };
  } catch (error) {
    if (options.keepListError !== true || !(error instanceof LpctlError)) throw error;
    return { parsed, fileHash, recipients: undefined, listError: error };
  }
}

/** Looked at before it is opened: a pipe may never answer, and a device never end. */
async function readGenesisBytes(path: string): Promise<Buffer> {
  const fail = (error: unknown): never => {
    throw unreadable(path, error);
  };
  const about = await stat(path).catch(fail);
  if (!about.isFile() && !about.isDirectory()) throw unreadable(path, undefined, "It is a pipe or a device, and no file.");
  if (about.isFile() && about.size > LONGEST_FILE_BYTES) throw unreadable(path, undefined, `It has ${about.size} bytes; a genesis file has at most ${LONGEST_FILE_BYTES}.`);
  return readFile(path).catch(fail);
}

async function loadList(path: string, recipientsPath: string, shape: "complete" | "layered"): Promise<LoadedRecipients> {
  const listPath = isAbsolute(recipientsPath) ? recipientsPath : join(dirname(path), recipientsPath);
  const { addresses, lineOf } = await loadRecipients(listPath);
  const { root, count, duplicates, duplicateCount } = await buildMerkleTree(addresses, shape);
  return {
    path: listPath,
    root,
    count: BigInt(count),
    duplicates: duplicates.map(({ address, positions }) => ({ address, lines: positions.map(lineOf) })),
    duplicateCount,
  };
}

function unreadable(path: string, cause: unknown, why?: string): LpctlError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  return new LpctlError({
    code: "LPCTL_GENESIS_FILE_MISSING",
    exit: Exit.usage,
    message: `${printable(path)} cannot be read as a genesis file.`,
    why: why ?? (code === "ENOENT" ? "There is no such file." : code === "EISDIR" ? "It is a folder." : code),
    next: "Name a genesis file, or write one: lpctl genesis init",
    cause,
  });
}
