import { otherPayments, unlessCarriedOver } from "../another-contract.ts";
import { compareFigures, type Invariant } from "../invariant.ts";

export const payersFundsKept: Invariant = {
  name: "payers-funds-kept",
  explains: "Deposits and reserves of those who pay for work, and when they may take them back, are the same right after the proposal.",
  breaks: "refuse",
  judge: (state, scene) => {
    const { payers } = state;
    if (scene.moment === "later" || payers.length === 0) return undefined;
    const kept = compareFigures(payers.map(({ address, funds }, at) => ({ label: `what ${address} has`, is: funds.join(" / "), was: scene.control.payers[at]?.funds.join(" / ") })));
    return unlessCarriedOver(kept, otherPayments(state, scene));
  },
};
