import type { ForkTransaction } from "./fork-transactions.ts";
import { NEW_SLOT_GAS } from "./fork-gas.ts";
import { TOUCH_GAS } from "./loading/loading-gas.ts";
import type { LoadingMethod } from "./loading/tail.ts";
import type { PreparedFork } from "./prepare-fork.ts";

/** What loading costs when the long tail is loaded by one method, and all else word by word. */
export interface MethodCost {
  method: LoadingMethod;
  /** For whoever makes the fork. */
  gas: bigint;
  /** For each delegator of the long tail. */
  gasPerAccount: bigint;
  /** What each of them, or whoever needs it first, pays later; undefined where it has to do nothing. */
  claimGas?: bigint | undefined;
  isChosen: boolean;
}

/** Measured (`npm run bench`), in batches below the cap of EIP-7825: one word; a record beside its words; a record kept as code; a claim with a tree of 17 levels. */
const RAW_WORD_GAS = 23_010n;
const TYPED_RECORD_GAS = 2_370n;
const CHUNK_RECORD_GAS = 14_100n;
const CLAIM_GAS = 680_000n;
const DEPLOY_GAS = { typed: 730_000n, chunks: 1_650_000n, claims: 1_923_000n };

/** Costs of every method for the long tail of this snapshot; of the chosen one what will be sent, of the others estimates. */
export function methodCosts({ plan, tail, plannedTail }: PreparedFork): MethodCost[] {
  const [accounts, words] = [BigInt(tail.rows.length), BigInt(tail.words.count)];
  const estimates = { raw: words * RAW_WORD_GAS, typed: DEPLOY_GAS.typed + words * NEW_SLOT_GAS + accounts * TYPED_RECORD_GAS, chunks: DEPLOY_GAS.chunks + accounts * CHUNK_RECORD_GAS, claims: DEPLOY_GAS.claims };
  const chosen = plannedTail?.method ?? "raw";
  const sum = (some: readonly ForkTransaction[]): bigint => some.reduce((total, { gas }) => total + (gas ?? 0n), 0n);
  const isOfTail = ({ id }: ForkTransaction): boolean => TAIL_IDS.some((prefix) => id.startsWith(prefix));
  const loads = sum(plan.transactions.filter((each) => each.load !== undefined && !isOfTail(each)));
  const own = chosen === "raw" ? estimates.raw : sum(plan.transactions.filter(isOfTail));
  const others = chosen === "raw" && loads > own ? loads - own : chosen === "raw" ? 0n : loads;
  const cost = (method: LoadingMethod, claimGas?: bigint): MethodCost => {
    const gas = method === chosen ? own : estimates[method];
    return { method, gas: others + gas, gasPerAccount: each(gas, accounts), ...(claimGas === undefined ? {} : { claimGas }), isChosen: method === chosen };
  };
  return [cost("raw"), cost("typed"), cost("chunks", TOUCH_GAS), cost("claims", CLAIM_GAS)];
}

/** Transactions that are sent for the long tail alone. */
const TAIL_IDS = ["load:typed:", "load:burn:typed", "chunks:", "load:deploy:TypedLoader", "load:deploy:SnapshotChunks", "load:deploy:LazyBondingTarget", "load:deploy:SnapshotClaims", "claims:"];

function each(gas: bigint, accounts: bigint): bigint {
  return accounts === 0n ? 0n : gas / accounts;
}
