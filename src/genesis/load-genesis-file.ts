import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Exit, LpctlError } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { loadRecipients, type Recipients } from "./load-recipients.ts";
import { parseGenesisFile, type ParsedGenesis } from "./parse-genesis-file.ts";

export interface LoadedGenesis {
  parsed: ParsedGenesis;
  /** sha256 of the file's bytes. */
  fileHash: Hex;
  /** Undefined where a faucet gives the tokens away. */
  recipients: Recipients | undefined;
}

/** Nobody writes a genesis by hand that is longer; a wrong file named by mistake may be. */
const LONGEST_FILE_BYTES = 4 * 1024 * 1024;

/**
 * Loads a genesis file and the list of recipients that it names.
 * @throws LPCTL_GENESIS_FILE_MISSING, LPCTL_GENESIS_FILE_MALFORMED, LPCTL_GENESIS_RECIPIENTS_MISSING, LPCTL_GENESIS_RECIPIENTS_MALFORMED
 */
export async function loadGenesis(path: string, folder: string = process.cwd()): Promise<LoadedGenesis> {
  const absolute = resolve(folder, path);
  const bytes = await readFile(absolute).catch((error: unknown) => {
    throw missing(path, error);
  });
  if (bytes.length > LONGEST_FILE_BYTES) throw missing(path, undefined, `It has ${bytes.length} bytes; a genesis file has at most ${LONGEST_FILE_BYTES}.`);
  const parsed = parseGenesisFile(bytes.toString("utf8"), path);
  const { distribution } = parsed.file;
  const recipients =
    distribution.kind === "faucet" ? undefined : await loadRecipients(resolve(dirname(absolute), distribution.recipientsPath), distribution.recipientsPath);
  return { parsed, fileHash: `0x${createHash("sha256").update(bytes).digest("hex")}`, recipients };
}

function missing(path: string, cause: unknown, why?: string): LpctlError {
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
