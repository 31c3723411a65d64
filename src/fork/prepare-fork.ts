import { getCreateAddress } from "ethers/address";
import type { DeployedProfile } from "../genesis/plan-profile.ts";
import { hashForkPlan } from "./hash-fork-plan.ts";
import { packageRoot } from "../package-root.ts";
import { contractId, targetIdName } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { SUITE } from "../protocol/suite.ts";
import { compileContracts } from "../solidity/compile.ts";
import { encodeDeployment } from "../solidity/encode-deployment.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { findArtifact } from "../genesis/find-artifact.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import { storageRootOf, type SlotWords } from "../snapshot/trie/storage-root.ts";
import { ContractDraft, type WordOverride } from "./contract-draft.ts";
import { addressIn, draftFork, nameOfSlot, type ForkDraft } from "./draft-fork.ts";
import { leaversOf } from "./exclude-accounts.ts";
import type { ForkTerms } from "./fork-terms.ts";
import { leaveStake, type LeftStake } from "./leave-stake.ts";
import type { ErasedWords } from "./leave/left-words.ts";
import { ForkTransactions, type ForkEffect, type ForkTransaction } from "./fork-transactions.ts";
import { claimantsOf, WHY_CLAIMED } from "./loading/claims-tail.ts";
import { giveToClaims } from "./loading/claims-departure.ts";
import { CLAIMS, planClaims, planStaging } from "./loading/plan-claims.ts";
import { TAIL_CONTRACTS, type PlannedTail } from "./loading/plan-tail.ts";
import { withoutWords } from "./loading/split-words.ts";
import { tailOf, type Tail } from "./loading/tail.ts";
import { BONDING, planLoading, planTail, REGISTER_GAS, registerLazyTarget, SET_CONTRACT_INFO } from "./plan-loading.ts";
import { planMinting } from "./plan-minting.ts";
import { deployedCode, planReplacedCode, type DeployedCode } from "./plan-replaced-code.ts";
import { planSuite, withSnapshotCode } from "./plan-suite.ts";
import type { ReplacedCode } from "./replaced-code.ts";
import { simulateSuite, type SuiteSimulation } from "./simulate-suite.ts";
import { suiteOf, type SnapshotSuite } from "./suite-of-snapshot.ts";

/** What one contract is when the fork is made, worked out beforehand. */
export interface PredictedContract {
  name: string;
  address: Address;
  /** What its storage has when the fork is made. */
  words: SlotWords;
  /** What it is when nobody waits in chunks any more; undefined where nobody does from the beginning. */
  complete?: SlotWords | undefined;
  /** Root of its storage as Ethereum has it; on a chain that keeps zeros, another (`Zeros`). */
  root: Hex;
  codeHash: Hex | undefined;
  /** Where it differs from the snapshot, slot by slot, and why. */
  overrides: readonly WordOverride[];
  /** What accounts had that left with their stake: declared as well, and too many to be held one by one. */
  erased: ErasedWords;
  balanceWei: bigint;
}

/** A fork as it will be sent: every transaction, the addresses that follow, and the state that they lead to. */
export interface PreparedFork {
  /** The snapshot, without the stake that does not come along. */
  view: StateView;
  /** What that was. */
  leftStake: readonly LeftStake[];
  suite: SnapshotSuite;
  terms: ForkTerms;
  artifacts: readonly Artifact[];
  deployed: DeployedProfile;
  gitCommitHash: Hex;
  plan: { from: Address; firstNonce: bigint; transactions: readonly ForkTransaction[] };
  planHash: Hex;
  /** Wrote raw words, and is burned in the end. */
  loader: Address;
  /** Delegators who need not be loaded word by word. */
  tail: Tail;
  /** How they are loaded otherwise; undefined where they are loaded like all else. */
  plannedTail: PlannedTail | undefined;
  predicted: readonly PredictedContract[];
  draft: ForkDraft;
  /** Logic that is not the snapshot's, at the address that it has on the fork. */
  code: readonly DeployedCode[];
  /** Ether that the fork owes, by whom it is kept. */
  owedWei: ReadonlyMap<string, bigint>;
  /** All transactions together. */
  gas: bigint;
}

