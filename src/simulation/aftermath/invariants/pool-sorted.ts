import type { Invariant } from "../invariant.ts";

export const poolSorted: Invariant = {
  name: "pool-sorted",
  explains: "The pool of transcoders is a list by stake. Out of order, the wrong one is thrown out of a full pool.",
  breaks: "refuse",
  judge: ({ pool }) => {
    if (pool.length === 0) return undefined;
    const wrong = pool.find(({ stake }, at) => (stake ?? 0n) < (pool[at + 1]?.stake ?? 0n));
    return wrong === undefined ? { holds: true, detail: `${pool.length} members in order` } : { holds: false, detail: `${wrong.address} stands before somebody with more stake` };
  },
};
