import { tryReadFunction } from "../../chain/read-function.ts";
import type { BlockTag, Rpc } from "../../chain/rpc.ts";
import { ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import type { ForkPaths } from "../fork-record.ts";
import type { PreparedFork } from "../prepare-fork.ts";

/** Where a SnapshotClaims is in its life. Times in Unix seconds. */
export interface ClaimsState {
  /** `review`: staged, and cannot be opened yet. `ready`: anybody can open it. */
  phase: "nothing" | "review" | "ready" | "open" | "over";
  root: Hex;
  totalTokensWei: bigint;
  totalFeesWei: bigint;
  /** Zero where nothing is staged. */
  opensAt: bigint;
  /** Zero until it is open. */
  claimEnd: bigint;
  /** Of the block that was asked. */
  nowSeconds: bigint;
}

/** What a fork has staged, and where its tree was written. */
export interface StagedClaims {
  contract: Address;
  root: Hex;
  file: string;
  state: ClaimsState;
}

/** Undefined where nobody claims anything. */
export async function readStagedClaims(rpc: Rpc, { plannedTail }: Pick<PreparedFork, "plannedTail">, { claims: file }: Pick<ForkPaths, "claims">): Promise<StagedClaims | undefined> {
  if (plannedTail?.method !== "claims") return undefined;
  const { claims: contract, tree } = plannedTail;
  const state = await readClaimsState(rpc, contract);
  return state === undefined ? undefined : { contract, root: tree.root, file, state };
}

/** Undefined where there is no such contract. */
export async function readClaimsState(rpc: Rpc, claims: Address, at: BlockTag = "latest"): Promise<ClaimsState | undefined> {
  const read = async <T>(name: string, type: string): Promise<T | undefined> => (await tryReadFunction(rpc, claims, `function ${name}() view returns (${type})`, [], at))?.[0] as T | undefined;
  const [root, totalTokensWei, totalFeesWei, opensAt, claimEnd, { timestampSeconds: nowSeconds }] = await Promise.all([
    read<Hex>("root", "bytes32"),
    read<bigint>("totalTokens", "uint256"),
    read<bigint>("totalFees", "uint256"),
    read<bigint>("opensAt", "uint256"),
    read<bigint>("claimEnd", "uint256"),
    rpc.block(at),
  ]);
  if (root === undefined || totalTokensWei === undefined || totalFeesWei === undefined || opensAt === undefined || claimEnd === undefined) return undefined;
  const beforeEnd = claimEnd === 0n ? (nowSeconds < opensAt ? "review" : "ready") : nowSeconds < claimEnd ? "open" : "over";
  return { phase: root === ZERO_HASH ? "nothing" : beforeEnd, root, totalTokensWei, totalFeesWei, opensAt, claimEnd, nowSeconds };
}