export interface PrepareOptions {
  deployer: Address;
  firstNonce: bigint;
  gitCommitHash: Hex;
  /** In every leaf of what accounts can claim, and needed for nothing else. */
  snapshotId?: Hex | undefined;
  terms: ForkTerms;
  artifacts: readonly Artifact[];
  /** Logic instead of the snapshot's. */
  code?: readonly ReplacedCode[] | undefined;
  /** Of the chain that the fork is made on. */
  chain: { chainId: bigint; block: bigint; timestampSeconds: bigint; blockGasLimit: bigint };
}

/** What a fork needs beside the suite. */
export const LOADER = { source: "contracts/migration/SlotLoader.sol", contract: "SlotLoader" } as const;
const HANDOVER_GAS = 35_000n;
/** SlotLoader, and the Governor that mints. */
const DEPLOYED_BEFORE_CLAIMS = 2;

/** Compiles the contracts that a fork is made of, or takes them from the cache. */
export function compileForkSuite(compilerCaches: string[]): Promise<Artifact[]> {
  const targets = [...SUITE.map(({ name, source }) => ({ source, contract: name })), LOADER, ...TAIL_CONTRACTS];
  return compileContracts({ root: packageRoot(), targets, cacheFolders: compilerCaches });
}

/**
 * Works out a fork: its contracts, every transaction and the state that they lead to. Asks no chain; the suite's deployment is
 * tried on an empty one of its own.
 * @param snapshot as it is, with everybody
 * @throws what `suiteOf`, `leaveStake`, `draftFork`, `withSnapshotCode` and `simulateSuite` throw
 */
export async function prepareFork(snapshot: StateView, options: PrepareOptions): Promise<PreparedFork> {
  const { deployer, firstNonce, gitCommitHash, terms, artifacts, chain } = options;
  const claimants = await claimantsOf(snapshot, terms);
  const left = await leaveStake(snapshot, [...leaversOf(terms.excluded), ...claimants.rows.map(({ account }) => ({ account, reason: WHY_CLAIMED }))]);
  const planned = planReplacedCode(planSuite(snapshot, suiteOf(snapshot), artifacts, { deployer, firstNonce, gitCommitHash, parameters: terms.parameters }), options.code ?? [], options);
  const { deployed } = planned;
  const claims = getCreateAddress({ from: deployer, nonce: firstNonce + BigInt(planned.transactions.length + DEPLOYED_BEFORE_CLAIMS) }) as Address;
  const departure = await giveToClaims(left, snapshot, claims, claimants);
  const { view } = departure;
  const suite = suiteOf(view);
  const draft = await draftFork(departure, suite, deployed, terms, gitCommitHash, deployer);
  const transactions = withSnapshotCode(view, suite, planned, draft, artifacts);
  const simulation = await simulateSuite({ from: deployer, firstNonce, transactions }, chain);
  adoptConstructed(view, suite, draft, simulation);

  const list = new ForkTransactions(deployer, firstNonce);
  for (const transaction of transactions) list.addPlanned(transaction);
  const loader = deployOf(list, "load:deploy:SlotLoader", findArtifact(artifacts, LOADER.contract), 400_000n);
  const minting = deployOf(list, "mint:deploy:Governor", findArtifact(artifacts, "Governor"), 1_300_000n);
  const bonding = draftIn(draft, BONDING);
  const claimed = await planClaims(list, claimants, { left: departure.left, moved: draft.moved, terms: terms.loading?.claims, artifacts, chainId: chain.chainId, snapshotId: options.snapshotId, controller: deployed.controller });
  if (claimed !== undefined && claimed.claims !== claims) throw new Error("the contract that accounts claim from is deployed at another place of the plan");
  const tail = terms.loading?.method === "claims" ? claimants : await tailOf(view, bonding, terms.loading?.belowWei);
  const plannedTail = claimed ?? (await planTail(list, tail, terms, { profile: suite.profile, artifacts, proxy: bonding.address, logic: targetIn(deployed, BONDING), blockGasLimit: chain.blockGasLimit }));
  if (plannedTail?.method === "chunks") registerLazyTarget(view, draftIn(draft, "Controller"), plannedTail.target);
  planMinting(list, { token: addressIn(deployed, "LivepeerToken"), minter: addressIn(deployed, "Minter"), governor: minting, holders: draft.holders, balanceSlot: (account) => view.contract("LivepeerToken").cell("_balances", account).slot });
  planLoading(list, { suite, deployed, draft, simulation, loader, plannedTail, gitCommitHash, blockGasLimit: chain.blockGasLimit });
  const owedWei = owed(suite);
  planFunding(list, deployed, owedWei, gitCommitHash, deployer);
  if (claimed !== undefined) {
    owedWei.set(CLAIMS, claimed.tree.feesWei);
    planStaging(list, claimed);
  }
  planHandover(list, deployed, terms);

  const plan = { from: deployer, firstNonce, transactions: list.transactions };
  const predicted = await predictContracts([...drafted(suite, draft), ...draftTargets(view, deployed, simulation)], simulation, owedWei, plannedTail);
  const gas = list.transactions.reduce((sum, each) => sum + (each.gas ?? 0n), simulation.gasUsed);
  return { view, leftStake: departure.left, suite, terms, artifacts, deployed, gitCommitHash, plan, planHash: hashForkPlan(plan), loader, tail, plannedTail, predicted, draft, code: deployedCode(options.code ?? [], deployed, simulation), owedWei, gas };
}

