import { z } from "zod";
import { MISBEHAVIOURS } from "./actors/misbehaviour.ts";

/** Who takes part on a local chain. */
export const actorSettingsSchema = z.strictObject({
  /** Decides stakes, terms, and who does what when. */
  seed: z.string().regex(/^[0-9]{1,20}$/),
  transcoders: z.int().nonnegative(),
  delegators: z.int().nonnegative(),
  misbehaviour: z.array(z.enum(MISBEHAVIOURS)),
  /** Blocks pass as fast as the actors keep up with them. */
  fast: z.boolean(),
});
export type ActorSettings = z.infer<typeof actorSettingsSchema>;

/** Few enough to watch, and to run beside other work. */
export const DEFAULT_ACTORS: ActorSettings = { seed: "1", transcoders: 4, delegators: 8, misbehaviour: [], fast: false };
