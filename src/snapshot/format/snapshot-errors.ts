import { Exit, LpctlError } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";

const AGAIN = "Do not use it. Ask for the folder again, or take it yourself: lpctl snapshot take";

/** There is no snapshot in this folder. */
export function noSnapshot(folder: string, cause?: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_NOT_FOUND",
    exit: Exit.usage,
    message: `There is no snapshot in ${printable(folder)}`,
    why: "it has no manifest.json",
    next: "Take one: lpctl snapshot take",
    cause,
  });
}

/** A file of a snapshot cannot be read: it is missing, cut off, no file at all, or not of the form it should have. */
export function brokenSnapshot(path: string, why: string, cause?: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_BROKEN",
    exit: Exit.different,
    message: `The snapshot cannot be read: ${printable(path)} is damaged`,
    why: printable(why),
    next: AGAIN,
    details: { path, why },
    cause,
  });
}

/** Everything can be read, and it does not agree with itself or with what it is compared with. */
export function differentSnapshot(what: string, why: string, details: Record<string, unknown>): LpctlError {
  return new LpctlError({ code: "LPCTL_SNAPSHOT_DIFFERENT", exit: Exit.different, message: printable(what), why: printable(why), next: AGAIN, details });
}

export function newerSnapshot(folder: string, schema: number, known: number): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_NEWER",
    exit: Exit.usage,
    message: `${printable(folder)} was written by a newer lpctl`,
    why: `its schema is ${schema}; this lpctl reads up to ${known}`,
    next: "Install the newest lpctl",
    details: { schema, known },
  });
}
