import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { requestKey } from "../chain/recorded-answer.ts";
import { replayRpc } from "../chain/replay-rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { LocalFacts, Project } from "../inspection/project.ts";
import { parseProposal, type Proposal } from "../proposal/proposal.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { useFastKeccak } from "../protocol/fast-keccak.ts";
import type { Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { parseBundle, type SafeBundle } from "../safe/bundle.ts";
import { answerFromState } from "../simulation/evidence/answer-from-state.ts";
import { isOfState, unconfirmedAnswers } from "../simulation/evidence/confirm-answers.ts";
import type { Evidence } from "../simulation/evidence/evidence.ts";
import { refuseEvidence } from "../simulation/evidence/evidence-error.ts";
import { loadEvidence } from "../simulation/evidence/evidence-file.ts";
import { firstDifference, type Difference } from "../simulation/evidence/first-difference.ts";
import { openLibrary } from "../simulation/evidence/open-library.ts";
import { recompileLibrary } from "../simulation/evidence/recompile-library.ts";
import { startForkOf } from "../simulation/fork.ts";
import { formatSimulation } from "../simulation/result-file.ts";
import type { StateEvidence } from "../outcome/simulation.ts";
import { verifyRecordedState } from "../simulation/witness/state-proof.ts";
import { startRecorded } from "../simulation/witness/witness.ts";
import { assessProposal, type Assessment } from "./assess-proposal.ts";
import { buildReportData } from "./build-report-data.ts";
import { listTrusted, type Trusted } from "./list-trusted.ts";
import { EVIDENCE_FILE, formatReport, loadText, recordPaths } from "./records.ts";

export interface Reproduction {
  proposal: { id: Hex; name: string; title: string };
  /** sha256 of everything that the outcome follows from; the report names it. */
  evidenceHash: Hex;
  chainId: bigint;
  block: { number: bigint; hash: Hex; stateRoot: Hex; timestampSeconds: bigint };
  /** Accounts and slots whose values are proven against the block's state root; zero when there is no proof. */
  proven: { accounts: number; slots: number; calls: number };
  sources: { texts: number; contracts: number; recompiled: boolean };
  /** What somebody's word was taken for. */
  trusted: Trusted[];
  effectsHash: Hex;
  /** sha256 of `simulation.json` and `report.json`, as they came out here. */
  simulationHash: Hex;
  reportHash: Hex;
  /** Refused by a check: the same as when the file was made. */
  refusals: number;
  /** Version that made the file. */
  producedBy: string;
  equal: boolean;
  /** Which file differs first, and where. */
  difference: (Difference & { file: string }) | undefined;
}

export interface ReproduceOptions {
  /** The proposal that it is to be the evidence of, with what lies beside it. */
  stored?: StoredProposal | undefined;
  /** Compile every source in the file again, and compare. */
  recompile: boolean;
  progress?: ((what: string) => void) | undefined;
}

/**
 * Makes a proposal's simulation and report again from its evidence alone: no network, no project, no compiler, nothing
 * written. The state is proven first; what contracts answered is asked again of the local chain that runs on it.
 * @throws LPCTL_EVIDENCE_* (exit 3) when the file was edited, contradicts itself or is of another proposal
 */
export async function reproduceProposal(path: string, options: ReproduceOptions): Promise<Reproduction> {
  const [loaded] = await Promise.all([loadEvidence(path), useFastKeccak()]);
  const { evidence } = loaded;
  const proposal = readProposal(evidence, options.stored?.proposal);
  const bundle = readBundle(evidence, proposal);
  verifyState(evidence);
  const library = openLibrary(evidence.sources);
  if (options.recompile) await recompileLibrary(library, options.progress);
  const witness = await startRecorded(evidence.state, worthOf(evidence));
  const project: Project = {
    // Does not exist: nothing beside the file has a part in the outcome.
    folder: join(tmpdir(), "lpctl-evidence-has-no-folder"),
    network: proposal.network,
    chainId: proposal.chainId,
    controller: evidence.settings.controller ?? undefined,
    rpc: replayRpc(witness.url, evidence.answers, answerFromState(evidence.state)),
    compilerCaches: [],
    sources: evidence.settings.sources,
    compilers: {},
    delayBlocks: 0n,
    policy: evidence.settings.policy ?? undefined,
    aftermath: evidence.settings.aftermath,
    library,
    local: factsOf(evidence),
    witness,
    progress: options.progress,
  };
  const stored: StoredProposal = { proposal, folder: project.folder, name: evidence.name };
  const assessment = await assessAgain(project, proposal, evidence);
  const calls = requireConfirmed(evidence, assessment);
  const report = await buildReportData(assessment.record.project, stored, assessment, bundle, evidence.producedBy);
  const reportText = formatReport({ ...report, evidence: { file: EVIDENCE_FILE, hash: loaded.hash } });
  const simulationText = formatSimulation(assessment.simulation);
  const difference = await compareOutcome({ path, recorded: loaded.report, reportText, simulationText, stored: options.stored });
  const { block } = assessment.simulation;
  const isProven = "nodes" in evidence.proof;
  const accounts = Object.values(evidence.state.accounts);
  return {
    proposal: { id: proposal.id, name: evidence.name, title: proposal.title },
    evidenceHash: loaded.hash,
    chainId: proposal.chainId,
    block: { number: block.number, hash: block.hash, stateRoot: evidence.state.block.stateRoot, timestampSeconds: block.timestampSeconds },
    proven: {
      accounts: isProven ? accounts.length : 0,
      slots: isProven ? accounts.reduce((sum, { storage }) => sum + Object.keys(storage).length, 0) : 0,
      calls,
    },
    sources: { texts: evidence.sources.texts.length, contracts: evidence.sources.units.length, recompiled: options.recompile },
    trusted: listTrusted(evidence, assessment, options.recompile),
    effectsHash: assessment.simulation.effectsHash,
    simulationHash: sha256(simulationText),
    reportHash: sha256(reportText),
    refusals: assessment.findings.filter(({ severity }) => severity === "refuse").length,
    producedBy: evidence.producedBy,
    equal: difference === undefined,
    difference,
  };
}

/** @throws LPCTL_EVIDENCE_OTHER_PROPOSAL, LPCTL_EVIDENCE_INVALID, and what parseProposal throws */
function readProposal(evidence: Evidence, expected: Proposal | undefined): Proposal {
  const proposal = asRefusal(() => parseProposal(JSON.stringify(evidence.proposal), "The proposal in the evidence"));
  if (expected !== undefined && expected.id !== proposal.id) {
    throw refuseEvidence("LPCTL_EVIDENCE_OTHER_PROPOSAL", "The evidence is of another proposal", `it is of ${proposal.id}, not of ${expected.id}`);
  }
  if (evidence.state.chainId !== proposal.chainId) {
    throw refuseEvidence("LPCTL_EVIDENCE_OTHER_PROPOSAL", "The evidence is of another chain than its proposal", `its state is of chain ${evidence.state.chainId}, the proposal is for chain ${proposal.chainId}`);
  }
  return proposal;
}

function readBundle({ bundle }: Evidence, proposal: Proposal): SafeBundle | undefined {
  if (bundle === null) return undefined;
  const parsed = asRefusal(() => parseBundle(JSON.stringify(bundle), "The Safe transaction in the evidence"));
  if (parsed.proposalId === proposal.id && parsed.chainId === proposal.chainId) return parsed;
  throw refuseEvidence("LPCTL_EVIDENCE_OTHER_PROPOSAL", "The Safe transaction in the evidence is of another proposal", `it is of ${String(parsed.proposalId)}, not of ${proposal.id}`);
}

/** A part that cannot be read makes the whole file one that must not be believed. */
function asRefusal<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LpctlError) || error.exit === Exit.refused) throw error;
    throw refuseEvidence("LPCTL_EVIDENCE_INVALID", error.message, error.why ?? "its form is another", error);
  }
}

