import type { Verdict } from "../../../outcome/aftermath.ts";
import { compareFigures, type Invariant, type Lived } from "../invariant.ts";
import { inScale, scaleBetween, type Scale } from "../minter-scale.ts";
import type { LivingState } from "../living-state.ts";

export const inflationKept: Invariant = {
  name: "inflation-kept",
  explains: "Inflation has no setter: it moves by inflationChange once per round, and not by a proposal, whatever parts another Minter counts in. In the wrong scale it is a thousand times what it should be.",
  breaks: "refuse",
  judge: ({ minting, protocol }, { moment, control, intended, lived }) => {
    if (minting.inflation === undefined) return undefined;
    const isOther = protocol.minter !== control.protocol.minter && intended.registered.has("Minter");
    const scale: Scale = isOther ? scaleBetween(minting, control.minting) : { parts: 1n, of: 1n };
    if (moment === "later") return lived === undefined ? undefined : movedBy(lived, minting, control.minting, scale, isOther);
    return compareFigures(
      (["inflation", "inflationChange", "targetBondingRate"] as const)
        .filter((name) => name === "inflation" || !intended.getters.has(`${protocol.minter}.${name}`))
        .map((name) => ({ label: name, is: minting[name], was: inScale(control.minting[name], scale) })),
    );
  },
};

/** Each life moves it by one change per round, up or down. */
function movedBy({ rounds }: Lived, is: LivingState["minting"], was: LivingState["minting"], { parts, of }: Scale, isOther: boolean): Verdict {
  const [now, then] = [(is.inflation ?? 0n) * of, (was.inflation ?? 0n) * parts];
  const changes = [(is.inflationChange ?? 0n) * of, (was.inflationChange ?? 0n) * parts];
  const change = changes.reduce((most, one) => (one > most ? one : most), 0n);
  const most = 2n * change * BigInt(rounds);
  const detail = `inflation is ${is.inflation}, without the proposal it would be ${String(inScale(was.inflation, { parts, of }))}`;
  if (distance(now, then) > most) return { holds: false, detail };
  if (!isOther || was.currentMintableTokens === undefined) return { holds: true, detail };
  // That the same figures mean the same shows in what a round may mint.
  const [mintable, before] = [is.currentMintableTokens ?? 0n, was.currentMintableTokens];
  const holds = distance(mintable, before) * then * 100n <= before * (most * 100n + then);
  return { holds, detail: `${detail}; a round may mint ${mintable} instead of ${before}` };
}

function distance(one: bigint, other: bigint): bigint {
  return one > other ? one - other : other - one;
}
