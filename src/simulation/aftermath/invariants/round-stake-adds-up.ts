import { roundNotBegun, sum, type Invariant } from "../invariant.ts";

export const roundStakeAddsUp: Invariant = {
  name: "round-stake-adds-up",
  explains: "The active stake of the round covers every active transcoder. With less, rewards of one round could add up to more than there are.",
  breaks: "refuse",
  judge: ({ transcoders, rounds, stake: { currentRoundTotalActiveStake: total } }) => {
    // Before the round is begun the total is still that of the last one.
    if (total === undefined) return undefined;
    const waiting = roundNotBegun(rounds);
    if (waiting !== undefined) return waiting;
    const active = transcoders.filter((transcoder) => transcoder.active === true);
    const stakes = sum(active.map(({ roundStake }) => roundStake));
    return { holds: stakes <= total, detail: `${active.length} active transcoders have ${stakes} of ${total}` };
  },
};
