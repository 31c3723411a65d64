import { roundNotBegun, type Invariant } from "../invariant.ts";

export const votesFollowStake: Invariant = {
  name: "votes-follow-stake",
  explains: "All votes together are the active stake of the next round: who decides is who has stake.",
  breaks: "refuse",
  judge: ({ votes, stake: { nextRoundTotalActiveStake: total }, rounds }) =>
    votes === undefined || total === undefined ? undefined : roundNotBegun(rounds) ?? { holds: votes === total, detail: `${votes} votes, ${total} of stake` },
};
