/** What the checks are told: read beside the simulation, and put together with it. */
import { delegateOf, readProxyShape } from "../../chain/proxy-shape.ts";
import type { BlockHeader, Rpc } from "../../chain/rpc.ts";
import type { CheckContext, SafeFindingFacts } from "../../checks/check.ts";
import type { ConditionOutcome } from "../../checks/condition-outcome.ts";
import type { PollCondition } from "../../checks/poll-condition.ts";
import { LpctlError } from "../../errors.ts";
import type { Finding } from "../../finding.ts";
import { readLocal, type Project } from "../../inspection/project.ts";
import type { KeptTraffic } from "../../outcome/traffic.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { proxyNameOfTarget } from "../../protocol/contract-id.ts";
import type { Address } from "../../protocol/hex.ts";
import type { Policy } from "../../protocol/policy.ts";
import type { UpgradeComparison } from "../compare-upgrade.ts";
import { readConditions } from "../observe.ts";
import { outcomesOf, type SimulatedProposal } from "../simulate-proposal.ts";
import { actingSafes } from "./acting-safes.ts";
import { checkCommits } from "./check-commits.ts";
import { checkIntents } from "./check-intents.ts";
import { checkRegistered, checkSources } from "./check-sources.ts";
import { commitFactsSchema } from "./commit-facts.ts";
import { findCallers } from "./find-callers.ts";
import { readNewDependencies } from "./read-dependencies.ts";
import { readGasCaps } from "./read-gas-caps.ts";
import { readRegistryUse } from "./read-registry-use.ts";
import { SAFE_LIBRARIES, safesIn } from "./read-safe-facts.ts";
import { readUpdateFacts } from "./read-update-facts.ts";

/** What can be known before anything is simulated. */
export interface FactsBefore {
  sources: { findings: Finding[]; comparisons: Map<Address, UpgradeComparison> };
  /** What comparing sources, values and registrations with the intents found. */
  prepared: Finding[];
  preconditions: ConditionOutcome[];
  /** The block that the proposal was prepared at; undefined where the chain does not have it, or no longer. */
  preparedAt: BlockHeader | undefined;
  /** What the checks are told as it was read. */
  read: Pick<CheckContext, "accountsWithCode" | "delegatedAccounts" | "newDependencies" | "registry" | "gasCaps" | "proxiesAsCode" | "updates" | "commits">;
}

/** Reads the chain, the sources and git for the checks, all at the same time. @throws what compiling and reading throw */
export async function readBefore(project: Project, proposal: Proposal): Promise<FactsBefore> {
  const [sources, registered, intents, conditions, targets, newDependencies, registry, gasCaps, proxiesAsCode, updates, commits, preparedAt] = await Promise.all([
    checkSources(project, proposal),
    checkRegistered(project, proposal),
    checkIntents(project, proposal),
    readConditions(project.rpc, proposal.preconditions),
    readTargets(project, proposal),
    readNewDependencies(project.rpc, proposal),
    readRegistryUse(project, proposal),
    readGasCaps(project.rpc, project.chainId),
    readProxiesAsCode(project.rpc, proposal),
    readUpdateFacts(project.rpc, proposal),
    readLocal(project, "commits", commitFactsSchema, () => checkCommits(project, proposal)),
    readBlockOrNone(project.rpc, proposal.sinceBlock),
  ]);
  return {
    sources,
    prepared: [...intents, ...sources.findings, ...registered],
    preconditions: outcomesOf(conditions),
    preparedAt,
    read: { ...targets, newDependencies, registry, gasCaps, proxiesAsCode, updates, commits },
  };
}

/** Everything the checks are told except `drift`, which hangs on the form of the proposal that they judge. Pure. */
export function contextOf(
  { sources, prepared, preconditions, preparedAt, read }: FactsBefore,
  { plan, simulation, postconditions, protocol, openInitializers, safeChanges, aftermath }: SimulatedProposal,
  { safeFacts, kept, policy, poll }: { safeFacts: SafeFindingFacts[]; kept: KeptTraffic | undefined; policy: Policy | undefined; poll: PollCondition | undefined },
): CheckContext {
  return {
    ...read,
    preconditions,
    postconditions,
    safes: new Set([...safesIn(plan.authority).map(({ address }) => address), ...actingSafes(simulation)]),
    protocol: protocol === undefined ? undefined : { before: protocol.reading.state, after: protocol.after },
    openInitializers,
    aftermath,
    callersOfChanged: findCallers(sources.comparisons, protocol?.reading),
    safeLibraries: SAFE_LIBRARIES,
    safeFacts,
    safeChanges,
    ageSeconds: preparedAt === undefined ? undefined : simulation.block.timestampSeconds - preparedAt.timestampSeconds,
    minimumDelayBlocks: policy?.minimumDelayBlocks,
    poll,
    upgrades: new Map([...sources.comparisons].flatMap(([proxy, { traits }]) => (traits === undefined ? [] : [[proxy, traits]]))),
    ...(kept === undefined ? {} : Array.isArray(kept) ? { traffic: kept } : { staleTraffic: kept.stale }),
    prepared,
  };
}

async function readTargets(project: Project, proposal: Proposal): Promise<Pick<CheckContext, "accountsWithCode" | "delegatedAccounts">> {
  const targets = [...new Set(proposal.calls.map((call) => call.to))];
  const codes = await Promise.all(targets.map((target) => project.rpc.code(target)));
  return {
    accountsWithCode: new Set(targets.filter((_, index) => codes[index] !== "0x")),
    delegatedAccounts: new Set(targets.filter((_, index) => delegateOf(codes[index] ?? "0x") !== undefined)),
  };
}

/** Which of the new code is itself a proxy, and of what kind. */
async function readProxiesAsCode(rpc: Rpc, { intents }: Proposal): Promise<Map<Address, string>> {
  const addresses = intents.flatMap((intent) => (intent.kind === "upgrade" ? [intent.implementation] : intent.kind === "register" ? [intent.address] : []));
  // Livepeer's own proxies are registered beside the entry of their code, which other checks follow.
  const shapes = await Promise.all([...new Set(addresses)].map(async (address) => ({ address, shape: await readProxyShape(rpc, address) })));
  const standsAlone = (address: Address): boolean =>
    intents.every((intent) => intent.kind !== "register" || intent.address !== address || proxyNameOfTarget(intent.contract) === undefined) &&
    intents.every((intent) => intent.kind !== "upgrade" || intent.implementation !== address);
  return new Map(shapes.flatMap(({ address, shape }) => (shape === undefined || (shape.kind === "registry" && standsAlone(address)) ? [] : [[address, shape.words]])));
}

/** Undefined where the chain does not have the block, or no longer. */
async function readBlockOrNone(rpc: Rpc, number: bigint): Promise<BlockHeader | undefined> {
  return rpc.block(number).catch((error: unknown) => {
    if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_NO_BLOCK") return undefined;
    throw error;
  });
}