function deployOf(list: ForkTransactions, id: string, artifact: Artifact, gas: bigint): Address {
  return list.deploy(id, `deploy ${artifact.name}`, encodeDeployment(artifact), gas);
}

/** What a constructor and its calls made is what the fork has; where the snapshot has something else, that is declared. */
function adoptConstructed(view: StateView, suite: SnapshotSuite, draft: ForkDraft, { byAddress }: SuiteSimulation): void {
  for (const { name, loading } of suite.members) {
    const contract = draft.contracts.get(name);
    if (loading !== "constructed" || contract === undefined) continue;
    const { layout } = view.contract(name);
    adopt(contract, byAddress, (slot) => nameOfSlot(layout, slot), "made anew by its constructor: roles are those of the fork's own contracts, and nothing is scheduled");
  }
}

function adopt(contract: ContractDraft, byAddress: SuiteSimulation["byAddress"], nameOf: (slot: Hex) => string | undefined, why: string): void {
  const made = new ContractDraft(contract.name, contract.address, byAddress.get(contract.address.toLowerCase())?.words ?? NO_WORDS);
  for (const words of [contract.before, made.before]) {
    for (let index = 0; index < words.count; index++) {
      const slot: Hex = `0x${Buffer.from(words.slots.subarray(index * 32, index * 32 + 32)).toString("hex")}`;
      contract.set(slot, made.wordBefore(slot), nameOf(slot), why);
    }
  }
}

/** Logic behind proxies has words of its own, which nothing reads. */
function draftTargets(view: StateView, deployed: DeployedProfile, { byAddress }: SuiteSimulation): ContractDraft[] {
  return Object.entries(deployed.targets).flatMap(([name, address]) => {
    const state = view.state.contracts.find((each) => each.name === targetIdName(name));
    if (state === undefined) return [];
    const target = new ContractDraft(targetIdName(name), address, state.words);
    adopt(target, byAddress, (slot) => (BigInt(slot) === 0n ? "controller" : undefined), "logic is deployed anew, with the fork's Controller");
    return [target];
  });
}

