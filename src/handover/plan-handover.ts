import { readParameters } from "../inspection/read-parameters.ts";
import type { Project } from "../inspection/project.ts";
import { Exit, LpctlError } from "../errors.ts";
import { propose, type Proposed } from "../lifecycle/propose.ts";
import { canonicalHash } from "../proposal/canonical.ts";
import type { Call } from "../proposal/call.ts";
import { deriveCalls } from "../proposal/derive-calls.ts";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { startFork, withFork } from "../simulation/fork.ts";
import { readPrivilegeGraph } from "./graph/read-graph.ts";
import { nameOf, type PrivilegeGraph } from "./graph/privilege.ts";
import { buildStages, remarksOn } from "./plan/build-stages.ts";
import { chooseCanary, type Canary } from "./plan/canary.ts";
import { readSetup, withPrepared, type Setup } from "./prepare/setup.ts";
import { proveOnFork, type ForkProof } from "./proof/prove-on-fork.ts";
import { sendDirectly } from "./proof/walk-path.ts";
import { actorsOf, readMatrix, readPrivilegedCalls } from "./proof/read-matrix.ts";
import { readProgress, type StageProgress } from "./record/read-progress.ts";
import { handoverFolder, loadRecord, saveRecord } from "./record/record-file.ts";
import { hashPlan, type HandoverRecord, type RecordedTurnout } from "./record/record-schema.ts";
import { writeHandoverReport } from "./record/write-report.ts";
import type { LoadedTarget } from "./target/load-target.ts";
import { readParts } from "./target/read-parts.ts";
import { isDrivenByVote, resolveAccount, partiesOf, resolveTarget } from "./target/resolve-target.ts";
import type { TargetFile } from "./target/target-schema.ts";
import { formatTurnout } from "./turnout/format-turnout.ts";
import { governorOf, readTurnout, requireReachable } from "./turnout/read-turnout.ts";
import type { TurnoutResult } from "./turnout/simulate-turnout.ts";

const REPORT_WIDTH = 100;

export interface PlanOptions {
  producedBy: string;
  dryRun: boolean;
  /** Why a turnout below the bar is accepted. */
  acceptTurnout?: string | undefined;
  /** Blocks a Governor waits; default: what the file says, else the project's. */
  delayBlocks?: bigint | undefined;
  delaySeconds?: bigint | undefined;
}

export interface PlannedHandover {
  record: HandoverRecord;
  /** Whether this run made the plan, or went on with it. */
  isNew: boolean;
  progress: StageProgress[];
  /** The proposal of the next stage, where this run wrote it. */
  proposed: Proposed | undefined;
  turnout: TurnoutResult | undefined;
  /** Path of the report; undefined after a dry run. */
  reportPath: string | undefined;
}

/**
 * Plans a handover, or goes on with one: graph, target, stages and proofs at first, and each time the proposal of the stage whose
 * turn it is. A stage is proposed once everything before it has happened and every trial did what was simulated.
 * @throws LPCTL_HANDOVER_NOT_PROVEN, _QUORUM_UNREACHABLE, _TURNOUT_UNKNOWN, _FILE_CHANGED, _STUCK, what `resolveTarget` and
 * `propose` throw
 */
export async function planHandover(project: Project, { name, file: asWritten, typed }: LoadedTarget, given: PlanOptions): Promise<PlannedHandover> {
  const file = await withPrepared(project, asWritten);
  const reason = printable(given.acceptTurnout ?? "").trim();
  const options = { ...given, acceptTurnout: reason === "" ? undefined : reason };
  const targetHash = canonicalHash(file);
  const known = await loadRecord(project.folder, project.network, name);
  if (known !== undefined && known.targetHash === targetHash) return goOn(project, known, file, options);
  if (known !== undefined && (await hasBegun(project, known))) throw fileChanged(known);
  const { record, turnout } = await makeRecord(project, { name, file, typed }, targetHash, options);
  return proposeNext(project, { record, isNew: true, turnout }, options);
}

