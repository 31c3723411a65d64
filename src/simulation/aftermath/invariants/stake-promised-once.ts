import { sum, type Invariant } from "../invariant.ts";

export const stakePromisedOnce: Invariant = {
  name: "stake-promised-once",
  explains: "What a transcoder's delegators may claim is part of the stake delegated to it. In January 2021 claims without start factors paid the same rewards twice.",
  breaks: "refuse",
  judge: ({ transcoders, accounts }) => {
    const rows = transcoders.flatMap(({ address, totalStake }) => {
      const own = accounts.filter(({ delegate }) => delegate === address);
      return totalStake === undefined || own.some(({ pendingStake }) => pendingStake === undefined) ? [] : [{ address, totalStake, promised: sum(own.map(({ pendingStake }) => pendingStake)) }];
    });
    if (rows.length === 0) return undefined;
    const broken = rows.find(({ promised, totalStake }) => promised > totalStake);
    return broken === undefined
      ? { holds: true, detail: `${rows.length} transcoders promise no more than is delegated to them` }
      : { holds: false, detail: `${broken.address} has ${broken.totalStake} delegated, its delegators may claim ${broken.promised}` };
  },
};
