import type { Address } from "../protocol/hex.ts";
import type { Cell } from "../snapshot/view/cell.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import type { Excluded } from "./fork-terms.ts";
import type { Leaver } from "./leave-stake.ts";

/** A word of what an account has put down to pay with. */
export interface Fund {
  contract: string;
  name: string;
  cell: Cell;
  /** Wei of ether in the Minter; undefined for a word that is no amount. */
  wei: bigint | undefined;
}

/** What accounts have in contracts that hold ether for them. Amounts come first: they are what the Minter owes. */
const FUNDS: readonly { contract: string; mapping: string; amount: string; others: readonly string[] }[] = [
  { contract: "JobsManager", mapping: "broadcasters", amount: "deposit", others: ["withdrawBlock"] },
  { contract: "TicketBroker", mapping: "senders", amount: "deposit", others: ["withdrawRound"] },
  { contract: "TicketBroker", mapping: "reserves", amount: "funds", others: [] },
];

/** Accounts that do not come along leave with everything. */
export function leaversOf(excluded: readonly Excluded[]): Leaver[] {
  return excluded.map(({ account, reason }) => ({ account, reason: `excluded: ${reason}`, takesAll: true }));
}

/** The deposits and reserves of an account. */
export function fundsOf(view: StateView, account: Address): Fund[] {
  return FUNDS.flatMap(({ contract: name, mapping, amount, others }) => {
    const contract = view.find(name);
    if (contract?.has(mapping) !== true) return [];
    return [amount, ...others].map((label): Fund => {
      const cell = contract.cell(mapping, account, label);
      return { contract: name, name: `${mapping}[${account}].${label}`, cell, wei: label === amount ? cell.number() : undefined };
    });
  });
}
