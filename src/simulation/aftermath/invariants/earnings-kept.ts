import { compareFigures, type Invariant } from "../invariant.ts";

export const earningsKept: Invariant = {
  name: "earnings-kept",
  explains: "Stake and fees that an account has earned so far are the same right after the proposal, to the wei: nobody gains or loses by it.",
  breaks: "refuse",
  judge: ({ accounts }, { moment, control }) => {
    if (moment === "later" || accounts.length === 0) return undefined;
    return compareFigures(
      accounts.flatMap(({ address, pendingStake, pendingFees }, at) => [
        { label: `the stake of ${address}`, is: pendingStake, was: control.accounts[at]?.pendingStake },
        { label: `the fees of ${address}`, is: pendingFees, was: control.accounts[at]?.pendingFees },
      ]),
    );
  },
};
