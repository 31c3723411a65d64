import { sum, type Invariant } from "../invariant.ts";

export const supplyKept: Invariant = {
  name: "supply-kept",
  explains: "Tokens come from rewards alone, and no round mints more than its inflation allows. Nobody holds more than there is.",
  breaks: "refuse",
  judge: ({ supply, vaultTokens, accounts, protocol }, { moment, control, lived }) => {
    if (supply === undefined) return undefined;
    const known = sum([vaultTokens, ...accounts.filter(({ address }) => address !== protocol.minter).map(({ tokens }) => tokens)]);
    if (known > supply) return { holds: false, detail: `the accounts looked at hold ${known}, the supply is ${supply}` };
    if (moment !== "later" || lived === undefined) {
      return { holds: supply === control.supply, detail: supply === control.supply ? `the supply is ${supply}` : `the supply is ${supply} instead of ${String(control.supply)}` };
    }
    const most = lived.supplyLimit;
    return { holds: supply <= most, detail: `the supply is ${supply}, of ${most} that the rounds allow` };
  },
};
