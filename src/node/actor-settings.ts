import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import type { Profile } from "../protocol/profiles.ts";
import { MISBEHAVIOURS, type Misbehaviour } from "./actors/misbehaviour.ts";

/** Who takes part on a local chain. */
export const actorSettingsSchema = z.strictObject({
  /** Decides stakes, terms, and who does what when. */
  seed: z.string().regex(/^(0|[1-9][0-9]{0,19})$/),
  transcoders: z.int().min(1),
  delegators: z.int().nonnegative(),
  misbehaviour: z.array(z.enum(MISBEHAVIOURS)),
  /** How many of a hundred transcoders vote, where there are votes. */
  turnoutPercent: z.int().min(0).max(100).default(80),
  /** Blocks pass as fast as the actors keep up with them. */
  fast: z.boolean(),
});
export type ActorSettings = z.infer<typeof actorSettingsSchema>;

/** What was asked for; what is undefined is as it was, or the default. */
export interface ActorOptions {
  /** Nobody at all. */
  none: boolean;
  seed: string | undefined;
  transcoders: number | undefined;
  delegators: number | undefined;
  misbehaviour: readonly Misbehaviour[] | undefined;
  turnoutPercent?: number | undefined;
  fast: boolean;
}

/** Few enough to watch, and to run beside other work. */
const DEFAULT: ActorSettings = { seed: "1", transcoders: 4, delegators: 8, misbehaviour: [], turnoutPercent: 80, fast: false };
/** What can only be done where there are jobs. */
const ABOUT_JOBS: readonly Misbehaviour[] = ["missed-verification", "double-claim"];

/**
 * @param before of the chain that goes on; null when it had no actors, undefined for a fresh one
 * @throws LPCTL_USAGE_BAD_VALUE
 */
export function chooseActors(options: ActorOptions, before: ActorSettings | null | undefined, profile: Profile): ActorSettings | null {
  const { none, seed, transcoders, delegators, misbehaviour, turnoutPercent, fast } = options;
  if (none) return null;
  const asked = fast || [seed, transcoders, delegators, misbehaviour, turnoutPercent].some((each) => each !== undefined);
  if (before === null && !asked) return null;
  const base = before ?? DEFAULT;
  const chosen: ActorSettings = {
    seed: seed ?? base.seed,
    transcoders: transcoders ?? base.transcoders,
    delegators: delegators ?? base.delegators,
    misbehaviour: misbehaviour === undefined ? base.misbehaviour : [...misbehaviour],
    turnoutPercent: turnoutPercent ?? base.turnoutPercent,
    fast,
  };
  const { length } = chosen.misbehaviour;
  if (length > chosen.transcoders) throw badValue(`${length} times --misbehave needs as many transcoders; there are ${chosen.transcoders}.`, `lpctl node start --transcoders ${length}`);
  const impossible = profile === "current" ? chosen.misbehaviour.find((each) => ABOUT_JOBS.includes(each)) : undefined;
  if (impossible !== undefined) throw badValue(`Nobody can do ${impossible} in the profile current, which has no jobs.`, `lpctl node start --profile launch --misbehave ${impossible}`);
  if (turnoutPercent !== undefined && profile === "launch") throw badValue("Nobody votes in the profile launch.", `lpctl node start --profile current --turnout ${turnoutPercent}`);
  return chosen;
}

/** @throws LPCTL_USAGE_BAD_VALUE */
export function parseSeed(text: string | undefined): string | undefined {
  if (text === undefined || /^(0|[1-9][0-9]{0,18})$/.test(text)) return text;
  throw badValue("--seed takes a whole number of at most 19 digits.", "lpctl node start --seed 7");
}

function badValue(message: string, next: string): LpctlError {
  return new LpctlError({ code: "LPCTL_USAGE_BAD_VALUE", exit: Exit.usage, message, next });
}
