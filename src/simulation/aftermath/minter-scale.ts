import type { LivingState } from "./living-state.ts";

/** How many of its parts stand for one of another Minter's. */
export interface Scale {
  parts: bigint;
  of: bigint;
}

const SAME: Scale = { parts: 1n, of: 1n };
const MOST_DIGITS = 18n;

/**
 * In which parts a Minter counts, against another one's: those of 2018 in millionths, today's in billionths. Told by the
 * figures that no round moves; a Minter does not say it.
 */
export function scaleBetween(is: LivingState["minting"], was: LivingState["minting"]): Scale {
  for (const name of ["targetBondingRate", "inflationChange"] as const) {
    const [now, before] = [is[name] ?? 0n, was[name] ?? 0n];
    if (now === 0n || before === 0n) continue;
    for (let digits = 0n; digits <= MOST_DIGITS; digits += 1n) {
      const parts = 10n ** digits;
      if (now === before * parts) return { parts, of: 1n };
      if (now * parts === before) return { parts: 1n, of: parts };
    }
  }
  return SAME;
}

/** A figure of the other Minter in the parts of this one, as text; not rounded. */
export function inScale(value: bigint | undefined, { parts, of }: Scale): string | undefined {
  if (value === undefined) return undefined;
  return value % of === 0n ? String((value / of) * parts) : `${value * parts}/${of}`;
}
