import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { loadJournal } from "../chain/journal.ts";
import { takeLock } from "../chain/lock-file.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Project } from "../inspection/project.ts";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { readDeployerFindings } from "./check-genesis-chain.ts";
import { checkGenesis, requireGenesisAccepted, shareOf, type Share } from "./check-genesis.ts";
import { receiversOf } from "./check-genesis-receivers.ts";
import { formatInstant } from "./check-genesis-time.ts";
import type { GenesisFinding } from "./genesis-findings.ts";
import { readEffect } from "./genesis-progress.ts";
import { genesisPaths, loadGenesisRecord, recordOf, saveGenesisRecord, type GenesisPaths, type GenesisRecord } from "./genesis-record.ts";
import { loadGenesis, type LoadedGenesis } from "./load-genesis-file.ts";
import { predictGenesis } from "./predict-genesis.ts";
import { loadPrediction, savePrediction, type Prediction } from "./prediction.ts";
import { compileSuite, prepareGenesis, type PreparedGenesis } from "./prepare-genesis.ts";

/** A genesis that may be sent: checked and simulated, or begun earlier and the same still. */
export interface OpenedGenesis {
  loaded: LoadedGenesis;
  paths: GenesisPaths;
  prepared: PreparedGenesis;
  record: GenesisRecord;
  prediction: Prediction;
  /** Of the check; empty when it goes on from an earlier run. */
  findings: GenesisFinding[];
  share: Share | undefined;
  /** True when something of it is on the chain, or was signed. */
  isBegun: boolean;
  /** How many of its transactions are known to be mined. */
  done: number;
}

export interface AssessedGenesis {
  loaded: LoadedGenesis;
  findings: GenesisFinding[];
  share: Share | undefined;
  /** Undefined where the findings refuse already, and without a chain or a deployer. */
  prepared?: PreparedGenesis | undefined;
  prediction?: Prediction | undefined;
}

/**
 * Checks a genesis, and where a deployer is known simulates all of it on a fork. Nothing is written, signed or sent.
 * @param project undefined: nothing is asked of a chain
 * @throws what `loadGenesis` and `predictGenesis` throw
 */
export async function assessGenesis(project: Project | undefined, loaded: LoadedGenesis, options: { deployer: Address | undefined; compilerCaches: string[]; nowSeconds: bigint }): Promise<AssessedGenesis> {
  const { deployer, compilerCaches, nowSeconds } = options;
  project?.progress?.(`Checking ${loaded.parsed.path}`);
  const findings = await checkGenesis(loaded, { rpc: project?.rpc, nowSeconds });
  const share = shareOf(loaded);
  if (project === undefined || deployer === undefined) return { loaded, findings, share };
  findings.push(...(await readDeployerFindings(project.rpc, deployer, undefined)));
  if (findings.some(isRefusal)) return { loaded, findings: sorted(findings), share };
  project.progress?.("Compiling the contracts");
  const [artifacts, firstNonce] = await Promise.all([compileSuite(compilerCaches), project.rpc.nonce(deployer, "latest")]);
  const prepared = await prepareGenesis(loaded, artifacts, { deployer, firstNonce });
  findings.push(...ownContractFindings(loaded, prepared));
  if (findings.some(isRefusal)) return { loaded, findings: sorted(findings), share, prepared };
  const { transactions } = prepared.plan;
  project.progress?.(`Simulating all ${transactions.length} transactions on a fork`);
  const prediction = await predictGenesis({ rpcUrl: project.rpc.url, plan: prepared.plan, artifacts, contracts: prepared.suite });
  findings.push(...(await readDeployerFindings(project.rpc, deployer, prediction.gasUsed)));
  return { loaded, findings: sorted(findings), share, prepared, prediction };
}

/**
 * Opens a genesis for sending: a new one is checked, simulated and recorded, one that was begun must be the same still.
 * @throws LPCTL_GENESIS_REFUSED, LPCTL_GENESIS_CHANGED, LPCTL_GENESIS_OTHER_DEPLOYER, and what the parts throw
 */
