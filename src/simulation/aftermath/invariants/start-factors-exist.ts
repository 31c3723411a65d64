import { ZERO_ADDRESS } from "../../../protocol/hex.ts";
import type { Invariant } from "../invariant.ts";

export const startFactorsExist: Invariant = {
  name: "start-factors-exist",
  explains: "A claim is measured from the factors of the round of the last claim. Where there are none, all earnings of the past are paid once more, as in January 2021.",
  breaks: "refuse",
  judge: ({ accounts, transcoders }) => {
    const rewarded = new Map(transcoders.map(({ address, lastRewardRound }) => [address, lastRewardRound ?? 0n]));
    const concerned = accounts.filter(
      ({ delegate, lastClaimRound, startFactor }) =>
        delegate !== undefined && delegate !== ZERO_ADDRESS && startFactor !== undefined && (lastClaimRound ?? 0n) > 0n && (rewarded.get(delegate) ?? 0n) > 0n && (rewarded.get(delegate) ?? 0n) <= (lastClaimRound ?? 0n),
    );
    if (concerned.length === 0) return undefined;
    const missing = concerned.find(({ startFactor }) => startFactor === 0n);
    return missing === undefined
      ? { holds: true, detail: `${concerned.length} accounts have factors to start from` }
      : { holds: false, detail: `${missing.address} claimed in round ${String(missing.lastClaimRound)}, for which its transcoder has no factor` };
  },
};
