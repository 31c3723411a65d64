import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replayRpc } from "../chain/replay-rpc.ts";
import type { Project } from "../inspection/project.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { useFastKeccak } from "../protocol/fast-keccak.ts";
import type { Hex } from "../protocol/hex.ts";
import { answerFromState } from "../simulation/evidence/answer-from-state.ts";
import type { Evidence } from "../simulation/evidence/evidence.ts";
import { loadEvidence } from "../simulation/evidence/evidence-file.ts";
import type { Difference } from "../simulation/evidence/first-difference.ts";
import { openLibrary } from "../simulation/evidence/open-library.ts";
import { recompileLibrary } from "../simulation/evidence/recompile-library.ts";
import { startForkAhead } from "../simulation/fork.ts";
import { formatSimulation } from "../simulation/result-file.ts";
import { startRecorded } from "../simulation/witness/witness.ts";
import { assessProposal, type Assessment } from "./assess-proposal.ts";
import { buildReportData } from "./build-report-data.ts";
import { compareOutcome } from "./compare-reproduction.ts";
import { requireConfirmed, whyNot } from "./confirm-evidence.ts";
import { listTrusted, type Trusted } from "./list-trusted.ts";
import { factsOf, readBundle, readProposal, verifyState, worthOf } from "./read-evidence.ts";
import { EVIDENCE_FILE, formatReport } from "./records.ts";

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
  const ahead = startForkAhead(witness);
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
  const assessment = await assessAgain(project, proposal, evidence, ahead);
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

async function assessAgain(project: Project, proposal: Proposal, evidence: Evidence, fork: { end: () => Promise<void> }): Promise<Assessment> {
  try {
    return await assessProposal(project, proposal, evidence.name);
  } catch (error) {
    throw await whyNot(evidence, error);
  } finally {
    await fork.end();
    await project.witness?.close();
  }
}

function sha256(text: string): Hex {
  return `0x${createHash("sha256").update(text).digest("hex")}`;
}