async function goOn(project: Project, record: HandoverRecord, file: TargetFile, options: PlanOptions): Promise<PlannedHandover> {
  // A governor without its rules yet cannot be asked for its quorum.
  const [first] = await readProgress(project, record);
  const isSetUp = record.stages[0]?.kind !== "setup" || first?.state === "done";
  const turnout = isSetUp ? await weighTurnout(project, record.graph, record.to, file, options.acceptTurnout ?? record.turnout?.accepted ?? undefined) : undefined;
  const accepted = options.acceptTurnout ?? record.turnout?.accepted ?? null;
  const current = turnout === undefined ? record : { ...record, turnout: recordTurnout(turnout, accepted) };
  return proposeNext(project, { record: current, isNew: false, turnout }, options);
}

async function proposeNext(project: Project, { record, isNew, turnout }: Pick<PlannedHandover, "record" | "isNew" | "turnout">, options: PlanOptions): Promise<PlannedHandover> {
  const progress = await readProgress(project, record);
  const stuck = progress.find(({ state }) => state === "stuck");
  if (stuck !== undefined) throw stuckAt(record, stuck);
  const next = progress.find(({ state }) => state === "next" || state === "stale");
  const stage = record.stages.find(({ id }) => id === next?.id);
  const chart = turnout === undefined ? [] : formatTurnout(turnout, { width: REPORT_WIDTH });
  if (stage === undefined || options.dryRun) {
    if (options.dryRun) return { record, isNew, progress, proposed: undefined, turnout, reportPath: undefined };
    return { record, isNew, progress, proposed: undefined, turnout, reportPath: await keep(project, record, chart) };
  }
  const { delayBlocks, delaySeconds } = record;
  // Weeks may have passed since the plan was proven, and nobody takes this back.
  if (stage.irreversible !== null && !isNew) requireProven(await proveRest(project, record, progress));
  const proposed = await propose(project, { title: stage.title, intents: stage.intents, code: stage.code ?? [], delayBlocks, delaySeconds, actor: stage.actor }, { producedBy: options.producedBy, dryRun: false });
  const { name, proposal } = proposed.stored;
  const stages = record.stages.map((one) => (one.id === stage.id ? { ...one, proposal: { name, id: proposal.id } } : one));
  const written = { ...record, stages };
  const reportPath = await keep(project, written, chart);
  return { record: written, isNew, progress: await readProgress(project, written), proposed, turnout, reportPath };
}

/** What is left of a plan, on a fork of the chain as it is now. */
function proveRest(project: Project, { graph, before, stages, moves, from, to, divided, complete, delayBlocks, delaySeconds }: HandoverRecord, progress: readonly StageProgress[]): Promise<ForkProof> {
  return proveOnFork(project, {
    graph,
    calls: before.rows.map(({ cells: _cells, ...call }) => call),
    target: { from, to, divided: divided ?? undefined, complete, moves },
    stages: stages.filter((_, index) => progress[index]?.state !== "done"),
    delays: { delayBlocks, delaySeconds },
    start: before,
  });
}

async function keep(project: Project, record: HandoverRecord, chart: readonly string[]): Promise<string> {
  await saveRecord(project.folder, record);
  return writeHandoverReport(handoverFolder(project.folder, record.network, record.name), record, chart);
}

