import type { Verdict } from "../../outcome/aftermath.ts";
import type { LivingState } from "./living-state.ts";
import type { Sample } from "./sample.ts";

/** A law of the protocol. Pure: judged on what was read. */
export interface Invariant {
  /** Kebab-case, as its file is called. */
  name: string;
  /** What it protects, for people. */
  explains: string;
  /** What a proposal that breaks it deserves. */
  breaks: "refuse" | "warning";
  /** Undefined where the contracts do not say enough. */
  judge: (state: LivingState, scene: Scene) => Verdict | undefined;
}

export interface Scene {
  /** `later`: after rounds with actors, in which accounts and totals change by themselves. */
  moment: "before" | "after" | "later";
  /** The protocol at the same moment without the proposal; the state itself for `before`. */
  control: LivingState;
  sample: Sample;
  intended: Intended;
  lived: Lived | undefined;
}

/** What the intents ask for and no invariant may complain of. */
export interface Intended {
  /** Getters that give another value: `roundLength` of the RoundsManager, by address and name. */
  getters: ReadonlySet<string>;
  /** Names of registry entries that are written. */
  registered: ReadonlySet<string>;
  pause: boolean | undefined;
  ownership: boolean;
}

export interface Lived {
  rounds: number;
  /** The supply there was, what these rounds could mint, and what actors were given. */
  supplyLimit: bigint;
}

/** Two looks at the same things: says which of them differ. */
export function compareFigures(figures: readonly { label: string; is: unknown; was: unknown }[]): Verdict {
  const differing = figures.filter(({ is, was }) => String(is) !== String(was));
  if (differing.length === 0) return { holds: true, detail: `${figures.length} values are the same` };
  const shown = differing.slice(0, 3).map(({ label, is, was }) => `${label} is ${say(is)} instead of ${say(was)}`);
  return { holds: false, detail: `${shown.join("; ")}${differing.length > 3 ? `; and ${differing.length - 3} more` : ""}` };
}

function say(value: unknown): string {
  return value === undefined ? "unreadable" : String(value);
}

/** For what is about the running round, which is only that once somebody began it: a shorter length makes rounds jump over that. */
export function roundNotBegun({ currentRound, lastInitializedRound }: LivingState["rounds"]): Verdict | undefined {
  return currentRound === lastInitializedRound ? undefined : { holds: true, untried: "moot", detail: `round ${String(currentRound)} is not begun` };
}

export function sum(values: readonly (bigint | undefined)[]): bigint {
  return values.reduce<bigint>((total, value) => total + (value ?? 0n), 0n);
}
