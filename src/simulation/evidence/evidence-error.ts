import { Exit, LpctlError, type ErrorCode } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";

/** A file that must not be believed. */
export function refuseEvidence(code: ErrorCode & `LPCTL_EVIDENCE_${string}`, message: string, why: string, cause?: unknown): LpctlError {
  return new LpctlError({
    code,
    exit: Exit.refused,
    message,
    why: printable(why),
    next: "Do not sign on its strength. Ask for the file again, or write it anew against a node you trust: lpctl proposal simulate",
    cause,
  });
}