/** @throws LPCTL_EVIDENCE_STATE_DIFFERS */
function verifyState({ state, proof }: Evidence): void {
  if ("unproven" in proof) return;
  try {
    verifyRecordedState(state, proof);
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    throw refuseEvidence("LPCTL_EVIDENCE_STATE_DIFFERS", "The state in the evidence is not that of its block", [error.message, error.why].join(": "), error);
  }
}

function worthOf({ state, proof }: Evidence): StateEvidence {
  return "unproven" in proof ? { proof: "unproven", why: proof.unproven } : { proof: "proven", stateRoot: state.block.stateRoot };
}

function factsOf({ local }: Evidence): LocalFacts {
  return async (name, schema) => {
    const parsed = schema.safeParse(Object.hasOwn(local, name) ? local[name] : undefined);
    if (parsed.success) return parsed.data;
    throw refuseEvidence("LPCTL_EVIDENCE_NOT_RECORDED", `The evidence does not hold what the machine that made it said of ${printable(name)}`, "the file was edited, or made by another version of lpctl");
  };
}

/**
 * How many calls of contracts the local chain answered as the file does.
 * @throws LPCTL_EVIDENCE_ANSWER_DIFFERS for one it answers otherwise and the file does not own up to
 */
function requireConfirmed({ answers, unconfirmed, state }: Evidence, { record }: Assessment): number {
  const tell = answerFromState(state);
  const admitted = new Set(unconfirmed.flatMap((index) => answers.slice(index, index + 1)).map(({ method, params }) => requestKey(method, params)));
  let confirmed = 0;
  for (const answer of record.answers().filter(({ method }) => isOfState(method))) {
    if (record.confirmed.has(answer)) confirmed += answer.method === "eth_call" ? 1 : 0;
    else if (tell(answer.method, answer.params) === undefined && !admitted.has(requestKey(answer.method, answer.params))) throw answerDiffers(answer.params[0]);
  }
  return confirmed;
}

