import { compareFigures, type Invariant } from "../invariant.ts";

export const inflationKept: Invariant = {
  name: "inflation-kept",
  explains: "Inflation has no setter: it moves by inflationChange once per round, and not by a proposal. In the wrong scale it is a thousand times what it should be.",
  breaks: "refuse",
  judge: ({ minting, protocol }, { moment, control, intended, lived }) => {
    if (minting.inflation === undefined) return undefined;
    if (moment === "later") {
      const [change, was] = [minting.inflationChange ?? 0n, control.minting.inflation ?? 0n];
      if (lived === undefined || intended.registered.has("Minter") || intended.getters.size > 0) return undefined;
      const moved = minting.inflation > was ? minting.inflation - was : was - minting.inflation;
      return { holds: moved <= 2n * change * BigInt(lived.rounds), detail: `inflation is ${minting.inflation}, without the proposal it would be ${was}` };
    }
    return compareFigures(
      (["inflation", "inflationChange", "targetBondingRate"] as const)
        .filter((name) => name === "inflation" || !intended.getters.has(`${protocol.minter}.${name}`))
        .map((name) => ({ label: name, is: minting[name], was: control.minting[name] })),
    );
  },
};
