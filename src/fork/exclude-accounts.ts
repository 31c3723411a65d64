import type { Address } from "../protocol/hex.ts";
import type { ContractView, StateView } from "../snapshot/view/state-view.ts";
import { wordOf, type ContractDraft } from "./contract-draft.ts";
import type { Excluded } from "./fork-terms.ts";
import type { Leaver } from "./leave-stake.ts";

/** What accounts have in contracts that hold ether for them. Amounts come first: they are what the Minter owes. */
const FUNDS: readonly { contract: string; mapping: string; amount: string; others: readonly string[] }[] = [
  { contract: "JobsManager", mapping: "broadcasters", amount: "deposit", others: ["withdrawBlock"] },
  { contract: "TicketBroker", mapping: "senders", amount: "deposit", others: ["withdrawRound"] },
  { contract: "TicketBroker", mapping: "reserves", amount: "funds", others: [] },
];

/** Accounts that do not come along leave with their stake. */
export function leaversOf(excluded: readonly Excluded[]): Leaver[] {
  return excluded.map(({ account, reason }) => ({ account, reason: `excluded: ${reason}` }));
}

/** Takes accounts out: their deposits and reserves. Their stake left before (`leaveStake`), their tokens are not minted (`draftToken`). */
export function excludeAccounts(view: StateView, draftOf: (name: string) => ContractDraft | undefined, excluded: readonly Excluded[]): void {
  for (const { account, reason } of excluded) {
    for (const { contract: name, mapping, amount, others } of FUNDS) {
      const [contract, draft] = [view.find(name), draftOf(name)];
      if (contract === undefined || draft === undefined || !contract.has(mapping)) continue;
      for (const label of [amount, ...others]) {
        const cell = contract.cell(mapping, account, label);
        if (cell.number() !== 0n) draft.set(cell.slot, wordOf(0n), `${mapping}[${account}].${label}`, `excluded: ${reason}`);
      }
    }
  }
}

/** Ether that is not owed any more when accounts are taken out. */
export function excludedFundsWei(view: StateView, excluded: readonly Excluded[]): bigint {
  const of = (contract: ContractView | undefined, mapping: string, account: Address, amount: string): bigint =>
    contract === undefined || !contract.has(mapping) ? 0n : contract.cell(mapping, account, amount).number();
  return excluded.reduce((sum, { account }) => sum + FUNDS.reduce((own, { contract, mapping, amount }) => own + of(view.find(contract), mapping, account, amount), 0n), 0n);
}
