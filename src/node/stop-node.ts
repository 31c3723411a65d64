import { stopProcess } from "../chain/anvil.ts";
import { Exit, LpctlError } from "../errors.ts";
import { loadNodeRecord, lockNode, removeNodeRecord, type NodeRecord } from "./node-record.ts";
import { isRecordedProcess, observeNode } from "./observe-node.ts";

export interface StoppedNode {
  /** False when there was nothing to stop. */
  stopped: boolean;
  /** What was found, one sentence. */
  account: string;
  record: NodeRecord | undefined;
}

/**
 * Ends the local chain of a project and forgets it. Only ever ends the anvil that `node start` started.
 * @throws LPCTL_NODE_BUSY, LPCTL_NODE_NOT_OURS, LPCTL_NODE_RECORD_UNREADABLE
 */
export async function stopNode(projectFolder: string): Promise<StoppedNode> {
  if ((await loadNodeRecord(projectFolder)) === undefined) return nothingRuns();
  const unlock = lockNode(projectFolder);
  try {
    const record = await loadNodeRecord(projectFolder);
    if (record === undefined) return nothingRuns();
    return await endRecorded(projectFolder, record);
  } finally {
    unlock();
  }
}

/** The same for whoever holds the lock already. */
export async function endRecorded(projectFolder: string, record: NodeRecord): Promise<StoppedNode> {
  const { state } = await observeNode(record);
  const runs = state === "running" || state === "silent";
  if (runs) {
    if (!(await isRecordedProcess(record))) throw notOurs(record);
    await stopProcess(record.pid);
  }
  removeNodeRecord(projectFolder);
  const account = {
    running: `Stopped the local chain on port ${record.port} (process ${record.pid}).`,
    silent: `Stopped the local chain on port ${record.port} (process ${record.pid}), which did not answer any more.`,
    replaced: `The local chain had ended already, and another program answers on port ${record.port} now; it was left alone.`,
    gone: `The local chain on port ${record.port} (process ${record.pid}) had ended already.`,
  }[state];
  return { stopped: runs, account, record };
}

function nothingRuns(): StoppedNode {
  return { stopped: false, account: "No local chain of this project is running.", record: undefined };
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
