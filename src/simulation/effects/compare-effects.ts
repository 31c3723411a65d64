import { pathOf, placeKey, placeOf, valueOf } from "../../outcome/place.ts";
import type { StateChange } from "../../outcome/simulation.ts";
import { isEffect, type AllowedValue, type Effect } from "./effects.ts";

export interface EffectComparison {
  equal: boolean;
  /** Named, but it does not happen. */
  missing: Effect[];
  /** Happens, but is not named. */
  unexpected: StateChange[];
  /** Happens in another way than allowed. */
  different: { allowed: Effect; actual: StateChange }[];
}

/** Compares classified changes with what is allowed. Bookkeeping and accrual play no part; ranges are respected. */
export function compareEffects(allowed: readonly Effect[], changes: readonly StateChange[]): EffectComparison {
  const actual = new Map(changes.filter(isEffect).map((change) => [placeOf(change), change]));
  const named = new Set(allowed.map(({ address, path }) => placeKey(address, path)));
  const missing: Effect[] = [];
  const different: EffectComparison["different"] = [];
  for (const effect of allowed) {
    const change = actual.get(placeKey(effect.address, effect.path));
    if (change === undefined) {
      if (!isAnything(effect.after)) missing.push(effect);
    } else if (!isWithin(effect.before, valueOf(change, "before")) || !isWithin(effect.after, valueOf(change, "after"))) {
      different.push({ allowed: effect, actual: change });
    }
  }
  const unexpected = [...actual].filter(([place]) => !named.has(place)).map(([, change]) => change);
  return { equal: missing.length + unexpected.length + different.length === 0, missing, unexpected, different };
}

/** One line for each thing that differs. */
export function describeDifferences({ missing, unexpected, different }: EffectComparison): string[] {
  return [
    ...missing.map((effect) => `does not happen: ${placeText(effect)} becomes ${formatAllowed(effect.after)}`),
    ...unexpected.map((change) => `not named: ${placeText({ ...change, path: pathOf(change) })}, ${valueOf(change, "before")} becomes ${valueOf(change, "after")}`),
    ...different.map(({ allowed, actual }) => {
      const side = isWithin(allowed.after, valueOf(actual, "after")) ? "before" : "after";
      return `${placeText(allowed)}: ${valueOf(actual, side)} ${side}, allowed ${formatAllowed(allowed[side])}`;
    }),
  ];
}

/** Where more than one value is allowed, in words. */
export function describeWidened(allowed: readonly Effect[]): string[] {
  return allowed
    .filter(({ before, after }) => typeof before !== "string" || typeof after !== "string")
    .map((effect) => `${placeText(effect)} from ${formatAllowed(effect.before)} to ${formatAllowed(effect.after)}`);
}

/** `500`, `10 to 20`, `at least 10`, `anything` */
export function formatAllowed(value: AllowedValue): string {
  if (typeof value === "string") return value;
  if ("any" in value) return "anything";
  if (value.max === undefined) return `at least ${value.min ?? ""}`;
  return value.min === undefined ? `at most ${value.max}` : `${value.min} to ${value.max}`;
}

function placeText({ contract, address, path }: { contract?: string | undefined; address: string; path: string }): string {
  return `${contract ?? address}.${path}`;
}

function isAnything(value: AllowedValue): boolean {
  return typeof value !== "string" && "any" in value;
}

function isWithin(allowed: AllowedValue, value: string): boolean {
  if (typeof allowed === "string") return allowed.toLowerCase() === value.toLowerCase();
  if ("any" in allowed) return true;
  if (!/^-?\d+$/.test(value)) return false;
  const number = BigInt(value);
  return (allowed.min === undefined || number >= BigInt(allowed.min)) && (allowed.max === undefined || number <= BigInt(allowed.max));
}
