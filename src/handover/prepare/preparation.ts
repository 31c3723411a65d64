import type { ReadyMade, TargetFile } from "../target/target-schema.ts";

/**
 * What can be deployed for a handover:
 * - `governor`: a LIP-25 Governor that somebody owns
 * - `stake`: StakeGovernor and StakeTimelock, by which stake decides
 * - `divided`: a DividedOwner of the present owner
 */
export const PREPARATIONS = ["governor", "stake", "divided"] as const;
export type PreparationKind = (typeof PREPARATIONS)[number];

/** The name by which a target speaks of what was prepared. */
const SPOKEN: Readonly<Record<PreparationKind, readonly string[]>> = {
  governor: ["Governor"],
  stake: ["StakeTimelock", "StakeGovernor", "VetoGuardian"],
  divided: ["DividedOwner"],
};
const MEANT: Readonly<Partial<Record<ReadyMade, PreparationKind>>> = { governor: "governor", stake: "stake" };

/** What a target speaks of by name rather than by address, and so expects to be prepared or registered. */
export function neededBy({ target, to, through, owners = {}, parts = [], roles = [], contracts = {} }: TargetFile): PreparationKind[] {
  const names = new Set([to, through, ...Object.values(owners), ...parts.map((part) => part.to), ...roles.flatMap(({ contract, holders }) => [contract, ...holders])]);
  return PREPARATIONS.filter((kind) => {
    const isMeant = to === undefined && target !== undefined && MEANT[target] === kind;
    return isMeant || SPOKEN[kind].some((name) => names.has(name) && contracts[name] === undefined);
  });
}
