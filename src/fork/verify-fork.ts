import { loadJournal } from "../chain/journal.ts";
import { formatTag, type Rpc } from "../chain/rpc.ts";
import { keccak256 } from "ethers/crypto";
import type { Address, Hex } from "../protocol/hex.ts";
import { blockFieldsSchema } from "../snapshot/trie/block-header.ts";
import { storageRootOf } from "../snapshot/trie/storage-root.ts";
import type { ContractState, ProtocolState } from "../snapshot/state.ts";
import { judgeCarriedOver } from "../snapshot/view/carried-over.ts";
import { judgeState, type InvariantVerdict } from "../snapshot/view/invariants.ts";
import { openView, type LayoutBook, type StateView } from "../snapshot/view/state-view.ts";
import type { ForkPaths } from "./fork-record.ts";
import { liveOnFork, type ForkLife } from "./live-on-fork.ts";
import { claimOnCopy } from "./loading/claim-on-copy.ts";
import { judgeTail } from "./loading/judge-tail.ts";
import type { DeployedCode } from "./plan-replaced-code.ts";
import type { PreparedFork } from "./prepare-fork.ts";
import { compareFork, readLoaders, type ContractComparison } from "./read-fork-state.ts";

/** A law that must hold on the fork, and whether the fork file asks for it to be otherwise. */
export interface ForkVerdict extends InvariantVerdict {
  /** True where it differs because the file says so. */
  isDeclared: boolean;
}

export interface ForkVerification {
  /** Whether everything holds, but for what is declared. */
  equal: boolean;
  block: { number: bigint; hash: Hex };
  contracts: readonly ContractComparison[];
  loaders: { loader: Address; burned: boolean; registeredAs: readonly string[] };
  /** Logic that is not the snapshot's, as declared, and whether the chain has just that. */
  code: readonly (Pick<DeployedCode, "contract" | "source" | "address" | "codeHash"> & { isEqual: boolean })[];
  /** Of the fork's state by itself. */
  invariants: readonly ForkVerdict[];
  /** Of the fork's state beside the snapshot's: everybody has what they had, to the wei, at the same round. */
  carriedOver: readonly ForkVerdict[];
  /** Undefined where no rounds were lived. */
  life?: ForkLife | undefined;
}

/** The block in which the last transaction of a fork was mined: after it, the protocol lives. Undefined without a journal. */
export async function readLastBlock(paths: ForkPaths, planHash: Hex): Promise<bigint | undefined> {
  const journal = await loadJournal(paths.journalOf(planHash));
  const blocks = journal?.operations.flatMap(({ mined }) => (mined === undefined ? [] : [mined.blockNumber])) ?? [];
  return blocks.length === 0 ? undefined : blocks.reduce((last, block) => (block > last ? block : last));
}

/**
 * Compares a fork with the snapshot that it is made of: roots of storage and hashes of code with the prediction, what is left of
 * the loaders, then what must hold of any state, and what everybody has; last, rounds with actors on a copy.
 * @param layouts of the contracts of the snapshot
 */
export async function verifyFork(rpc: Rpc, prepared: PreparedFork, layouts: LayoutBook, options: { block: bigint | undefined; isLived: boolean }): Promise<ForkVerification> {
  const compared = await compareFork(rpc, prepared, options.block);
  const loaders = await readLoaders(rpc, prepared);
  const after = await forkedView(rpc, prepared, layouts, compared.block.number);
  const invariants = judgeState(after).map((verdict): ForkVerdict => ({ ...verdict, isDeclared: false }));
  const carriedOver = judgeCarriedOver(prepared.view, after, { moved: prepared.draft.moved }).map((verdict): ForkVerdict => ({ ...verdict, isDeclared: !verdict.holds && isDeclared(verdict.name, prepared) }));
  carriedOver.push(...(await judgeTail(rpc, prepared, compared.block.number)));
  const areRootsEqual = compared.contracts.every(({ isEqual, isCodeEqual, balanceWei, predictedBalanceWei }) => isEqual && isCodeEqual !== false && balanceWei >= predictedBalanceWei);
  const code = await Promise.all(prepared.code.map(async ({ contract, source, address, codeHash }) => ({ contract, source, address, codeHash, isEqual: keccak256(await rpc.code(address)) === codeHash })));
  const isGone = loaders.burned && loaders.registeredAs.length === 0;
  // Where the words differ, living on them says nothing more.
  const life = options.isLived && areRootsEqual ? await liveOnFork(rpc.url, prepared, compared.block.number) : undefined;
  if (options.isLived && areRootsEqual && prepared.plannedTail?.method === "claims") carriedOver.push(await claimOnCopy(rpc.url, prepared, prepared.plannedTail, compared.block.number));
  const holds = [...invariants, ...carriedOver, ...(life?.verdicts ?? [])].every((verdict) => verdict.holds || verdict.isDeclared);
  return { equal: areRootsEqual && isGone && holds && code.every(({ isEqual }) => isEqual), ...compared, loaders, code, invariants, carriedOver, ...(life === undefined ? {} : { life }) };
}

/** What the file asks to be otherwise. */
function isDeclared(name: string, { terms, suite }: PreparedFork): boolean {
  const parameters = Object.keys(terms.parameters);
  switch (name) {
    case "rounds-kept":
      return parameters.includes("RoundsManager.roundLength");
    case "inflation-kept":
      return parameters.some((id) => id.startsWith("Minter."));
    case "payers-kept":
      return suite.profile === "launch" && terms.clock.forkBlock !== terms.clock.snapshotBlock;
    default:
      return false;
  }
}

/** The fork's state as predicted, with everybody who waits in chunks: where the roots are equal and the chunks are kept, it is the chain's. */
async function forkedView(rpc: Rpc, { view, predicted, plannedTail, deployed, draft, terms }: PreparedFork, layouts: LayoutBook, number: bigint): Promise<StateView> {
  const block = await rpc.request("eth_getBlockByNumber", [formatTag(number), false], blockFieldsSchema);
  const known = new Map(view.state.contracts.map((contract) => [contract.name, contract]));
  const contracts: ContractState[] = [];
  for (const { name, address, words, complete, root, balanceWei } of predicted) {
    const before = known.get(name);
    if (before === undefined) continue;
    contracts.push({ ...before, address, words: complete ?? words, writtenZeros: [], account: { nonce: 1n, balanceWei, storageHash: root, codeHash: keccak256(before.code) as Hex } });
  }
  if (plannedTail?.method === "chunks") contracts.push(await lazyTarget(rpc, plannedTail.target));
  contracts.sort((left, right) => (left.address.toLowerCase() < right.address.toLowerCase() ? -1 : 1));
  const addresses = [...new Set([...view.state.preimages.addresses, ...contracts.map(({ address }) => address), ...draft.moved.values()])];
  const state: ProtocolState = { chainId: await rpc.chainId(), block, controller: deployed.controller, contracts, preimages: { ...view.state.preimages, addresses } };
  return openView(state, { layouts, blockNumber: terms.clock.forkBlock });
}

/** What stands between the proxy and its logic: nothing but code. */
async function lazyTarget(rpc: Rpc, address: Address): Promise<ContractState> {
  const code = await rpc.code(address);
  const words = { slots: new Uint8Array(), values: new Uint8Array(), count: 0 };
  return { address, name: "LazyBondingTarget", layoutOf: undefined, code, words, writtenZeros: [], account: { nonce: 1n, balanceWei: 0n, storageHash: await storageRootOf(words), codeHash: keccak256(code) as Hex } };
}
