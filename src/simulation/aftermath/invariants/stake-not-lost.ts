import { sum, type Invariant } from "../invariant.ts";
import type { LivingState } from "../living-state.ts";

/** Wei that rounding may take, some for each reward, fee and claim. */
const DUST = 1_000_000n;

export const stakeNotLost: Invariant = {
  name: "stake-not-lost",
  explains: "Stake delegated to a transcoder belongs to somebody who can claim it. In August 2018 delegators who claimed after their transcoder got less, and the difference was nobody's.",
  breaks: "refuse",
  judge: (state, { moment, control, intended }) => {
    if (moment !== "later" || intended.getters.size > 0 || intended.registered.has("Minter")) return undefined;
    const [now, without] = [gapsOf(state), gapsOf(control)];
    if (without.size === 0) return undefined;
    const wrong = [...now].find(([address, gap]) => gap > (without.get(address) ?? gap) + DUST);
    return wrong === undefined
      ? { holds: true, detail: `${now.size} transcoders have no more stake that is nobody's than without the proposal` }
      : { holds: false, detail: `of the stake of ${wrong[0]}, ${wrong[1] - (without.get(wrong[0]) ?? 0n)} more is nobody's than without the proposal` };
  },
};

/** Delegated to each transcoder, and claimable by none of the accounts looked at. */
function gapsOf({ transcoders, accounts }: LivingState): Map<string, bigint> {
  return new Map(
    transcoders.flatMap(({ address, totalStake }): [string, bigint][] =>
      totalStake === undefined ? [] : [[address, totalStake - sum(accounts.filter(({ delegate }) => delegate === address).map(({ pendingStake }) => pendingStake))]],
    ),
  );
}
