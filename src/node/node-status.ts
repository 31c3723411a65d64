import type { Address } from "../protocol/hex.ts";
import { loadNodeRecord, type NodeRecord } from "./node-record.ts";
import { observeNode } from "./observe-node.ts";
import type { Phase } from "./phase.ts";

export interface NodeStatus {
  /** `starting`: its contracts are being deployed, or that was broken off. The others as in `NodeState`; `stopped` covers `gone`. */
  state: "running" | "starting" | "silent" | "replaced" | "stopped";
  /** One sentence. */
  account: string;
  network: string | null;
  rpcUrl: string | null;
  chainId: bigint | null;
  pid: number | null;
  phase: Phase | null;
  controller: Address | null;
  blockNumber: bigint | null;
  blockTimeSeconds: string | null;
  startedAt: string | null;
}

/** The truth about the local chain of a project: asked of the chain and the process table. Changes nothing. */
export async function readNodeStatus(projectFolder: string): Promise<NodeStatus> {
  const record = await loadNodeRecord(projectFolder);
  if (record === undefined) return { ...facts(undefined), state: "stopped", account: "No local chain of this project is running." };
  const observed = await observeNode(record);
  const at = `port ${record.port}`;
  switch (observed.state) {
    case "running": {
      const starting = record.controller === null;
      const account = starting
        ? `A local chain runs on ${at}, and its contracts are not all deployed.`
        : `A local chain runs at ${record.rpcUrl}.`;
      return { ...facts(record), state: starting ? "starting" : "running", account, blockNumber: observed.blockNumber };
    }
    case "silent":
      return { ...facts(record), state: "silent", account: `The local chain on ${at} (process ${record.pid}) does not answer.` };
    case "replaced":
      return { ...facts(record), state: "replaced", account: `The local chain has ended, and another program answers on ${at} now.` };
    case "gone":
      return { ...facts(record), state: "stopped", account: `The local chain on ${at} (process ${record.pid}) has ended without being stopped.` };
  }
}

function facts(record: NodeRecord | undefined): Omit<NodeStatus, "state" | "account"> {
  return {
    network: record?.network ?? null,
    rpcUrl: record?.rpcUrl ?? null,
    chainId: record?.chainId ?? null,
    pid: record?.pid ?? null,
    phase: record?.phase ?? null,
    controller: record?.controller ?? null,
    blockNumber: null,
    blockTimeSeconds: record === undefined ? null : String(record.blockTimeSeconds),
    startedAt: record?.startedAt ?? null,
  };
}

/** The same for people, and what to type next. */
export function describeStatus(status: NodeStatus): { text: string; next: string | undefined } {
  const facts: [name: string, value: string | null][] = [
    ["state", status.state],
    ["network", status.network],
    ["chain id", status.chainId?.toString() ?? null],
    ["block", status.blockNumber?.toString() ?? null],
    ["block time", status.blockTimeSeconds === null ? null : describeBlockTime(status.blockTimeSeconds)],
    ["phase", status.phase],
    ["Controller", status.controller],
    ["process", status.pid?.toString() ?? null],
    ["started", status.startedAt],
  ];
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(10)}  ${value}`]));
  return { text: [status.account, ...lines].join("\n"), next: nextOf(status) };
}

function describeBlockTime(seconds: string): string {
  return seconds === "0" ? "a block per transaction" : `${seconds} s, and at once for a transaction`;
}

function nextOf({ state }: NodeStatus): string | undefined {
  if (state === "running") return undefined;
  return state === "silent" || state === "starting" ? "lpctl node stop" : "lpctl node start";
}
