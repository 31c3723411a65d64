import { readFile, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { Exit, LpctlError } from "../../errors.ts";
import { nearestName } from "../../protocol/nearest-name.ts";
import { printable } from "../../protocol/printable.ts";
import { parseTarget } from "./parse-target.ts";
import { READY_MADE, type ReadyMade, type TargetFile } from "./target-schema.ts";

/** Nobody writes a longer one by hand. */
const LONGEST_FILE_BYTES = 256 * 1024;

export interface LoadedTarget {
  /** Names the folder of the handover. */
  name: string;
  file: TargetFile;
  /** What to type after `lpctl handover plan`. */
  typed: string;
}

/**
 * A target by what a person calls it: a ready-made one (`safe`, `governor`, `stake`), or a file.
 * @param to who takes over, where the ready-made target needs it; goes before what the file says
 * @throws LPCTL_HANDOVER_TARGET_UNKNOWN with the nearest name, LPCTL_HANDOVER_FILE_MALFORMED
 */
export async function loadTarget(reference: string, to: string | undefined): Promise<LoadedTarget> {
  const given = to === undefined ? {} : { to };
  const typed = printable(to === undefined ? reference : `${reference} --to ${to}`);
  if ((READY_MADE as readonly string[]).includes(reference)) return { name: `to-${reference}`, file: { target: reference as ReadyMade, ...given }, typed };
  const about = await stat(reference).catch(() => undefined);
  if (about === undefined || !about.isFile()) throw unknownTarget(reference, about === undefined ? undefined : "it is no file");
  if (about.size > LONGEST_FILE_BYTES) throw unknownTarget(reference, `it has ${about.size} bytes; a handover file has at most ${LONGEST_FILE_BYTES}`);
  const file = parseTarget(await readFile(reference, "utf8"), reference);
  const name = file.name ?? slug(basename(reference, extname(reference)));
  return { name, file: { ...file, ...given }, typed };
}

function unknownTarget(reference: string, why: string | undefined): LpctlError {
  const near = nearestName(reference, READY_MADE);
  return new LpctlError({
    code: "LPCTL_HANDOVER_TARGET_UNKNOWN",
    exit: Exit.usage,
    message: `${printable(reference)} is neither a file nor a target that lpctl knows`,
    why: why ?? `ready-made targets: ${READY_MADE.join(", ")}`,
    next: near === undefined ? "Name one of these, or a file: lpctl handover plan handover.yaml" : `Did you mean lpctl handover plan ${near}?`,
  });
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "").slice(0, 48) || "handover";
}
