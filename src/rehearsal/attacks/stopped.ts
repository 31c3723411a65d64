import { LpctlError } from "../../errors.ts";
import type { Finding } from "../../finding.ts";

/** Where an attempt ended; an attempt that came through has none. */
export interface Stopped {
  /** Of the error or the finding. */
  code: string;
  /** What the victim was told. */
  words: string;
}

/** The error that an attempt ends in, as where it was stopped. */
export async function stoppedBy(attempt: Promise<unknown>): Promise<Stopped | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    return { code: error.code, words: [error.message, error.why].filter((words) => words !== undefined).join(": ") };
  }
}

/** The first finding that refuses, as where an attempt was stopped. */
export function foundAs(findings: readonly Finding[], ...codes: readonly string[]): Stopped | undefined {
  const found = findings.find(({ severity, code }) => severity === "refuse" && (codes.length === 0 || codes.includes(code)));
  return found === undefined ? undefined : { code: found.code, words: found.title };
}
