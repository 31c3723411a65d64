import type { Address } from "../protocol/hex.ts";
import type { Profile } from "../protocol/profiles.ts";
import { readKeptState } from "./kept-state.ts";
import { loadNodeRecord, type NodeRecord } from "./node-record.ts";
import { observeNode } from "./observe-node.ts";
import type { Phase } from "./phase.ts";
import { formatAmount } from "./runner/amounts.ts";
import { readRunnerStatus, type RunnerReport } from "./runner/runner-process.ts";

export interface NodeStatus {
  /** `starting`: its contracts are being deployed, or that was broken off. The others as in `NodeState`; `stopped` covers `gone`. */
  state: "running" | "starting" | "silent" | "replaced" | "stopped";
  /** What is the case, in sentences. */
  account: string;
  network: string | null;
  rpcUrl: string | null;
  chainId: bigint | null;
  /** Null for a chain that was stopped; of one that ended by itself, the process that it was. */
  pid: number | null;
  profile: Profile | null;
  phase: Phase | null;
  controller: Address | null;
  /** Of a chain that runs. */
  blockNumber: bigint | null;
  /** The block at which a chain is kept that does not run; null when nothing is kept. */
  keptAtBlock: bigint | null;
  /** How far the chain's clock is ahead of this machine's, in seconds; below zero for behind. */
  clockAheadSeconds: number | null;
  blockTimeSeconds: string | null;
  startedAt: string | null;
  /** Null for a chain without actors. */
  actors: RunnerReport | null;
}

/** The truth about the local chain of a project: asked of the chain, the process table and the files. Changes nothing. */
export async function readNodeStatus(projectFolder: string): Promise<NodeStatus> {
  const record = await loadNodeRecord(projectFolder);
  const status = await readChainStatus(projectFolder, record);
  if (record === undefined || record.actors === null) return status;
  const actors = await readRunnerStatus(projectFolder);
  const lost = status.state !== "running" && status.state !== "starting" && (actors.state === "running" || actors.state === "entering");
  return { ...status, actors: lost ? { ...actors, account: `The actors (process ${actors.pid ?? 0}) wait for the chain.` } : actors };
}

async function readChainStatus(projectFolder: string, record: NodeRecord | undefined): Promise<NodeStatus> {
  if (record === undefined) return { ...facts(undefined), state: "stopped", account: "No local chain of this project is running." };
  if (record.stoppedAt !== null) return keptStatus(projectFolder, record, "The local chain is stopped.");
  const observed = await observeNode(record);
  const at = `port ${record.port}`;
  switch (observed.state) {
    case "running": {
      const starting = record.controller === null;
      const clockAheadSeconds = Number(observed.timestampSeconds) - Math.floor(Date.now() / 1000);
      const account = starting
        ? `A local chain runs on ${at}, and its contracts are not all deployed.`
        : [`A local chain runs at ${record.rpcUrl}.`, ...complainAboutClock(clockAheadSeconds, record)].join(" ");
      return { ...facts(record), state: starting ? "starting" : "running", account, blockNumber: observed.blockNumber, clockAheadSeconds };
    }
    case "silent":
      return { ...facts(record), state: "silent", account: `The local chain on ${at} (process ${record.pid}) does not answer.` };
    case "replaced":
      return keptStatus(projectFolder, record, `The local chain has ended, and another program answers on ${at} now.`, "replaced");
    case "gone":
      return keptStatus(projectFolder, record, `The local chain on ${at} (process ${record.pid}) has ended without being stopped.`);
  }
}

async function keptStatus(projectFolder: string, record: NodeRecord, account: string, state: "stopped" | "replaced" = "stopped"): Promise<NodeStatus> {
  const kept = record.controller === null ? undefined : await readKeptState(projectFolder, record);
  const sentence = kept === undefined ? "Nothing of it is kept." : `It is kept at block ${kept.blockNumber}, and goes on from there when it is started.`;
  return { ...facts(record), pid: record.stoppedAt === null ? record.pid : null, state, account: `${account} ${sentence}`, keptAtBlock: kept?.blockNumber ?? null };
}

