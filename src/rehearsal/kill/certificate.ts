import { join } from "node:path";
import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import { textSchema } from "../../protocol/text-schema.ts";
import { readIfThere } from "../../read-if-there.ts";
import { replaceFile } from "../../replace-file.ts";
import { PLAN_KINDS } from "./kill-job.ts";

/** What was done to one process that carried the plan out. */
export const FAULTS = ["killed", "question lost", "answer lost", "sent twice", "reorg", "second process", "disk full", "none"] as const;
export type Fault = (typeof FAULTS)[number];

const runSchema = z.strictObject({
  fault: z.enum(FAULTS),
  /** False where the process ended before it came to it. */
  struck: z.boolean(),
  /** Where the process was killed or stood still: `attempt:written` and the operation. */
  at: z.strictObject({ checkpoint: textSchema, operation: textSchema }).nullable(),
  /** `killed`, `done`, or the code of the error that it ended with. */
  ended: textSchema,
  /** Transactions of the plan that were on the chain afterwards. */
  mined: z.number().int(),
});
export type KillRun = z.infer<typeof runSchema>;

/** The transcript of a plan that was carried out while everything went wrong. */
export const killCertificateSchema = z.strictObject({
  schema: z.literal(1),
  lpctl: textSchema,
  plan: z.strictObject({ kind: z.enum(PLAN_KINDS), file: textSchema, sha256: textSchema }),
  chainId: textSchema,
  /** The block of the network that the local chain was a copy of. */
  forkBlock: textSchema.nullable(),
  /** What the same plan took when nothing went wrong. */
  undisturbed: z.strictObject({ transactions: z.number().int(), checkpoints: z.number().int() }),
  runs: z.array(runSchema),
  kills: z.number().int(),
  /** Transactions that were on the chain more often than in the undisturbed run. */
  duplicates: z.number().int(),
  /** Transactions of the undisturbed run that were missing. */
  missing: z.number().int(),
  /** Processes that could not go on although nothing was done to them. */
  stuck: z.number().int(),
  /** What the plan's own verification found wrong. */
  findings: z.array(textSchema),
});
export type KillCertificate = z.infer<typeof killCertificateSchema>;

const FILE = "kill-certificate.json";

/** @returns the path of the file */
export async function saveCertificate(folder: string, certificate: KillCertificate): Promise<string> {
  const path = join(folder, FILE);
  await replaceFile(path, `${JSON.stringify(killCertificateSchema.parse(certificate), null, 2)}\n`);
  return path;
}

/** What lies beside a proposal; it is somebody's word, and anybody can rehearse again. @throws LPCTL_REHEARSAL_CERTIFICATE_UNREADABLE */
export async function loadCertificate(folder: string): Promise<KillCertificate | undefined> {
  const path = join(folder, FILE);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return killCertificateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_REHEARSAL_CERTIFICATE_UNREADABLE",
      exit: Exit.refused,
      message: `${path} is no certificate of a rehearsal`,
      why: "it does not have the form that lpctl writes",
      next: "Remove it, and rehearse again: lpctl rehearse --kill FILE --attach PROPOSAL",
      cause,
    });
  }
}
