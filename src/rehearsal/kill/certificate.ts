import { z } from "zod";
import { PLAN_KINDS } from "./kill-job.ts";

/** What was done to one process that carried the plan out. */
export const FAULTS = ["killed", "question lost", "answer lost", "sent twice", "reorg", "second process", "disk full", "none"] as const;
export type Fault = (typeof FAULTS)[number];

const runSchema = z.strictObject({
  fault: z.enum(FAULTS),
  /** False where the process ended before it came to it. */
  struck: z.boolean(),
  /** Where the process was killed or stood still: `attempt:written` and the operation. */
  at: z.strictObject({ checkpoint: z.string(), operation: z.string() }).nullable(),
  /** `killed`, `done`, or the code of the error that it ended with. */
  ended: z.string(),
  /** Transactions of the plan that were on the chain afterwards. */
  mined: z.number().int(),
});
export type KillRun = z.infer<typeof runSchema>;

/** The transcript of a plan that was carried out while everything went wrong. */
export const killCertificateSchema = z.strictObject({
  schema: z.literal(1),
  lpctl: z.string(),
  plan: z.strictObject({ kind: z.enum(PLAN_KINDS), file: z.string(), sha256: z.string() }),
  chainId: z.string(),
  /** The block of the network that the local chain was a copy of. */
  forkBlock: z.string().nullable(),
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
  findings: z.array(z.string()),
});
export type KillCertificate = z.infer<typeof killCertificateSchema>;
