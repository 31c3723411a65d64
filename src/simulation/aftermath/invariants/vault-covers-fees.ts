import { sum, type Invariant } from "../invariant.ts";

export const vaultCoversFees: Invariant = {
  name: "vault-covers-fees",
  explains: "Fees of delegators, deposits and reserves of those who pay, and the escrow of jobs lie in the Minter as ether. With less, somebody cannot be paid.",
  breaks: "refuse",
  judge: ({ vaultWei, accounts, payers, jobs, protocol }) => {
    const fees = sum(accounts.map(({ pendingFees }) => pendingFees));
    const funds = sum(payers.flatMap(({ funds: [deposit, , reserve] }) => [deposit, protocol.ticketBroker === undefined ? 0n : reserve]));
    const owed = fees + funds + sum(jobs.map(({ escrowWei }) => escrowWei));
    return { holds: vaultWei >= owed, detail: `the Minter holds ${vaultWei} wei, the accounts looked at are owed ${owed}` };
  },
};
