import { z } from "zod";

/** What is carried out while it is killed: a genesis file, a migration script or a fork file. */
export const PLAN_KINDS = ["genesis", "migration", "fork"] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

/** What a process that carries a plan out is told, as JSON in its first argument. */
export const killJobSchema = z.strictObject({
  kind: z.enum(PLAN_KINDS),
  file: z.string(),
  folder: z.string(),
  network: z.string(),
  chainId: z.string().transform(BigInt),
  controller: z.string().nullable(),
  rpcUrl: z.string(),
  compilerCaches: z.array(z.string()),
  producedBy: z.string(),
  /** After how many checkpoints that are not in `notesPath` yet (from 0) the process dies (SIGKILL) or stands still (SIGSTOP). Undefined: never. */
  ends: z.strictObject({ signal: z.enum(["SIGKILL", "SIGSTOP"]), after: z.number().int().nonnegative() }).optional(),
  /** One line of JSON for each thing that a process had to say. */
  notesPath: z.string(),
});
export type KillJob = z.input<typeof killJobSchema>;

/** What a process says: where it is about to die or to stand still, why it failed, or that it is through. */
export const killNoteSchema = z.union([
  z.strictObject({ checkpoint: z.string(), operation: z.string() }),
  z.strictObject({ code: z.string(), message: z.string() }),
  z.strictObject({ checkpoints: z.number().int() }),
]);
export type KillNote = z.infer<typeof killNoteSchema>;
