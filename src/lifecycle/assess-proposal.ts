import { runChecks, sortFindings } from "../checks/all-checks.ts";
import { storageExplained } from "../checks/storage-explained.ts";
import { applyPolicy } from "../checks/apply-policy.ts";
import type { CheckContext } from "../checks/check.ts";
import { readCallerOfAll } from "../authority/climb.ts";
import { delegateOf, readProxyShape } from "../chain/proxy-shape.ts";
import type { BlockHeader, Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { proxyNameOfTarget } from "../protocol/contract-id.ts";
import type { Address } from "../protocol/hex.ts";
import { checkCommits } from "./facts/check-commits.ts";
import { commitFactsSchema } from "./facts/commit-facts.ts";
import { beginRecord, confirmOnFork, type AssessmentRecord } from "./assessment-record.ts";
import { checkIntents } from "./facts/check-intents.ts";
import { checkRegistered, checkSources } from "./facts/check-sources.ts";
import type { UpgradeComparison } from "./compare-upgrade.ts";
import { findCallers } from "./facts/find-callers.ts";
import { readConditions } from "./observe.ts";
import { readLocal, type Project } from "../inspection/project.ts";
import { readNewDependencies } from "./facts/read-dependencies.ts";
import { readGasCaps } from "./facts/read-gas-caps.ts";
import { readRegistryUse } from "./facts/read-registry-use.ts";
import { readSafeFacts, SAFE_LIBRARIES, safesIn } from "./facts/read-safe-facts.ts";
import { readUpdateFacts } from "./facts/read-update-facts.ts";
import { loadReplay } from "./replay-proposal.ts";
import { findDrift } from "../simulation/effects/find-drift.ts";
import { effectsOf, effectsSchema, type Effect } from "../simulation/effects/effects.ts";
import type { TrafficOutcome } from "../outcome/traffic.ts";
import { trafficSchema } from "../simulation/traffic/traffic-file.ts";
import { whyRefused } from "./why-refused.ts";
import { outcomesOf, simulateProposal, type SimulatedProposal } from "./simulate-proposal.ts";

/** Findings that say nothing but that nobody has named a change, or named another. */
const EXPLAINED_BY_PEOPLE = new Set([...storageExplained.codes, "effects-drifted"]);

export interface Assessment extends SimulatedProposal {
  /** What all of it rests on; its project is the one to read with whatever belongs into the same report. */
  record: AssessmentRecord;
  /** Of the proposal's folder, where it has one or will get one: what a policy names to allow something. */
  name: string | undefined;
  findings: Finding[];
  /** What people allow the proposal to change, where their file is at hand. */
  allowed: readonly Effect[] | undefined;
  /** The findings that the same facts give for another form of the proposal: one that carries the hash of its effects. */
  judge: (proposal: Proposal, effects: readonly Effect[] | undefined) => Finding[];
  /** What the upgrade intents' sources showed, by proxy. */
  comparisons: Map<Address, UpgradeComparison>;
  /** The replay of mined transactions that is kept beside the proposal. */
  traffic: TrafficOutcome[] | undefined;
}

/**
 * Everything lpctl can say about a proposal before anybody signs: sources compiled and compared again, values checked
 * again, the whole route simulated, every check run, the project's policy applied. Believes only the proposal's intents.
 * @param name of the proposal's folder, for what the policy allows it
 * @param allowed what people allow it to change, where they said so
 */
export async function assessProposal(given: Project, proposal: Proposal, name?: string, allowed?: readonly Effect[]): Promise<Assessment> {
  given.progress?.("Simulating the whole route on a fork, and checking");
  const record = await beginRecord(given);
  const { project } = record;
  const effects = (await readLocal(project, "effects", effectsSchema.nullable(), async () => (allowed === undefined ? null : [...allowed]))) ?? undefined;
  const traffic = (await readLocal(project, "traffic", trafficSchema.nullable(), async () => (await loadReplay(project, proposal, name)) ?? null)) ?? undefined;
  const permitted = requireAuthority(project, proposal);
  const reading = Promise.all([
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
  const simulating = simulateProposal(project, proposal, effects ?? [], async (fork, plan) => {
    // Only so that everything has been asked: what it gives, or why it fails, is looked at below.
    await Promise.all([reading, readSafeFacts(project.rpc, plan.authority)]).catch(() => undefined);
    await confirmOnFork(record, fork);
  }, permitted);
  const working = Promise.all([simulating, reading]);
  // Read at the same time, but the word on who may do this comes first.
  working.catch(() => undefined);
  await permitted;
  const [simulated, found] = await working;
  const [sources, registered, intents, preconditions, targets, newDependencies, registry, gasCaps, proxiesAsCode, updates, commits, prepared] = found;
  const context: CheckContext = {
    ...targets,
    preconditions: outcomesOf(preconditions),
    postconditions: simulated.postconditions,
    safes: new Set(safesIn(simulated.plan.authority).map(({ address }) => address)),
    newDependencies,
    registry,
    gasCaps,
    protocol: simulated.protocol === undefined ? undefined : { before: simulated.protocol.reading.state, after: simulated.protocol.after },
    openInitializers: simulated.openInitializers,
    aftermath: simulated.aftermath,
    callersOfChanged: findCallers(sources.comparisons, simulated.protocol?.reading),
    proxiesAsCode,
    updates,
    safeLibraries: SAFE_LIBRARIES,
    safeFacts: await readSafeFacts(project.rpc, simulated.plan.authority),
    commits,
    ageSeconds: prepared === undefined ? undefined : simulated.simulation.block.timestampSeconds - prepared.timestampSeconds,
    minimumDelayBlocks: project.policy?.minimumDelayBlocks,
    upgrades: new Map([...sources.comparisons].flatMap(([proxy, { traits }]) => (traits === undefined ? [] : [[proxy, traits]]))),
    traffic,
    prepared: [...intents, ...sources.findings, ...registered],
  };
  const judge = (subject: Proposal, kept: readonly Effect[] | undefined): Finding[] =>
    sortFindings(applyPolicy(runChecks(subject, simulated.simulation, { ...context, drift: findDrift(subject, simulated.simulation.changes, kept) }), project.policy, { name, id: subject.id }));
  return { ...simulated, record, name, findings: judge(proposal, effects), allowed: effects, judge, comparisons: sources.comparisons, traffic };
}

/** @throws LPCTL_PROPOSAL_REFUSED naming the first refusal */
export function requireAccepted(assessment: Assessment): void {
  const refusals = assessment.findings.filter((finding) => finding.severity === "refuse");
  const [first] = refusals;
  if (first === undefined) return;
  const reverted = refusals.some((finding) => finding.code === "simulation-reverted");
  const unexplained = !reverted && refusals.some(({ code }) => EXPLAINED_BY_PEOPLE.has(code));
  throw new LpctlError({
    code: reverted ? "LPCTL_PROPOSAL_REVERTS" : "LPCTL_PROPOSAL_REFUSED",
    exit: reverted ? Exit.reverted : Exit.refused,
    message: first.title,
    why: whyRefused(refusals),
    next: unexplained
      ? "Nothing was signed or sent. If you know why this changes and it is right, name it: --json gives error.details.effects; prepare the proposal with that file and --effects FILE"
      : refusals.every(({ code }) => code === "record-altered")
        ? `Nothing was signed or sent. Restore the folder from version control, or have it written again and read that: lpctl proposal simulate ${assessment.name ?? ""}`.trimEnd()
        : "Nothing was signed or sent. Change the proposal, or prepare it again on the present state",
    details: { findings: refusals, ...(unexplained ? { effects: { schema: 1, effects: effectsOf(assessment.simulation.changes) } } : {}), ...(assessment.name === undefined ? {} : { proposal: assessment.name }) },
  });
}

/**
 * The contracts must still obey the authority the proposal was made for. A proposal that moves power itself is
 * excused once it has.
 * @throws LPCTL_PROPOSAL_AUTHORITY_CHANGED
 */
async function requireAuthority(project: Project, proposal: Proposal): Promise<void> {
  const [caller, after] = await Promise.all([
    readCallerOfAll(project.rpc, proposal.calls),
    readConditions(project.rpc, proposal.postconditions),
  ]);
  const isDone = after.length > 0 && after.every(({ holds }) => holds);
  const [prepared] = proposal.authorities;
  if (isDone || caller === prepared?.address) return;
  throw new LpctlError({
    code: "LPCTL_PROPOSAL_AUTHORITY_CHANGED",
    exit: Exit.refused,
    message: "The contracts of this proposal no longer obey the authority it was prepared for",
    why: `prepared for ${prepared?.kind ?? ""} ${prepared?.address ?? ""}, found ${caller}`,
    next: "Nothing was signed or sent. Prepare the proposal again",
  });
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
