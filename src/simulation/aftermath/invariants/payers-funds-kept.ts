import { compareFigures, type Invariant } from "../invariant.ts";

export const payersFundsKept: Invariant = {
  name: "payers-funds-kept",
  explains: "Deposits and reserves of those who pay for work, and when they may take them back, are the same right after the proposal.",
  breaks: "refuse",
  judge: ({ payers }, { moment, control }) => {
    if (moment === "later" || payers.length === 0) return undefined;
    return compareFigures(payers.map(({ address, funds }, at) => ({ label: `what ${address} has`, is: funds.join(" / "), was: control.payers[at]?.funds.join(" / ") })));
  },
};
