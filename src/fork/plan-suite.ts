import { planProfile, type DeployedProfile } from "../genesis/plan-profile.ts";
import type { ParameterValues } from "../genesis/profile-parameters.ts";
import { TransactionPlan, type PlannedTransaction } from "../genesis/transaction-plan.ts";
import { Exit, LpctlError } from "../errors.ts";
import { targetIdName } from "../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { matchRuntimeBytecode } from "../solidity/match-bytecode.ts";
import type { ContractState } from "../snapshot/state.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import { ContractDraft } from "./contract-draft.ts";
import type { ForkDraft } from "./draft-fork.ts";
import { remapAddresses } from "./remap-addresses.ts";
import { mostInitWords, stateInit } from "./state-init.ts";
import type { SnapshotSuite } from "./suite-of-snapshot.ts";

const MINTER_ARTIFACT = { launch: "Minter", current: "PreciseMinter" } as const;
const VERIFIER_ARTIFACT = "LivepeerVerifier";

/** The suite as `planProfile` deploys it, with addresses that later words are made of. */
export interface PlannedSuite {
  deployed: DeployedProfile;
  transactions: readonly PlannedTransaction[];
}

/**
 * Plans the contracts of a fork as any suite is deployed. What setters write is loaded over later; what is an argument of a
 * constructor comes from the snapshot.
 */
export function planSuite(view: StateView, suite: SnapshotSuite, artifacts: readonly Artifact[], options: { deployer: Address; firstNonce: bigint; gitCommitHash: Hex; parameters: Readonly<Record<string, bigint>> }): PlannedSuite {
  const plan = new TransactionPlan(options.deployer, options.firstNonce);
  const { profile } = suite;
  const parameters: ParameterValues = {
    // Created with its words; the argument only must be a valid one.
    ...(profile === "launch" ? { "Verifier.solver": options.deployer } : constructedParameters(view, artifacts)),
    ...Object.fromEntries(Object.entries(options.parameters).filter(([id]) => id.startsWith("PollCreator.") || id.startsWith("Treasury."))),
  };
  const deployed = planProfile(plan, artifacts, { profile, parameters, gitCommitHash: options.gitCommitHash });
  return { deployed, transactions: plan.transactions };
}

function constructedParameters(view: StateView, artifacts: readonly Artifact[]): ParameterValues {
  const polls = view.contract("PollCreator").state;
  const artifact = artifacts.find(({ name }) => name === "PollCreator");
  const period = artifact === undefined ? undefined : matchRuntimeBytecode(polls.code, artifact).immutables["POLL_PERIOD"];
  if (period === undefined) throw otherCode("PollCreator");
  return { "PollCreator.POLL_PERIOD": BigInt(period), "Treasury.minDelay": view.value("Treasury", "_minDelay") };
}

/**
 * Puts the code of the snapshot into the deployments: contracts without a proxy are created with their words, and logic that
 * lpctl does not carry is deployed as it stands in the snapshot.
 * @throws LPCTL_FORK_OTHER_CODE, LPCTL_FORK_TOO_MANY_WORDS
 */
export function withSnapshotCode(view: StateView, suite: SnapshotSuite, planned: PlannedSuite, draft: ForkDraft, artifacts: readonly Artifact[]): PlannedTransaction[] {
  const states = new Map(view.state.contracts.map((contract) => [contract.name, contract]));
  const loadings = new Map(suite.members.map(({ name, loading }) => [name, loading]));
  return planned.transactions.map((transaction): PlannedTransaction => {
    if (transaction.to !== null) return transaction;
    const name = transaction.id.slice("deploy:".length);
    const state = states.get(name);
    if (state === undefined) return transaction;
    const loading = loadings.get(name);
    if (loading === "created") return { ...transaction, data: createWithWords(state, draft.contracts.get(name), name) };
    const proxied = loading === "slots";
    const artifact = artifacts.find((candidate) => candidate.name === artifactOf(name, suite, proxied));
    if (artifact !== undefined && matchRuntimeBytecode(state.code, artifact).match !== "none") return transaction;
    if (!name.endsWith("Target") || view.find(name.slice(0, -"Target".length)) === undefined) throw otherCode(name);
    const target = new ContractDraft(name, ZERO_ADDRESS, state.words);
    remapAddresses(target, draft.moved, () => undefined);
    return { ...transaction, data: createWithWords(state, target, name) };
  });
}

function artifactOf(name: string, suite: SnapshotSuite, isProxied: boolean): string {
  if (isProxied) return "ManagerProxy";
  if (name === "Minter") return MINTER_ARTIFACT[suite.profile];
  if (name === "Verifier") return VERIFIER_ARTIFACT;
  const proxy = suite.members.find((member) => targetIdName(member.name) === name);
  return proxy?.name ?? name;
}

function createWithWords(state: ContractState, draft: ContractDraft | undefined, name: string): Hex {
  if (draft === undefined) throw new Error(`${name} is not drafted`);
  const words = draft.words();
  const most = mostInitWords(state.code);
  if (words.count <= most) return stateInit(state.code, words);
  throw new LpctlError({
    code: "LPCTL_FORK_TOO_MANY_WORDS",
    exit: Exit.refused,
    message: `${name} has ${words.count} words, and ${most} fit into its creation`,
    why: "it has no proxy, so that its words can only be written while it is created",
    next: "Put a contract with a proxy in its place before the snapshot is taken",
    details: { contract: name, words: words.count, most },
  });
}

function otherCode(name: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_OTHER_CODE",
    exit: Exit.refused,
    message: `${name} of the snapshot has other code than the one that lpctl carries`,
    why: "it is made by a constructor, whose source is needed for that",
    next: "Use the lpctl that this protocol was deployed with",
    details: { contract: name },
  });
}

