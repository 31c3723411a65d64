/**
 * What a transcoder can do wrong on purpose:
 * - `late-reward`: calls reward in the frozen last part of a round only, and in every second round not at all
 * - `missed-verification`: never proves a challenged segment, and is slashed for it
 * - `double-claim`: claims every segment twice, and is slashed for it
 * - `offline`: bonds, and is never heard of again
 */
export const MISBEHAVIOURS = ["late-reward", "missed-verification", "double-claim", "offline"] as const;
export type Misbehaviour = (typeof MISBEHAVIOURS)[number];
