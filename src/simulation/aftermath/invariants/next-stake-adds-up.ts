import { sum, type Invariant } from "../invariant.ts";

export const nextStakeAddsUp: Invariant = {
  name: "next-stake-adds-up",
  explains: "The active stake of the next round is the stake of the pool's members together. Rewards and votes are measured by it.",
  breaks: "refuse",
  judge: ({ pool, stake: { nextRoundTotalActiveStake: total } }) => {
    if (total === undefined || pool.some(({ stake }) => stake === undefined)) return undefined;
    const members = sum(pool.map(({ stake }) => stake));
    return { holds: members === total, detail: `${pool.length} members have ${members}, the total is ${total}` };
  },
};
