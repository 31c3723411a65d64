import { NEW_SLOT_GAS } from "./fork-gas.ts";
import type { PreparedFork } from "./prepare-fork.ts";

/** What loading the accounts costs by one method. */
export interface MethodCost {
  method: "slots" | "typed" | "chunks" | "claims";
  /** For whoever makes the fork. */
  gas: bigint;
  gasPerAccount: bigint;
  /** What each account pays to come along; undefined where it has to do nothing. */
  claimGas?: bigint | undefined;
  isChosen: boolean;
}

/**
 * Measured on delegators with 4.3 words each, in batches below the cap of EIP-7825: packed records of 62 bytes; code as storage,
 * read when somebody comes; one leaf of a tree of 17 levels.
 */
const TYPED_RECORD_GAS = 1_700n;
const CHUNK_GAS = 13_300n;
const CLAIM_GAS = 152_000n;
const CLAIMS_DEPLOY_GAS = 1_500_000n;

/** Costs of every method for the accounts of this snapshot, of which `slots` is what will be sent. */
export function methodCosts({ plan, view }: PreparedFork): MethodCost[] {
  const loads = plan.transactions.flatMap(({ load }) => (load === undefined ? [] : [load]));
  const slots = loads.reduce((sum, { gas }) => sum + gas, 0n);
  const created = BigInt(loads.reduce((sum, load) => sum + load.created, 0));
  const accounts = countAccounts(view);
  const each = (gas: bigint): bigint => (accounts === 0n ? 0n : gas / accounts);
  const typed = created * NEW_SLOT_GAS + accounts * TYPED_RECORD_GAS;
  const chunks = accounts * CHUNK_GAS;
  return [
    { method: "slots", gas: slots, gasPerAccount: each(slots), isChosen: true },
    { method: "typed", gas: typed, gasPerAccount: each(typed), isChosen: false },
    { method: "chunks", gas: chunks, gasPerAccount: each(chunks), isChosen: false },
    { method: "claims", gas: CLAIMS_DEPLOY_GAS, gasPerAccount: each(CLAIMS_DEPLOY_GAS), claimGas: CLAIM_GAS, isChosen: false },
  ];
}

/** Accounts of whom the BondingManager has anything. */
function countAccounts(view: PreparedFork["view"]): bigint {
  const delegators = view.contract("BondingManager").cell("delegators");
  let count = 0n;
  for (const account of view.state.preimages.addresses) {
    const entry = delegators.at(account);
    if (["bondedAmount", "fees", "delegatedAmount", "lastClaimRound"].some((label) => entry.member(label).number() !== 0n)) count += 1n;
  }
  return count;
}
