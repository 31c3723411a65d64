import { anotherContract, unlessCarriedOver } from "../another-contract.ts";
import { compareFigures, type Invariant } from "../invariant.ts";

export const delegationsKept: Invariant = {
  name: "delegations-kept",
  explains: "Whom an account delegates to, since when, and in what status, is decided by the account alone.",
  breaks: "refuse",
  judge: (state, scene) => {
    const { accounts } = state;
    const { moment, control } = scene;
    if (moment === "later" || accounts.length === 0) return undefined;
    const kept = compareFigures(
      accounts.flatMap((account, at) =>
        (["bondedAmount", "delegate", "startRound", "status", "lastClaimRound", "tokens"] as const).map((name) => ({ label: `${name} of ${account.address}`, is: account[name], was: control.accounts[at]?.[name] })),
      ),
    );
    return unlessCarriedOver(kept, anotherContract("BondingManager", state, scene));
  },
};
