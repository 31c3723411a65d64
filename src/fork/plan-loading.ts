import { Exit, LpctlError } from "../errors.ts";
import { contractId, targetIdName } from "../protocol/contract-id.ts";
import type { DeployedProfile } from "../genesis/plan-profile.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Profile } from "../protocol/profiles.ts";
import type { SlotWords } from "../snapshot/trie/storage-root.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import { wordOf, type ContractDraft } from "./contract-draft.ts";
import type { ForkDraft } from "./draft-fork.ts";
import type { ForkTerms } from "./fork-terms.ts";
import type { ForkEffect, ForkTransactions } from "./fork-transactions.ts";
import { planLoads, type LoadBatch } from "./load-batches.ts";
import { whyNoChunks } from "./loading/delegator-chunks.ts";
import { planChunkedTail, planTypedTail, type PlannedTail } from "./loading/plan-tail.ts";
import { withoutWords } from "./loading/split-words.ts";
import type { Tail } from "./loading/tail.ts";
import type { SuiteSimulation } from "./simulate-suite.ts";
import type { SnapshotSuite } from "./suite-of-snapshot.ts";

/** Whose words the tail is a part of. */
export const BONDING = "BondingManager";
export const SET_CONTRACT_INFO = "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)";
export const REGISTER_GAS = 40_000n;
const NO_WORDS: SlotWords = { slots: new Uint8Array(), values: new Uint8Array(), count: 0 };

/** Nothing where nobody is in the tail. @throws LPCTL_FORK_LOADING */
export async function planTail(list: ForkTransactions, tail: Tail, { loading }: ForkTerms, { profile, ...planned }: Parameters<typeof planTypedTail>[2] & { profile: Profile }): Promise<PlannedTail | undefined> {
  if (tail.rows.length === 0) return undefined;
  switch (loading?.method) {
    case undefined:
    case "raw":
    // Nothing of them is loaded: see planClaims.
    case "claims":
      return undefined;
    case "typed":
      return planTypedTail(list, tail, planned);
    case "chunks":
      requireChunks(tail, profile);
      return planChunkedTail(list, tail, planned);
  }
}

function requireChunks({ rows }: Tail, profile: Profile): void {
  const why = profile === "current" ? whyNoChunks(rows) : `what reads them stands before a BondingManager of the profile current, and the snapshot is of the profile ${profile}`;
  if (why === undefined) return;
  throw new LpctlError({
    code: "LPCTL_FORK_LOADING",
    exit: Exit.refused,
    message: "Delegators cannot wait in chunks on this fork",
    why,
    next: "Choose another loading.method in the fork file, or a lower loading.below",
    details: { delegators: rows.length },
  });
}

/** Calls of the BondingManager go through what brings delegators in. */
export function registerLazyTarget(view: StateView, controller: ContractDraft, target: Address): void {
  const name = targetIdName(BONDING);
  const entry = view.contract("Controller").cell("registry", contractId(name), "contractAddress");
  controller.set(entry.slot, wordOf(BigInt(target)), `registry[${name}].contractAddress`, "brings delegators in from the chunks when they are needed");
}

export interface Loading {
  suite: SnapshotSuite;
  deployed: DeployedProfile;
  draft: ForkDraft;
  simulation: SuiteSimulation;
  loader: Address;
  plannedTail: PlannedTail | undefined;
  gitCommitHash: Hex;
  blockGasLimit: bigint;
}

/** Proxy by proxy: the loader becomes its target, writes, and gives way to the logic again. Then it is burned. */
export function planLoading(list: ForkTransactions, { suite, deployed, draft, simulation, loader, plannedTail, gitCommitHash, blockGasLimit }: Loading): void {
  const { controller } = deployed;
  for (const { name, loading } of suite.members) {
    const contract = draft.contracts.get(name);
    const logic = deployed.targets[name];
    // Who claims has no words to be loaded with, nor any that are kept back.
    const tail = name === BONDING && plannedTail?.method !== "claims" ? plannedTail : undefined;
    const target = tail?.method === "chunks" ? tail.target : logic;
    if (loading !== "slots" || contract === undefined || target === undefined) continue;
    const { address } = contract;
    const there = simulation.byAddress.get(address.toLowerCase());
    const wanted = tail === undefined ? contract.words() : withoutWords(contract.words(), tail.tail.words);
    const batches = planLoads(name, address, wanted, there?.words ?? NO_WORDS, blockGasLimit);
    if (batches.length === 0) continue;
    const id = contractId(targetIdName(name));
    const loaded = batches.map(wordsOf);
    if (tail?.method === "typed") planTypedLoads(list, tail, { controller, id, gitCommitHash });
    list.call(`load:${name}:begin`, controller, SET_CONTRACT_INFO, [id, loader, gitCommitHash], { kind: "registered", controller, id, address: loader, orAll: loaded }, { gas: REGISTER_GAS });
    for (const [index, batch] of batches.entries()) {
      const effect = loaded[index];
      if (effect === undefined) throw new RangeError("every batch has an effect");
      list.send(`load:${name}:${index + 1}`, `load ${batch.created + batch.changed} words of ${name}`, address, batch.data, effect, { gas: batch.gas, load: batch });
    }
    list.call(`load:${name}:end`, controller, SET_CONTRACT_INFO, [id, target, gitCommitHash], { kind: "registered", controller, id, address: target, orAll: [] }, { gas: REGISTER_GAS });
  }
  const typed = plannedTail?.method === "typed" ? [plannedTail.loader] : [];
  for (const each of [loader, ...typed]) list.call(each === loader ? "load:burn" : "load:burn:typed", each, "function burn()", [], { kind: "burned", loader: each }, { gas: 47_000n });
}

function wordsOf({ proxy, slots, values }: LoadBatch): ForkEffect {
  return { kind: "words", contract: proxy, slots, values };
}

/** The typed loader goes first; the other one takes its place. */
function planTypedLoads(list: ForkTransactions, { loader, batches }: Extract<PlannedTail, { method: "typed" }>, { controller, id, gitCommitHash }: { controller: Address; id: Hex; gitCommitHash: Hex }): void {
  const loaded = batches.map(wordsOf);
  list.call("load:typed:begin", controller, SET_CONTRACT_INFO, [id, loader, gitCommitHash], { kind: "registered", controller, id, address: loader, orAll: loaded }, { gas: REGISTER_GAS });
  for (const [index, batch] of batches.entries()) {
    list.send(`load:typed:${index + 1}`, `load ${batch.created} words of delegators, packed`, batch.proxy, batch.data, wordsOf(batch), { gas: batch.gas, load: batch });
  }
}
