import { sum, type Invariant } from "../invariant.ts";

export const vaultCoversStake: Invariant = {
  name: "vault-covers-stake",
  explains: "Every token that is bonded, earned or waiting under a lock lies in the Minter. With less, the last to leave gets nothing.",
  breaks: "refuse",
  judge: ({ vaultTokens, accounts, pool }, { sample }) => {
    if (vaultTokens === undefined || accounts.every(({ pendingStake }) => pendingStake === undefined)) return undefined;
    const locked = sum(accounts.flatMap(({ locks }) => locks.map(({ amount }) => amount)));
    const owed = sum(accounts.map(({ pendingStake }) => pendingStake));
    // What is delegated to members of the pool counts those that were not looked at.
    const delegated = sum(pool.map(({ stake }) => stake));
    const most = (owed > delegated ? owed : delegated) + locked;
    const who = sample.partial === undefined ? "all accounts" : "the accounts looked at";
    return { holds: vaultTokens >= most, detail: `the Minter holds ${vaultTokens}, ${who} are owed ${most}` };
  },
};