export async function openGenesis(project: Project, path: string, deployer: Address, nowSeconds: bigint): Promise<OpenedGenesis> {
  const loaded = await loadGenesis(path);
  const paths = await genesisPaths(project.folder, project.network, project.rpc);
  const earlier = await loadGenesisRecord(paths.record);
  if (earlier !== undefined && (await isBegun(project.rpc, paths, earlier))) return goOn(project, loaded, paths, earlier, deployer);

  const { findings, share, prepared, prediction } = await assessGenesis(project, loaded, { deployer, compilerCaches: project.compilerCaches, nowSeconds });
  requireGenesisAccepted(path, findings, false, `lpctl genesis check ${path} --network ${project.network} --deployer ${deployer}`);
  if (prepared === undefined || prediction === undefined) throw new Error("an accepted genesis is simulated");
  const { hash: genesisHash } = await project.rpc.block(0n);
  const record = recordOf(prepared, { chainId: project.chainId, genesisHash, file: path, fileHash: loaded.fileHash });
  return { loaded, paths, prepared, record, prediction, findings, share, isBegun: false, done: 0 };
}

/** Puts on the disk what an interrupted run is continued from. `runGenesis` does it, before anything is signed. */
export async function recordGenesis({ paths, prepared, record, prediction, isBegun: begun }: OpenedGenesis): Promise<void> {
  if (begun) return;
  await mkdir(paths.folder, { recursive: true });
  await savePrediction(paths.prediction, prediction);
  await saveGenesisRecord(paths, record, prepared);
}

/**
 * Keeps other runs of a genesis on this chain out until the returned function is called.
 * @throws LPCTL_JOURNAL_LOCKED; LPCTL_GENESIS_CHANGED when another plan was begun since this one was opened
 */