const NO_WORDS: SlotWords = { slots: new Uint8Array(), values: new Uint8Array(), count: 0 };

function draftIn({ contracts }: ForkDraft, name: string): ContractDraft {
  const contract = contracts.get(name);
  if (contract === undefined) throw new Error(`${name} is not drafted`);
  return contract;
}

function targetIn({ targets, profile }: DeployedProfile, name: string): Address {
  const target = targets[name];
  if (target === undefined) throw new Error(`the profile ${profile} has no proxy for ${name}`);
  return target;
}

/** The ether that the fork's contracts owe. Deposits and fees all lie in the Minter. */
function owed({ members }: SnapshotSuite): Map<string, bigint> {
  const owedWei = new Map<string, bigint>();
  for (const { name, view: contract } of members) {
    const { balanceWei } = contract.state.account;
    if (balanceWei > 0n) owedWei.set(name, balanceWei);
  }
  return owedWei;
}

/** Who may pay the Minter is whoever is registered as JobsManager: for three transactions that is the deployer. */
function planFunding(list: ForkTransactions, deployed: DeployedProfile, owedWei: ReadonlyMap<string, bigint>, gitCommitHash: Hex, deployer: Address): void {
  const { controller } = deployed;
  const id = contractId("JobsManager");
  for (const [name, valueWei] of owedWei) {
    const to = addressIn(deployed, name);
    const funded: ForkEffect = { kind: "balance", of: to, atLeastWei: valueWei };
    if (name === "Minter") {
      list.call("fund:Minter:begin", controller, SET_CONTRACT_INFO, [id, deployer, gitCommitHash], { kind: "registered", controller, id, address: deployer, orAll: [funded] }, { gas: REGISTER_GAS });
      list.call("fund:Minter", to, "function depositETH() payable returns (bool)", [], funded, { gas: 45_000n, valueWei });
      const jobs = addressIn(deployed, "JobsManager");
      list.call("fund:Minter:end", controller, SET_CONTRACT_INFO, [id, jobs, gitCommitHash], { kind: "registered", controller, id, address: jobs, orAll: [] }, { gas: REGISTER_GAS });
    } else {
      list.send(`fund:${name}`, `pay what ${name} has`, to, "0x", funded, { gas: HANDOVER_GAS, valueWei });
    }
  }
}

function planHandover(list: ForkTransactions, { controller }: DeployedProfile, { owner, unpause }: ForkTerms): void {
  if (unpause) list.call("handover:unpause", controller, "function unpause()", [], { kind: "unpaused", controller }, { gas: HANDOVER_GAS });
  if (owner !== undefined) list.call("handover:controller", controller, "function transferOwnership(address newOwner)", [owner], { kind: "owner", of: controller, oneOf: [owner] }, { gas: HANDOVER_GAS });
}

function drafted(suite: SnapshotSuite, draft: ForkDraft): ContractDraft[] {
  return ["Controller", ...suite.members.map(({ name }) => name)].map((name) => draftIn(draft, name));
}

async function predictContracts(contracts: readonly ContractDraft[], { byAddress }: SuiteSimulation, owedWei: ReadonlyMap<string, bigint>, plannedTail: PlannedTail | undefined): Promise<PredictedContract[]> {
  const predicted: PredictedContract[] = [];
  for (const contract of contracts) {
    const { name, address, overrides, erased } = contract;
    const complete = contract.words();
    const isWaited = name === BONDING && plannedTail?.method === "chunks";
    const words = isWaited ? withoutWords(complete, plannedTail.tail.words) : complete;
    const codeHash = byAddress.get(address.toLowerCase())?.codeHash;
    predicted.push({ name, address, words, ...(isWaited ? { complete } : {}), root: await storageRootOf(words), codeHash, overrides, erased, balanceWei: owedWei.get(name) ?? 0n });
  }
  return predicted;
}
