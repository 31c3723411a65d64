import type { Address, Hex } from "../../protocol/hex.ts";
import { createKeccakInto } from "../../protocol/keccak-into.ts";
import type { SlotWords } from "../../snapshot/trie/storage-root.ts";
import { BondingView } from "../../snapshot/view/bonding.ts";
import type { StateView } from "../../snapshot/view/state-view.ts";
import type { ContractDraft } from "../contract-draft.ts";
import { DELEGATORS_SLOT, DelegatorWords, whyNoRecord, type DelegatorRow } from "./delegator-record.ts";
import { sortWords } from "./split-words.ts";

/** How delegators come into the fork. */
export const LOADING_METHODS = ["raw", "typed", "chunks", "claims"] as const;
export type LoadingMethod = (typeof LOADING_METHODS)[number];

export interface LoadingTerms {
  method: LoadingMethod;
  /** Only who has less stake than that, in units of 1e-18 LPT, as it is written down; undefined for whoever a record can hold. */
  belowWei: bigint | undefined;
  /** Where the method is claims. */
  claims?: ClaimsTerms | undefined;
}

/** When accounts can claim what they have, and who gets what nobody claims. */
export interface ClaimsTerms {
  /** Between the last transaction of the fork and the first claim. */
  reviewSeconds: bigint;
  /** In which claims are possible, from the opening on. */
  openSeconds: bigint;
  remainderTo: Address;
}

/** Delegators who need not be loaded word by word, and all words that they have but for their locks. */
export interface Tail {
  rows: readonly DelegatorRow[];
  /** Ascending. */
  words: SlotWords;
}

const WORD = 32;

/**
 * The long tail: delegators who fit into records. Whoever is a delegate or ever was a transcoder is not among them, and nobody
 * whose words are others on the fork than in the snapshot.
 * @param draft of the BondingManager
 */
export async function tailOf(view: StateView, draft: ContractDraft, belowWei: bigint | undefined): Promise<Tail> {
  const words = new DelegatorWords(await createKeccakInto());
  const contract = view.contract("BondingManager");
  if (BigInt(contract.cell("delegators").slot) !== DELEGATORS_SLOT) return { rows: [], words: words.of([]) };
  const bonding = new BondingView(view);
  const transcoders = new Set([...bonding.activated(), ...bonding.pool().map(({ account }) => account)]);
  const declared = new Set(draft.overrides.map(({ slot }) => slot));
  const rows: DelegatorRow[] = [];
  for (const delegator of bonding.delegators()) {
    if (belowWei !== undefined && delegator.bondedWei >= belowWei) continue;
    if (transcoders.has(delegator.account) || whyNoRecord(delegator) !== undefined) continue;
    if (declared.size > 0 && isAnyOf(words.of([delegator]), declared)) continue;
    const { account, delegate, bondedWei, feesWei, startRound, lastClaimRound, nextLockId } = delegator;
    rows.push({ account, delegate, bondedWei, feesWei, startRound, lastClaimRound, nextLockId });
  }
  return { rows, words: sortWords(words.of(rows)) };
}

function isAnyOf({ slots, count }: SlotWords, declared: ReadonlySet<Hex>): boolean {
  for (let index = 0; index < count; index++) if (declared.has(`0x${Buffer.from(slots.subarray(index * WORD, (index + 1) * WORD)).toString("hex")}`)) return true;
  return false;
}
