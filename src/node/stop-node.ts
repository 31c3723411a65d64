import { stopProcess } from "../chain/anvil.ts";
import { Exit, LpctlError } from "../errors.ts";
import { forgetState, readKeptState } from "./kept-state.ts";
import { loadNodeRecord, lockNode, removeNodeRecord, saveNodeRecord, type NodeRecord } from "./node-record.ts";
import { stopRunner } from "./runner/runner-process.ts";
import { isRecordedProcess, observeNode } from "./observe-node.ts";

export interface StoppedNode {
  /** False when there was nothing to stop. */
  stopped: boolean;
  /** What was found and done, in sentences. */
  account: string;
  record: NodeRecord | undefined;
  /** The block at which the chain is kept; null when nothing is kept. */
  keptAtBlock: bigint | null;
}

/** Long enough to write down the state of a chain of many days. */
const PATIENCE_MS = 60_000;

/**
 * Stops the local chain of a project and keeps its state, unless it is to be forgotten. Only ever ends the anvil that
 * `node start` started.
 * @throws LPCTL_NODE_BUSY, LPCTL_NODE_NOT_OURS, LPCTL_NODE_RECORD_UNREADABLE, LPCTL_NODE_OTHER_VERSION
 */
export async function stopNode(projectFolder: string, { forget }: { forget: boolean }): Promise<StoppedNode> {
  const found = await loadRecord(projectFolder, forget);
  if (found === undefined) return nothingRuns();
  const unlock = lockNode(projectFolder);
  try {
    const record = await loadRecord(projectFolder, forget);
    if (record === undefined) return nothingRuns();
    if (record === "unreadable") {
      await forgetAll(projectFolder);
      return { stopped: false, account: "Forgot a local chain whose record could not be read. If it still runs, it has to be ended by hand (look for anvil).", record: undefined, keptAtBlock: null };
    }
    return await stopRecorded(projectFolder, record, forget);
  } finally {
    unlock();
  }
}

async function stopRecorded(projectFolder: string, record: NodeRecord, forget: boolean): Promise<StoppedNode> {
  const ended = record.stoppedAt === null ? await endRecorded(projectFolder, record) : { stopped: false, account: "No local chain of this project is running." };
  const half = record.controller === null;
  const kept = half ? undefined : await readKeptState(projectFolder, record);
  if (half || forget) {
    await forgetAll(projectFolder);
    const forgot = kept === undefined ? undefined : `Forgot what was kept of it, up to block ${kept.blockNumber}.`;
    return { ...ended, account: [ended.account, ...(forgot === undefined ? [] : [forgot])].join(" "), record, keptAtBlock: null };
  }
  await saveNodeRecord(projectFolder, { ...record, stoppedAt: record.stoppedAt ?? new Date().toISOString() });
  const account =
    kept === undefined
      ? `${ended.account} Its state cannot be read; begin anew with: lpctl node start --fresh`
      : `${ended.account} It is kept at block ${kept.blockNumber}: lpctl node start goes on from there, lpctl node stop --forget deletes it.`;
  return { ...ended, account, record, keptAtBlock: kept?.blockNumber ?? null };
}

/** Ends what a record says is running, actors first, for whoever holds the lock. What is kept of the chain stays. */
export async function endRecorded(projectFolder: string, record: NodeRecord): Promise<{ stopped: boolean; account: string }> {
  const { state } = await observeNode(record);
  const runs = state === "running" || state === "silent";
  if (runs) {
    if (!(await isRecordedProcess(record))) throw notOurs(record);
  }
  await stopRunner(projectFolder);
  if (runs) {
    await (state === "running" ? stopProcess(record.pid, PATIENCE_MS) : stopProcess(record.pid));
  }
  const account = {
    running: `Stopped the local chain on port ${record.port} (process ${record.pid}).`,
    silent: `Stopped the local chain on port ${record.port} (process ${record.pid}), which did not answer any more.`,
    replaced: `The local chain had ended already, and another program answers on port ${record.port} now; it was left alone.`,
    gone: `The local chain on port ${record.port} (process ${record.pid}) had ended already.`,
  }[state];
  return { stopped: runs, account };
}

async function loadRecord(projectFolder: string, forget: boolean): Promise<NodeRecord | "unreadable" | undefined> {
  try {
    return await loadNodeRecord(projectFolder);
  } catch (error) {
    if (forget && error instanceof LpctlError && (error.code === "LPCTL_NODE_RECORD_UNREADABLE" || error.code === "LPCTL_NODE_OTHER_VERSION")) return "unreadable";
    throw error;
  }
}

async function forgetAll(projectFolder: string): Promise<void> {
  removeNodeRecord(projectFolder);
  await forgetState(projectFolder);
}

function nothingRuns(): StoppedNode {
  return { stopped: false, account: "No local chain of this project is running.", record: undefined, keptAtBlock: null };
}

function notOurs(record: NodeRecord): LpctlError {
  return new LpctlError({
    code: "LPCTL_NODE_NOT_OURS",
    exit: Exit.refused,
    message: `The chain on port ${record.port} is the one that was started, but process ${record.pid} is not its anvil.`,
    why: "Ending a process by a number that may belong to something else is not safe.",
    next: `End the program that listens on port ${record.port} by hand, then: lpctl node stop`,
    details: { pid: record.pid, port: record.port },
  });
}