async function makeRecord(project: Project, { name, file, typed }: LoadedTarget, targetHash: `0x${string}`, options: PlanOptions): Promise<{ record: HandoverRecord; turnout: TurnoutResult | undefined }> {
  const setup = await readSetup(project, file);
  const { graph, target, turnout, calls, live, now } = await whenSetUp(project, setup, (at) => survey(at, file, options));
  const [genesis, blockNumber] = await Promise.all([project.rpc.block(0n), project.rpc.blockNumber()]);
  const sources = { graph, live, matrix: now, holder: target.from };
  // What goes over by rules is tried with what goes over; the rest with what stays until the end.
  const own = (heir: Address) => (call: Call): boolean => target.moves.some((move) => move.kind === "rule" && move.to === heir && move.target === call.to && call.data.startsWith(move.selector));
  const stays = (call: Call): boolean => !target.moves.some((move) => move.kind === "rule" && move.target === call.to && call.data.startsWith(move.selector));
  const heirs = [...new Set(target.moves.flatMap((move) => (move.kind === "rule" ? [move.to] : [])))];
  const ruleCanaries = new Map(heirs.flatMap((heir): [Address, Canary][] => asFound(heir, () => chooseCanary(sources, undefined, own(heir)))));
  const movesTop = target.moves.some((move) => move.kind === "owner" && (move.contract === graph.controller || move.contract === target.divided));
  const canary = movesTop ? wholeCanary(sources, file, stays) : { words: "", calls: [] };
  const { stages, unproven } = buildStages({ graph, target, canary, ruleCanaries, signOfLife: file.signOfLife !== false, unregistered: new Set(Object.keys(file.contracts ?? {})), setup });
  const delays = { delayBlocks: options.delayBlocks ?? (file.delayBlocks === undefined ? project.delayBlocks : BigInt(file.delayBlocks)), delaySeconds: options.delaySeconds ?? BigInt(file.delaySeconds ?? 0) };
  const proof = await proveOnFork(project, { graph, calls, target, stages, delays });
  requireProven(proof);
  const { moves, from, to, divided, complete } = target;
  const plan = {
    schema: 1 as const,
    name,
    network: project.network,
    chainId: project.chainId,
    genesisHash: genesis.hash,
    planned: typed,
    targetHash,
    from,
    to,
    divided: divided ?? null,
    complete,
    ...delays,
    graph: { ...graph, blockNumber },
    moves,
    stages,
    before: proof.before,
    after: proof.after,
    proofs: proof.proofs,
    unproven,
    remarks: remarksOn(graph, target),
    turnout: turnout === undefined ? null : recordTurnout(turnout, options.acceptTurnout ?? null),
  };
  return { record: { ...plan, planHash: hashPlan(plan) }, turnout };
}

/** Everything is planned as it will be when what was prepared is registered: on a fork where it is so already. */
async function whenSetUp<T>(project: Project, setup: Setup | undefined, read: (project: Project) => Promise<T>): Promise<T> {
  if (setup === undefined) return read(project);
  return withFork(await startFork(project.rpc.url), async (fork) => {
    const failure = await sendDirectly(fork, setup.actor, deriveCalls(setup.intents));
    if (failure !== undefined) throw new LpctlError({ code: "LPCTL_HANDOVER_NOT_PROVEN", exit: Exit.refused, message: "What was prepared cannot be registered", why: failure, next: "Nothing was written or sent. lpctl authority show Controller" });
    return read({ ...project, rpc: fork.rpc });
  });
}

async function survey(project: Project, file: TargetFile, options: PlanOptions) {
  project.progress?.("Reading every privilege");
  const graph = await readGraphFor(project, file);
  const target = resolveTarget(graph, file, await readParts(project, graph, file));
  const turnout = await weighTurnout(project, graph, target.to, file, options.acceptTurnout);
  const [calls, { live }] = await Promise.all([readPrivilegedCalls(project, graph), readParameters(project)]);
  const now = await readMatrix(project.rpc, graph, calls, actorsOf(graph, partiesOf(target)), target.divided === undefined ? [] : [target.divided]);
  return { graph, target, turnout, calls, live, now };
}

function wholeCanary(sources: Parameters<typeof chooseCanary>[0], file: TargetFile, stays: (call: Call) => boolean): Canary {
  try {
    return chooseCanary(sources, file.canary, file.canary === undefined ? stays : undefined);
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_HANDOVER_NO_CANARY") throw error;
    // All parameters went over before: the code that a proxy has already is registered again.
    const { matrix, holder } = sources;
    const row = matrix.rows.find(({ group, cells }) => group === "upgrades" && cells[matrix.actors.indexOf(holder)]?.verdict === "can");
    if (row === undefined) throw error;
    return { words: `register the code that is there already (${row.what})`, calls: [row.call] };
  }
}

