import type { Invariant } from "../invariant.ts";

export const poolSizeKept: Invariant = {
  name: "pool-size-kept",
  explains: "The pool has as many members as it says, and no more than it may. A list that lost its end loses transcoders.",
  breaks: "refuse",
  judge: ({ pool, stake: { getTranscoderPoolSize: size, getTranscoderPoolMaxSize: max } }) => {
    if (size === undefined || max === undefined) return undefined;
    return { holds: BigInt(pool.length) === size && size <= max, detail: `${pool.length} members found, ${size} said, ${max} allowed` };
  },
};