export async function lockGenesis(rpc: Rpc, { loaded, paths, record }: OpenedGenesis): Promise<() => void> {
  await mkdir(paths.folder, { recursive: true });
  const unlock = takeLock(join(paths.folder, "run.lock"));
  try {
    const earlier = await loadGenesisRecord(paths.record);
    if (earlier !== undefined && earlier.planHash !== record.planHash && (await isBegun(rpc, paths, earlier))) {
      throw changed(earlier, paths, loaded.parsed.path, "another run of lpctl began another plan while this one was looked at");
    }
    return unlock;
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Something was signed, or is on the chain. A record alone is a run that was ended before it sent anything. */
async function isBegun(rpc: Rpc, paths: GenesisPaths, { planHash, controller }: GenesisRecord): Promise<boolean> {
  const journal = await loadJournal(paths.journalOf(planHash));
  if (journal?.operations.some(({ attempts, status }) => attempts.length > 0 || status !== "waiting") === true) return true;
  return (await rpc.code(controller)) !== "0x";
}

async function goOn(project: Project, loaded: LoadedGenesis, paths: GenesisPaths, record: GenesisRecord, deployer: Address): Promise<OpenedGenesis> {
  if (record.deployer !== deployer) {
    throw new LpctlError({
      code: "LPCTL_GENESIS_OTHER_DEPLOYER",
      exit: Exit.refused,
      message: `This genesis was begun by ${record.deployer}, and the key is that of ${deployer}`,
      why: "The new contracts obey the account that deployed them.",
      next: `Give the key of ${record.deployer} with --key`,
    });
  }
  if (loaded.fileHash !== record.fileHash) throw changed(record, paths, loaded.parsed.path, `${loaded.parsed.path} is not the file it was begun with: its sha256 is ${loaded.fileHash}, and was ${record.fileHash}`);
  if ((loaded.recipients?.root ?? null) !== (record.recipients?.root ?? null)) {
    throw changed(record, paths, loaded.parsed.path, `The list of recipients has another root: ${loaded.recipients?.root ?? "none"}, and had ${record.recipients?.root ?? "none"}`);
  }
  project.progress?.("Compiling the contracts");
  const artifacts = await compileSuite(project.compilerCaches);
  const { firstNonce, gitCommitHash } = record;
  const prepared = await prepareGenesis(loaded, artifacts, { deployer, firstNonce, gitCommitHash });
  if (prepared.planHash !== record.planHash) {
    throw changed(record, paths, loaded.parsed.path, `The same file gives another plan now (${prepared.planHash}, and was ${record.planHash}): lpctl carries other contracts than then`);
  }
  const prediction = await loadPrediction(paths.prediction);
  if (prediction === undefined) throw changed(record, paths, loaded.parsed.path, `${paths.prediction} is missing: the state that was agreed to`);
  await requireTimelocksPossible(project.rpc, loaded, prepared, paths);
  const journal = await loadJournal(paths.journalOf(record.planHash));
  const done = journal?.operations.filter(({ status }) => status === "confirmed" || status === "skipped").length ?? 0;
  return { loaded, paths, prepared, record, prediction, findings: [], share: shareOf(loaded), isBegun: true, done };
}

/** Once the grants have started no timelock can be made any more: what is not granted then would be locked for ever. */
async function requireTimelocksPossible(rpc: Rpc, { parsed }: LoadedGenesis, prepared: PreparedGenesis, { folder }: GenesisPaths): Promise<void> {
  const { startSeconds } = parsed.file.grants;
  const { timestampSeconds } = await rpc.block("latest");
  if (timestampSeconds < startSeconds) return;
  const grants = prepared.plan.transactions.filter(({ id }) => id.startsWith("grant:community:"));
  const made = await Promise.all(grants.map((grant) => readEffect(rpc, prepared, grant, undefined)));
  const missing = made.filter((isMade) => isMade !== true).length;
  if (missing === 0) return;
  throw new LpctlError({
    code: "LPCTL_GENESIS_START_PASSED",
    exit: Exit.refused,
    message: `The grants have started, and ${missing} of ${grants.length} timelocks of the community are not made yet`,
    why: `grants.start is ${formatInstant(startSeconds)}, the newest block is of ${formatInstant(timestampSeconds)}; a timelock cannot be created after its release. Nothing was signed.`,
    next: `Begin anew with a later start: move ${folder} away, correct the file, then lpctl genesis run ${parsed.path}.`,
    details: { missing, startSeconds },
  });
}

function changed(record: GenesisRecord, { folder }: GenesisPaths, path: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_GENESIS_CHANGED",
    exit: Exit.refused,
    message: "This genesis was begun on this chain, and it is not the same any more",
    why: printable(why),
    next: `Go on with what it was begun with, or begin another: move ${folder} away, then lpctl genesis run ${path}`,
    details: { planHash: record.planHash, fileHash: record.fileHash, folder },
  });
}

/** A grant to a contract of the genesis itself would be locked there. */
function ownContractFindings({ parsed }: LoadedGenesis, { suite, genesis }: PreparedGenesis): Finding[] {
  const own = new Map<Address, string>([
    ...Object.entries(suite.targets).map(([name, address]): [Address, string] => [address, `the logic of ${name}`]),
    ...Object.entries(suite.contracts).map(([name, address]): [Address, string] => [address, name]),
    [suite.controller, "Controller"],
    [genesis.genesisManager, "GenesisManager"],
    [genesis.distribution.address, genesis.distribution.kind],
  ]);
  return receiversOf(parsed).flatMap(({ address, what, keyPath }) => {
    const name = own.get(address);
    if (name === undefined) return [];
    const { line, column } = parsed.placeOf(keyPath);
    return [{ severity: "refuse", code: "genesis-receiver-contract", title: `${what}, ${address}, is where this genesis would deploy ${name}.`, detail: `${parsed.path}:${line}:${column}`, line, column }];
  });
}

function sorted(findings: readonly GenesisFinding[]): GenesisFinding[] {
  const order = { refuse: 0, warning: 1, info: 2 };
  return findings.toSorted((left, right) => order[left.severity] - order[right.severity]);
}

function isRefusal({ severity }: Finding): boolean {
  return severity === "refuse";
}
