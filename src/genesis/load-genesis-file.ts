import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
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
  /** Undefined where a faucet gives the tokens away. */
  recipients: LoadedRecipients | undefined;
}

/** Nobody writes a longer genesis by hand; a wrong file that was named by mistake may be. */
const LONGEST_FILE_BYTES = 4 * 1024 * 1024;

/**
 * Loads a genesis file and the list of recipients that it names.
 * @throws LPCTL_GENESIS_FILE_MISSING, LPCTL_GENESIS_FILE_MALFORMED, and what `loadRecipients` throws
 */
export async function loadGenesis(path: string): Promise<LoadedGenesis> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (bytes.length > LONGEST_FILE_BYTES) throw unreadable(path, undefined, `It has ${bytes.length} bytes; a genesis file has at most ${LONGEST_FILE_BYTES}.`);
  const parsed = parseGenesisFile(bytes.toString("utf8"), path);
  const { distribution } = parsed.file;
  return {
    parsed,
    fileHash: `0x${createHash("sha256").update(bytes).digest("hex")}`,
    recipients: distribution.kind === "faucet" ? undefined : await loadList(path, distribution.recipientsPath, distribution.tree),
  };
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
