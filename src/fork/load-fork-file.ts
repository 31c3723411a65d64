import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { Exit, LpctlError } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { LoadedSnapshot } from "../snapshot/format/snapshot.ts";
import { loadLayouts } from "../snapshot/view/load-layouts.ts";
import { openView, type StateView } from "../snapshot/view/state-view.ts";
import { checkForkParameters, type ForkParameters } from "./check-fork-parameters.ts";
import { parseForkFile, type ParsedFork } from "./parse-fork-file.ts";

export interface LoadedFork {
  parsed: ParsedFork;
  /** sha256 of the file's bytes. */
  fileHash: Hex;
  snapshot: LoadedSnapshot;
  view: StateView;
  /** What the file changes, in the units of the snapshot's contracts. */
  parameters: ForkParameters;
}

const LONGEST_FILE_BYTES = 4 * 1024 * 1024;

/** @throws LPCTL_FORK_FILE_MISSING, LPCTL_FORK_FILE_MALFORMED */
async function loadForkFile(path: string): Promise<{ parsed: ParsedFork; fileHash: Hex }> {
  const fail = (error: unknown): never => {
    throw missing(path, error);
  };
  const about = await stat(path).catch(fail);
  if (!about.isFile()) throw missing(path, undefined, about.isDirectory() ? "It is a folder." : "It is a pipe or a device, and no file.");
  if (about.size > LONGEST_FILE_BYTES) throw missing(path, undefined, `It has ${about.size} bytes; a fork file has at most ${LONGEST_FILE_BYTES}.`);
  const bytes = await readFile(path).catch(fail);
  return { parsed: parseForkFile(bytes.toString("utf8"), path), fileHash: `0x${createHash("sha256").update(bytes).digest("hex")}` };
}

/**
 * Loads a fork file and the snapshot that it names, which must have the identity that it names.
 * @throws LPCTL_FORK_OTHER_SNAPSHOT, LPCTL_FORK_PARAMETER, what `loadForkFile` and `loadSnapshot` throw
 */
export async function loadFork(path: string, compilerCaches: string[]): Promise<LoadedFork> {
  const { parsed, fileHash } = await loadForkFile(path);
  const { folder, identity } = parsed.file.snapshot;
  const { loadSnapshot } = await import("../snapshot/format/load-snapshot.ts");
  const snapshot = await loadSnapshot(isAbsolute(folder) ? folder : join(dirname(path), folder));
  if (snapshot.id !== identity) {
    const { line, column } = parsed.placeOf(["snapshot", "identity"]);
    throw new LpctlError({
      code: "LPCTL_FORK_OTHER_SNAPSHOT",
      exit: Exit.refused,
      message: `${printable(path)}:${line}:${column} ${printable(folder)} is another snapshot than the file means`,
      why: `its identity is ${snapshot.id}, and the file says ${identity}`,
      next: "Name the folder of the snapshot that was agreed to; lpctl snapshot show FOLDER tells its identity",
      details: { path, line, column, expected: identity, found: snapshot.id },
    });
  }
  const view = await openView(snapshot.state, { layouts: await loadLayouts(snapshot.state, compilerCaches) });
  return { parsed, fileHash, snapshot, view, parameters: checkForkParameters(parsed, view) };
}

function missing(path: string, cause: unknown, why?: string): LpctlError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  return new LpctlError({
    code: "LPCTL_FORK_FILE_MISSING",
    exit: Exit.usage,
    message: `${printable(path)} cannot be read as a fork file.`,
    why: why ?? (code === "ENOENT" ? "There is no such file." : code),
    next: "Name a fork file; lpctl fork plan --help shows what one has",
    cause,
  });
}
