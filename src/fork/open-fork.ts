import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { loadJournal } from "../chain/journal.ts";
import { takeLock } from "../chain/lock-file.ts";
import { formatTag, type Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Project } from "../inspection/project.ts";
import { packageRoot } from "../package-root.ts";
import { hash32Schema, quantitySchema, type Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { NO_COMMIT, readGitCommit } from "../solidity/git-commit.ts";
import { readContractBlock } from "../voting/contract-block.ts";
import { checkFork, readForkBill, type ForkBill } from "./check-fork.ts";
import { forkPaths, loadForkRecord, saveClaims, saveForkRecord, type ForkPaths, type ForkRecord } from "./fork-record.ts";
import type { ForkClock } from "./fork-terms.ts";
import { loadFork, type LoadedFork } from "./load-fork-file.ts";
import { compileReplacedCode } from "./replaced-code.ts";
import { compileForkSuite, prepareFork, type PreparedFork } from "./prepare-fork.ts";

/** A fork as it may be sent, or as far as it was sent already. */
export interface OpenedFork {
  loaded: LoadedFork;
  paths: ForkPaths;
  prepared: PreparedFork;
  record: ForkRecord;
  bill: ForkBill;
  /** Empty when it goes on from an earlier run. */
  findings: Finding[];
  /** True when something of it is on the chain, or was signed. */
  isBegun: boolean;
  /** How many of its transactions are known to be mined. */
  done: number;
}

/**
 * Opens a fork: a new one is worked out and checked, one that was begun must be the same still. Nothing is written, signed or sent.
 * @param deployer undefined: that of an earlier run, for looking at it
 * @throws LPCTL_FORK_OTHER_CHAIN, LPCTL_FORK_CHANGED, LPCTL_FORK_OTHER_DEPLOYER, LPCTL_FORK_NOT_BEGUN, and what the parts throw
 */
export async function openFork(project: Project, path: string, deployer: Address | undefined): Promise<OpenedFork> {
  project.progress?.("Reading the snapshot");
  const loaded = await loadFork(path, project.compilerCaches);
  const { file } = loaded.parsed;
  if (file.chainId !== project.chainId) throw otherChain(loaded, project);
  const paths = await forkPaths(project.folder, project.network, project.rpc, loaded.snapshot.id);
  const earlier = await loadForkRecord(paths.record);
  const isBegun = earlier !== undefined && (await hasBegun(project.rpc, paths, earlier));
  if (earlier !== undefined && isBegun) requireSame(loaded, paths, earlier, deployer);
  const from = isBegun ? earlier?.deployer : deployer;
  if (from === undefined) throw notBegun(path, project);
  const planned = isBegun && earlier !== undefined ? earlier : await planOn(project.rpc, loaded, from);
  project.progress?.("Compiling the contracts");
  const artifacts = await compileForkSuite(project.compilerCaches);
  const replaced = await compileReplacedCode(project, loaded);
  project.progress?.("Working out every word of the fork");
  const { block, timestampSeconds, blockGasLimit, clock, firstNonce, gitCommitHash } = planned;
  const prepared = await prepareFork(loaded.view, {
    deployer: from,
    firstNonce,
    gitCommitHash,
    snapshotId: loaded.snapshot.id,
    artifacts,
    code: replaced.code,
    chain: { chainId: project.chainId, block, timestampSeconds, blockGasLimit },
    terms: { owner: file.owner, unpause: file.unpause, parameters: loaded.parameters.values, excluded: file.excluded, moved: file.moved, clock, loading: file.loading },
  });
  const bill = await readForkBill(project.rpc, prepared);
  if (earlier !== undefined && isBegun) {
    if (prepared.planHash !== earlier.planHash) throw changed(loaded, paths, `The same file and snapshot give another plan now (${prepared.planHash}, and was ${earlier.planHash}): ${replaced.code.length === 0 ? "" : "a source that the file names was changed, or "}lpctl carries other contracts than then`);
    requireDerived(loaded, paths, earlier, prepared);
    const journal = await loadJournal(paths.journalOf(earlier.planHash));
    const done = journal?.operations.filter(({ status }) => status === "confirmed" || status === "skipped").length ?? 0;
    return { loaded, paths, prepared, record: earlier, bill, findings: [], isBegun, done };
  }
  const findings = [...replaced.findings, ...(await checkFork(project.rpc, loaded, prepared, bill))];
  const { hash: genesisHash } = await project.rpc.block(0n);
  const { deployed, planHash, loader } = prepared;
  const record: ForkRecord = {
    schema: 1,
    chainId: project.chainId,
    genesisHash,
    file: path,
    fileHash: loaded.fileHash,
    snapshot: loaded.snapshot.id,
    deployer: from,
    planHash,
    ...planned,
    controller: deployed.controller,
    contracts: deployed.contracts,
    targets: deployed.targets,
    loader,
    ...claimsOf(prepared),
  };
  return { loaded, paths, prepared, record, bill, findings, isBegun: false, done: 0 };
}

/**
 * Keeps other runs of this fork out, and puts on the disk what an interrupted run is continued from.
 * @returns gives the lock back
 * @throws LPCTL_JOURNAL_LOCKED
 */
export async function beginFork({ paths, record, prepared, isBegun }: OpenedFork): Promise<() => void> {
  await mkdir(paths.folder, { recursive: true });
  const unlock = takeLock(join(paths.folder, "run.lock"));
  try {
    if (isBegun) await saveClaims(paths, prepared);
    else await saveForkRecord(paths, record, prepared);
    return unlock;
  } catch (error) {
    unlock();
    throw error;
  }
}

type Planned = Pick<ForkRecord, "firstNonce" | "gitCommitHash" | "block" | "timestampSeconds" | "blockGasLimit" | "clock">;

/** What the plan takes from the chain, decided once. */
async function planOn(rpc: Rpc, loaded: LoadedFork, deployer: Address): Promise<Planned> {
  const { file } = loaded.parsed;
  const head = await readContractBlock(rpc, "latest");
  const [firstNonce, { gasLimit }] = await Promise.all([
    rpc.nonce(deployer, "latest"),
    rpc.request("eth_getBlockByNumber", [formatTag(head.number), false], z.object({ gasLimit: quantitySchema })),
  ]);
  const gitCommitHash = file.gitCommit ?? (await readGitCommit(packageRoot()))?.hash ?? NO_COMMIT;
  const clock = await clockOf(rpc, loaded, head.contractNumber);
  return { firstNonce, gitCommitHash, block: head.number, timestampSeconds: head.timestampSeconds, blockGasLimit: gasLimit, clock };
}

/** On the chain of the snapshot blocks are what they are; on another the newest block is what the snapshot's was. */
async function clockOf(rpc: Rpc, { parsed, view }: LoadedFork, head: bigint): Promise<ForkClock> {
  const { clock } = parsed.file;
  const snapshotBlock = clock.snapshotBlock ?? view.blockNumber;
  if (clock.forkBlock !== undefined) return { snapshotBlock, forkBlock: clock.forkBlock };
  const { number, hash } = view.state.block;
  const same = await rpc.request("eth_getBlockByNumber", [number, false], z.object({ hash: hash32Schema }).nullable());
  return { snapshotBlock, forkBlock: same?.hash === hash ? snapshotBlock : head };
}

/** Something was signed, or is on the chain. A record alone is a run that was ended before it sent anything. */
async function hasBegun(rpc: Rpc, paths: ForkPaths, { planHash, controller }: ForkRecord): Promise<boolean> {
  const journal = await loadJournal(paths.journalOf(planHash));
  if (journal?.operations.some(({ attempts, status }) => attempts.length > 0 || status !== "waiting") === true) return true;
  return (await rpc.code(controller)) !== "0x";
}

function requireSame(loaded: LoadedFork, paths: ForkPaths, record: ForkRecord, deployer: Address | undefined): void {
  if (deployer !== undefined && record.deployer !== deployer) {
    throw new LpctlError({
      code: "LPCTL_FORK_OTHER_DEPLOYER",
      exit: Exit.refused,
      message: `This fork was begun by ${record.deployer}, and the key is that of ${deployer}`,
      why: "The new contracts obey the account that deployed them.",
      next: `Give the key of ${record.deployer} with --key`,
    });
  }
  const { path } = loaded.parsed;
  if (loaded.fileHash !== record.fileHash) throw changed(loaded, paths, `${path} is not the file it was begun with: its sha256 is ${loaded.fileHash}, and was ${record.fileHash}`);
}

/** What is shown for lpctl.yaml in the end is what the plan leads to, and not what somebody wrote into a file of the project. */
function requireDerived(loaded: LoadedFork, paths: ForkPaths, { controller, contracts, targets, loader, claims }: ForkRecord, prepared: PreparedFork): void {
  const { deployed, loader: planned } = prepared;
  const written: Record<string, string> = { controller, loader, ...contracts, ...targets };
  const derived: Record<string, string> = { controller: deployed.controller, loader: planned, ...deployed.contracts, ...deployed.targets };
  const isSame = isDeepStrictEqual({ controller, contracts, targets, loader }, { controller: deployed.controller, contracts: deployed.contracts, targets: deployed.targets, loader: planned });
  if (isSame && isDeepStrictEqual(claims, claimsOf(prepared).claims)) return;
  const name = Object.keys({ ...derived, ...written }).find((each) => written[each] !== derived[each]);
  throw changed(loaded, paths, `${paths.record} was changed: ${name === undefined ? "its addresses are" : `its ${name} is`} not what the plan leads to`);
}

function claimsOf({ plannedTail }: PreparedFork): Pick<ForkRecord, "claims"> {
  return plannedTail?.method === "claims" ? { claims: { contract: plannedTail.claims, root: plannedTail.tree.root } } : {};
}

function changed({ parsed }: LoadedFork, { folder }: ForkPaths, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_CHANGED",
    exit: Exit.refused,
    message: "This fork was begun on this chain, and it is not the same any more",
    why: printable(why),
    next: `Go on with what it was begun with, or begin another: move ${folder} away, then lpctl fork run ${parsed.path}`,
    details: { folder },
  });
}

function otherChain({ parsed }: LoadedFork, project: Project): LpctlError {
  const { line, column } = parsed.placeOf(["chainId"]);
  return new LpctlError({
    code: "LPCTL_FORK_OTHER_CHAIN",
    exit: Exit.refused,
    message: `${printable(parsed.path)}:${line}:${column} The fork is for chain ${parsed.file.chainId}, and ${project.network} is chain ${project.chainId}`,
    why: "a fork is planned, paid for and signed for one chain",
    next: "Choose the network with --network, or correct chainId in the file",
    details: { path: parsed.path, line, column, chainId: parsed.file.chainId, found: project.chainId },
  });
}

function notBegun(path: string, project: Project): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_NOT_BEGUN",
    exit: Exit.usage,
    message: `There is no fork of this snapshot on ${project.network} yet`,
    why: "nothing of it was sent from this project",
    next: `lpctl fork run ${path} --network ${project.network} --key NAME`,
  });
}