async function assessAgain(project: Project, proposal: Proposal, evidence: Evidence): Promise<Assessment> {
  try {
    return await assessProposal(project, proposal, evidence.name);
  } catch (error) {
    throw await whyNot(evidence, error);
  } finally {
    await project.witness?.close();
  }
}

/** An altered answer leads astray in a hundred ways, so the answers are asked again before anything else is blamed. */
async function whyNot(evidence: Evidence, error: unknown): Promise<unknown> {
  if (!(error instanceof LpctlError) || /^LPCTL_(EVIDENCE|STATE)_/.test(error.code)) return error;
  const { answers, state } = evidence;
  const fork = await startForkOf(await startRecorded(state));
  try {
    const wrong = await unconfirmedAnswers(fork.rpc, fork.block.number, answers).catch(() => []);
    const first = wrong.find((index) => !evidence.unconfirmed.includes(index));
    if (first !== undefined) return answerDiffers(answers[first]?.params[0]);
  } finally {
    await fork.stop();
  }
  return new LpctlError({
    code: "LPCTL_EVIDENCE_DIFFERENT",
    exit: Exit.different,
    message: "What was recorded cannot be made again",
    why: [error.message, error.why].filter((part) => part !== undefined).join(": "),
    next: `Try the version that made the file: ${evidence.producedBy}`,
    cause: error,
  });
}

function answerDiffers(call: unknown): LpctlError {
  const what = printable(JSON.stringify(call ?? null).slice(0, 200));
  return refuseEvidence("LPCTL_EVIDENCE_ANSWER_DIFFERS", "An answer in the evidence is not the one that the chain gives", `asked of the state in the file, ${what} gives another answer`);
}

const BLOCK_OF_SIMULATION = z.object({ block: z.object({ hash: z.string() }) });

async function compareOutcome(outcome: {
  path: string;
  recorded: string;
  reportText: string;
  simulationText: string;
  stored: StoredProposal | undefined;
}): Promise<Reproduction["difference"]> {
  const { path, recorded, reportText, simulationText, stored } = outcome;
  const paths = stored === undefined ? undefined : recordPaths(stored);
  const simulation = paths === undefined ? undefined : await loadText(paths.simulation);
  const pairs: [file: string, there: string | undefined, here: string][] = [
    [path, recorded, reportText],
    ...(paths === undefined
      ? []
      : ([
          // Executing keeps the last simulation before it, of a later block than the evidence; report.json holds the one of here.
          [paths.simulation, isOfOtherBlock(simulation, simulationText) ? undefined : simulation, simulationText],
          [paths.json, await loadText(paths.json), reportText],
        ] satisfies [string, string | undefined, string][])),
  ];
  for (const [file, there, here] of pairs) {
    if (there === undefined || there === here) continue;
    return { file, ...(firstDifference(parse(there), parse(here)) ?? { path: "", recorded: "the same content", found: "other spaces or another order" }) };
  }
  return undefined;
}

function isOfOtherBlock(there: string | undefined, here: string): boolean {
  const [left, right] = [there, here].map((text) => BLOCK_OF_SIMULATION.safeParse(parse(text ?? "")));
  return left?.success === true && right?.success === true && left.data.block.hash !== right.data.block.hash;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(0, 200);
  }
}

function sha256(text: string): Hex {
  return `0x${createHash("sha256").update(text).digest("hex")}`;
}
