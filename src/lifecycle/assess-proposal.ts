import { runChecks, sortFindings } from "../checks/all-checks.ts";
import { storageExplained } from "../checks/storage-explained.ts";
import { applyPolicy } from "../checks/apply-policy.ts";
import type { PollCondition } from "../checks/poll-condition.ts";
import { expectCaller, expectPermission } from "../authority/climb.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { Address } from "../protocol/hex.ts";
import { beginRecord, confirmOnFork, readsOf, type AssessmentRecord } from "./assessment-record.ts";
import { atOneBlock } from "./at-one-block.ts";
import { readActor } from "./create-proposal.ts";
import type { UpgradeComparison } from "./compare-upgrade.ts";
import { takesCalls } from "./takes-calls.ts";
import { readConditions } from "./observe.ts";
import { readBlockTime } from "./read-block-time.ts";
import { readLocal, type Project } from "../inspection/project.ts";
import { readEffectFacts } from "./economics/economic-effect.ts";
import { contextOf, readBefore } from "./facts/check-context.ts";
import { readSafeFacts } from "./facts/read-safe-facts.ts";
import { loadReplay } from "./kept-replay.ts";
import { readPollCondition } from "./status/poll-step.ts";
import { describeWidened } from "../simulation/effects/compare-effects.ts";
import { findDrift } from "../simulation/effects/find-drift.ts";
import { effectsOf, effectsSchema, type Effect } from "../simulation/effects/effects.ts";
import type { KeptTraffic, TrafficOutcome } from "../outcome/traffic.ts";
import { trafficSchema } from "../simulation/traffic/traffic-file.ts";
import { nextAfterRefusal, whyRefused } from "./why-refused.ts";
import { simulateProposal, type Before, type SimulatedProposal } from "./simulate-proposal.ts";

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
  /** Polls about it; undefined where no policy requires one. */
  poll: PollCondition | undefined;
  /** The replay of mined transactions that is kept beside the proposal. */
  traffic: TrafficOutcome[] | undefined;
}

/**
 * Everything lpctl can say about a proposal before anybody signs: sources compiled and compared again, values checked
 * again, the whole route simulated, every check run, the project's policy applied. Believes only the proposal's intents.
 * @param name of the proposal's folder, for what the policy allows it
 * @param allowed what people allow it to change, where they said so
 */
export async function assessProposal(opened: Project, proposal: Proposal, name?: string, allowed?: readonly Effect[]): Promise<Assessment> {
  opened.progress?.("Simulating the whole route on a fork, and checking");
  const given = await atOneBlock(opened);
  const record = await beginRecord(given);
  const { project } = record;
  const effects = (await readLocal(project, "effects", effectsSchema.nullable(), async () => (allowed === undefined ? null : [...allowed]))) ?? undefined;
  const kept = (await readLocal(project, "traffic", trafficSchema.nullable(), async () => (await readReplay(project, proposal, name)) ?? null)) ?? undefined;
  const traffic = Array.isArray(kept) ? kept : undefined;
  const polling = readPollCondition(project, given, proposal, name);
  polling.catch(() => undefined);
  // Asked when the report is written.
  if (proposal.route.delayBlocks > 0n) project.rpc.askAhead((ahead) => readBlockTime(ahead, project.chainId, record.block));
  const permitted = requireAuthority(project, proposal);
  const reading = readBefore(project, proposal);
  const before: Before = {
    async look(fork, plan) {
      // Only so that everything has been asked: what it gives, or why it fails, is looked at below.
      await Promise.all([reading, readSafeFacts(project.rpc, plan.authority), readEffectFacts(project, proposal)]).catch(() => undefined);
      await confirmOnFork(record, fork);
    },
    ahead: () => readsOf(record),
  };
  const simulating = simulateProposal(project, proposal, effects ?? [], before, permitted);
  const working = Promise.all([simulating, reading]);
  working.catch(() => undefined);
  // Nothing goes on behind an error; and the word on who may do this comes first.
  await Promise.allSettled([permitted, simulating, reading]);
  await permitted;
  const [[simulated, facts], poll] = await Promise.all([working, polling]);
  const context = contextOf(facts, simulated, { safeFacts: await readSafeFacts(project.rpc, simulated.plan.authority), kept, policy: project.policy, poll });
  const judge = (subject: Proposal, kept: readonly Effect[] | undefined): Finding[] =>
    sortFindings(applyPolicy(runChecks(subject, simulated.simulation, { ...context, drift: findDrift(subject, simulated.simulation.changes, kept), widened: describeWidened(kept ?? []) }), project.policy, { name, id: subject.id }));
  return { ...simulated, record, name, findings: judge(proposal, effects), allowed: effects, judge, comparisons: facts.sources.comparisons, poll, traffic };
}

/** A replay that was edited counts as none; `checkRecord` refuses the proposal for it. */
async function readReplay(project: Project, proposal: Proposal, name: string | undefined): Promise<KeptTraffic | undefined> {
  try {
    return await loadReplay(project, proposal, name);
  } catch (error) {
    if (error instanceof LpctlError && error.code === "LPCTL_REPLAY_EDITED") return { stale: "it was changed after it was made" };
    throw error;
  }
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
    next: nextAfterRefusal(refusals, assessment.name, unexplained),
    details: { findings: refusals, ...(unexplained ? { effects: { schema: 1, effects: effectsOf(assessment.simulation.changes) } } : {}), ...(assessment.name === undefined ? {} : { proposal: assessment.name }) },
  });
}

/**
 * The contracts must still obey the authority the proposal was made for. A proposal that moves power itself is
 * excused once it has.
 * @throws LPCTL_PROPOSAL_AUTHORITY_CHANGED
 */
async function requireAuthority(project: Project, proposal: Proposal): Promise<void> {
  const { controller, rpc } = project;
  const [prepared] = proposal.authorities;
  if (project.acting !== undefined && project.acting === prepared?.address) return;
  if (prepared !== undefined) rpc.askAhead((ahead) => expectPermission(ahead, prepared.address, proposal.calls));
  if (controller !== undefined) rpc.askAhead((ahead) => expectCaller(ahead, controller, proposal.calls));
  const [caller, after] = await Promise.all([
    readActor(rpc, proposal.intents),
    readConditions(rpc, proposal.postconditions),
  ]);
  const isDone = after.length > 0 && after.every(({ holds }) => holds);
  if (isDone || caller === prepared?.address) return;
  if (prepared !== undefined && (await takesCalls(rpc, prepared.address, proposal.calls))) return;
  throw new LpctlError({
    code: "LPCTL_PROPOSAL_AUTHORITY_CHANGED",
    exit: Exit.refused,
    message: "The contracts of this proposal no longer obey the authority it was prepared for",
    why: `prepared for ${prepared?.kind ?? ""} ${prepared?.address ?? ""}, found ${caller}`,
    next: "Nothing was signed or sent. Prepare the proposal again",
  });
}
