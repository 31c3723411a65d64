import { z } from "zod";
import type { LpctlError } from "../errors.ts";

const findingsSchema = z.array(z.looseObject({ code: z.string() }));

/** Codes of the findings for which a proposal was refused. */
export function findingCodes(refused: LpctlError | undefined): string[] {
  const findings = findingsSchema.safeParse(refused?.details?.["findings"]);
  return findings.success ? findings.data.map(({ code }) => code) : [];
}
