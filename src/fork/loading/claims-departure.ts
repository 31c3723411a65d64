import type { Address } from "../../protocol/hex.ts";
import { layoutsOf } from "../../snapshot/view/layouts-of.ts";
import { openView, type StateView } from "../../snapshot/view/state-view.ts";
import type { Cell } from "../../snapshot/view/cell.ts";
import { mergeWords, wordOf, type WordOverride } from "../contract-draft.ts";
import { ErasedWords } from "../leave/left-words.ts";
import type { Departure, LeftStake } from "../leave-stake.ts";
import type { Tail } from "./tail.ts";

const TOKEN = "LivepeerToken";
const WHY = "accounts claim their stake from it";

/**
 * Gives what claimants had in the Minter to the contract that accounts claim them from, so that they are somebody's again.
 * @param snapshot as it was before anybody left
 */
export async function giveToClaims(departure: Departure, snapshot: StateView, claims: Address, { rows }: Pick<Tail, "rows">): Promise<Departure> {
  if (rows.length === 0) return departure;
  const { view, left, changed } = departure;
  const tokensWei = ofClaimants(left, rows).reduce((sum, { stakeWei }) => sum + stakeWei, 0n);
  const token = snapshot.contract(TOKEN);
  const known = changed.get(TOKEN);
  const declared = new Map((known?.declared ?? []).map((override) => [override.slot, override]));
  const add = (cell: Cell, name: string): WordOverride => {
    const before = wordOf(cell.number());
    const already = declared.get(cell.slot);
    const override = { slot: cell.slot, name, before, after: wordOf(BigInt(already?.after ?? before) + tokensWei), why: already?.why ?? WHY };
    if (override.after === before) declared.delete(cell.slot);
    else declared.set(cell.slot, override);
    return override;
  };
  const added = [add(token.cell("_balances", claims), `_balances[${claims}]`), add(token.cell("_totalSupply"), "_totalSupply")].toSorted(bySlot);
  const { state, blockNumber } = view;
  const contracts = state.contracts.map((contract) => (contract.name === TOKEN ? { ...contract, words: mergeWords(contract.words, added.map(({ slot, after }) => [slot, after] as const)) } : contract));
  const preimages = { ...state.preimages, addresses: [...state.preimages.addresses, claims] };
  return {
    view: await openView({ ...state, contracts, preimages }, { layouts: layoutsOf(view), blockNumber }),
    left,
    changed: new Map([...changed, [TOKEN, { declared: [...declared.values()].toSorted(bySlot), erased: known?.erased ?? ErasedWords.NONE }]]),
  };
}

/** What those left who can claim it. */
export function ofClaimants(left: readonly LeftStake[], rows: Tail["rows"]): LeftStake[] {
  const claimants = new Set(rows.map(({ account }) => account));
  return left.filter(({ account }) => claimants.has(account));
}

function bySlot(left: WordOverride, right: WordOverride): number {
  return left.slot < right.slot ? -1 : 1;
}
