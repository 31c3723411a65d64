import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import type { ContractView, StateView } from "../snapshot/view/state-view.ts";
import { wordOf, type ContractDraft } from "./contract-draft.ts";
import type { Excluded } from "./fork-terms.ts";

/** What accounts have in contracts that hold ether for them. Amounts come first: they are what the Minter owes. */
const FUNDS: readonly { contract: string; mapping: string; amount: string; others: readonly string[] }[] = [
  { contract: "JobsManager", mapping: "broadcasters", amount: "deposit", others: ["withdrawBlock"] },
  { contract: "TicketBroker", mapping: "senders", amount: "deposit", others: ["withdrawRound"] },
  { contract: "TicketBroker", mapping: "reserves", amount: "funds", others: [] },
];

/**
 * Takes accounts out: their deposits and reserves; their tokens are not minted (`draftToken`). One with stake cannot be taken
 * out, because others' shares, the order of the pool and the votes depend on it.
 * @throws LPCTL_FORK_EXCLUDED_HAS_STAKE
 */
export function excludeAccounts(view: StateView, draftOf: (name: string) => ContractDraft | undefined, excluded: readonly Excluded[]): void {
  for (const { account, reason } of excluded) {
    requireNoStake(view, account);
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

function requireNoStake(view: StateView, account: Address): void {
  const cell = view.contract("BondingManager").cell("delegators", account);
  const [bonded, fees, delegated] = ["bondedAmount", "fees", "delegatedAmount"].map((label) => cell.member(label).number());
  const locks = cell.hasMember("nextUnbondingLockId") ? cell.member("nextUnbondingLockId").number() : 0n;
  if (bonded === 0n && fees === 0n && delegated === 0n && locks === 0n) return;
  throw new LpctlError({
    code: "LPCTL_FORK_EXCLUDED_HAS_STAKE",
    exit: Exit.refused,
    message: `${account} has stake, and cannot be left out`,
    why: "shares of others, the order of the pool and the votes depend on its stake",
    next: "Take it out of `excluded`; its stake can be dealt with on the fork, by a migration",
    details: { account, bondedAmount: bonded, fees, delegatedAmount: delegated },
  });
}