function asFound(heir: Address, choose: () => Canary): [Address, Canary][] {
  try {
    return [[heir, choose()]];
  } catch (error) {
    if (error instanceof LpctlError && error.code === "LPCTL_HANDOVER_NO_CANARY") return [];
    throw error;
  }
}

/** The graph with whoever the target names in it, although they hold nothing yet. */
async function readGraphFor(project: Project, file: TargetFile): Promise<PrivilegeGraph> {
  const contracts = file.contracts;
  const names = [file.to, file.through, ...Object.values(file.owners ?? {}), ...(file.parts ?? []).map(({ to }) => to), ...(file.roles ?? []).flatMap(({ holders }) => holders)];
  const first = await readPrivilegeGraph(project, { contracts });
  const others = names.filter((name) => name !== undefined).map((name) => resolveAccount(first, name));
  const isKnown = others.every((other) => first.accounts.some(({ address }) => address === other));
  return isKnown ? first : readPrivilegeGraph(project, { contracts, others });
}

async function weighTurnout(project: Project, graph: PrivilegeGraph, to: Address, file: TargetFile, accepted: string | undefined): Promise<TurnoutResult | undefined> {
  const governor = isDrivenByVote(graph, to) ? governorOf(graph, to) : undefined;
  if (governor === undefined) return undefined;
  const turnout = await readTurnout(project, governor, file.turnout);
  requireReachable(turnout, accepted);
  return turnout;
}

function recordTurnout(result: TurnoutResult, accepted: string | null): RecordedTurnout {
  const share = (value: number): string => value.toFixed(6);
  return {
    probability: share(result.probability),
    quorumProbability: share(result.quorumProbability),
    transcoderProbability: share(result.transcoderProbability),
    quorumShare: share(result.needed.quorumShare),
    transcoderShare: share(result.needed.transcoderShare),
    bar: share(result.bar),
    draws: BigInt(result.draws),
    seed: result.seed,
    source: result.source.kind,
    votes: result.source.kind === "past" ? result.source.votes.map(({ vote, share: cast, transcoderShare }) => ({ vote, share: share(cast), transcoderShare: share(transcoderShare) })) : [],
    accepted: result.reachable ? null : accepted,
  };
}

/** @throws LPCTL_HANDOVER_NOT_PROVEN */
function requireProven({ proofs, stages }: ForkProof): void {
  const failed = proofs.filter(({ holds }) => !holds);
  const [first] = failed;
  if (first === undefined) return;
  throw new LpctlError({
    code: "LPCTL_HANDOVER_NOT_PROVEN",
    exit: Exit.refused,
    message: `The handover does not hold on a fork: ${first.what.replace(/^on a fork: /, "")}`,
    why: first.detail,
    next: "Nothing was written or sent. Change the target, or what stands in its way",
    details: { proofs: failed, stages: stages.map(({ stage, failure }) => ({ stage, failure: failure ?? null })) },
  });
}

async function hasBegun(project: Project, record: HandoverRecord): Promise<boolean> {
  return (await readProgress(project, record)).some(({ state }) => state === "done");
}

function fileChanged(record: HandoverRecord): LpctlError {
  return new LpctlError({
    code: "LPCTL_HANDOVER_FILE_CHANGED",
    exit: Exit.refused,
    message: `The handover ${record.name} has begun, and its target is another one now`,
    why: "what was proven and executed belongs to the target as it was",
    next: "Finish it as it was planned, or plan the rest under another name",
  });
}

function stuckAt(record: HandoverRecord, { id, detail }: StageProgress): LpctlError {
  const stage = record.stages.find((one) => one.id === id);
  return new LpctlError({
    code: "LPCTL_HANDOVER_STUCK",
    exit: Exit.refused,
    message: `"${stage?.title ?? id}" cannot go on`,
    why: detail,
    next: `lpctl handover status ${record.name}; nothing after it is proposed until it is done`,
    details: { stage: id, by: nameOf(record.graph, stage?.actor ?? "0x") },
  });
}