/** Late by more than this, or more than a few blocks, is not just a busy machine. */
const CLOCK_TOLERANCE_SECONDS = 30;

/** A chain without blocks of its own is as old as its last transaction, and that says nothing. */
function complainAboutClock(aheadSeconds: number, { blockTimeSeconds }: NodeRecord): string[] {
  const tolerance = CLOCK_TOLERANCE_SECONDS + 3 * blockTimeSeconds;
  if (aheadSeconds > tolerance) return [`Its clock is ${aheadSeconds} s ahead of this machine's and stays ahead: blocks passed faster than seconds, or somebody turned it.`];
  if (blockTimeSeconds > 0 && -aheadSeconds > tolerance) return [`Its clock is ${-aheadSeconds} s behind this machine's: it mines no blocks, or somebody turned it.`];
  return [];
}

function facts(record: NodeRecord | undefined): Omit<NodeStatus, "state" | "account"> {
  return {
    network: record?.network ?? null,
    rpcUrl: record?.rpcUrl ?? null,
    chainId: record?.chainId ?? null,
    pid: record?.pid ?? null,
    profile: record?.profile ?? null,
    phase: record?.phase ?? null,
    controller: record?.controller ?? null,
    blockNumber: null,
    keptAtBlock: null,
    clockAheadSeconds: null,
    blockTimeSeconds: record === undefined ? null : String(record.blockTimeSeconds),
    startedAt: record?.startedAt ?? null,
    actors: null,
  };
}

/** The same for people, and what to type next. */
export function describeStatus(status: NodeStatus): { text: string; next: string | undefined } {
  const facts: [name: string, value: string | null][] = [
    ["state", status.state],
    ["network", status.network],
    ["chain id", status.chainId?.toString() ?? null],
    ["block", (status.blockNumber ?? status.keptAtBlock)?.toString() ?? null],
    ["block time", status.blockTimeSeconds === null ? null : describeBlockTime(status.blockTimeSeconds, status.actors !== null)],
    ["profile", status.profile],
    ["phase", status.phase],
    ["Controller", status.controller],
    ["process", status.pid?.toString() ?? null],
    ["started", status.startedAt],
    ["actors", status.actors?.account ?? null],
    ["round", status.state === "running" && status.actors?.state === "running" ? describeRound(status.actors) : null],
  ];
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(10)}  ${value}`]));
  return { text: [status.account, ...lines].join("\n"), next: nextOf(status) };
}

function describeRound({ status }: RunnerReport): string | null {
  if (status === null) return null;
  const { round, activeSet, work, actors: cast } = status;
  const troubled = cast.filter(({ health }) => health.state === "failing").length;
  return [
    `${round.number}, ${round.initialized ? "initialized" : "not initialized"}`,
    `${activeSet.length} active`,
    ...(work.votes === 0n ? [] : [`${work.votes} votes cast`]),
    ...(work.movedWei === 0n ? [] : [`${formatAmount(work.movedWei, "LPT")} moved to other transcoders`]),
    ...(status.paused ? ["paused"] : []),
    ...(troubled === 0 ? [] : [`${troubled} of ${cast.length} actors in trouble`]),
  ].join("; ");
}

function describeBlockTime(seconds: string, hasActors: boolean): string {
  if (hasActors && seconds === "0") return "as fast as the actors keep up";
  return seconds === "0" ? "a block per transaction" : `${seconds} s, and at once for a transaction`;
}

function nextOf({ state, actors }: NodeStatus): string | undefined {
  if (state === "running") return actors === null || actors.state === "running" || actors.state === "entering" ? undefined : "lpctl node start";
  return state === "silent" || state === "starting" ? "lpctl node stop" : "lpctl node start";
}
