import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import type { ChildProcess } from "node:child_process";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";
import { findAnvilBinary } from "./anvil-binary.ts";
import { endWithParent } from "./end-with-parent.ts";
import { pollUntil } from "./poll.ts";
import { isProcessAlive } from "./process-alive.ts";
import { Rpc } from "./rpc.ts";
import { saysStateIsGone, stateGone } from "./state-gone.ts";

export const LOCAL_CHAIN_ID = 31337n;

/**
 * The published test phrase of the Ethereum development tools. Its keys are known to everybody: whatever they
 * hold on a public network is stolen within seconds. For local chains only.
 */
export const PUBLISHED_TEST_MNEMONIC = "test test test test test test test test test test test junk";

/** The rules of the EVM are pinned, so that a result does not change with anvil's idea of the latest ones. */
const DEFAULT_HARDFORK = "osaka";
const START_DEADLINE_MS = 30_000;
const FORK_START_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 5_000;
const POLL_MS = 5;

export interface AnvilOptions {
  /** A free one is chosen when absent. */
  port?: number;
  forkUrl?: string;
  forkBlock?: bigint;
  /** 31337 for a fresh chain; that of the upstream for a fork. */
  chainId?: bigint;
  /** Loaded at start when it exists, written at a regular stop. */
  statePath?: string;
  /** With `statePath`: written this often besides, so that a killed chain has lost no more. Not in one step: a kill can tear it. */
  stateIntervalSeconds?: number;
  /** How many old states can still be read, at least; 500 unless said. Each holds the hashes of all blocks, so they add up. */
  keptStates?: number;
  /** Only loaded, never written. */
  loadStatePath?: string;
  genesisBlock?: bigint;
  /** Of a fresh chain. One that is loaded goes on from here instead of from the time of this machine. */
  genesisTimestampSeconds?: bigint;
  mnemonic?: string;
  /** Funded, unlocked accounts; 1 unless said, because each costs start-up time. */
  accounts?: number;
  /** Blocks at this interval; without it, one per transaction. */
  blockTimeSeconds?: number;
  /** With `blockTimeSeconds`: a transaction is mined at once all the same. Cannot be switched on later. */
  mixedMining?: boolean;
  /** Outlives this process from the moment it is returned; end it with `stopProcess(pid)`. */
  detached?: boolean;
  /** Called as soon as there is a process, before it answers: for writing down what would otherwise be lost with this one. */
  onSpawn?: (child: { pid: number; port: number }) => Promise<void>;
  /** anvil's error output is appended to this file. */
  logPath?: string;
  gasLimit?: bigint;
  hardfork?: string;
  /** Of the returned `rpc`, for each request. A fork fetches its state on demand, so it may take long. */
  timeoutMs?: number;
}

export interface Anvil {
  url: string;
  port: number;
  pid: number;
  rpc: Rpc;
  /** SIGTERM, then SIGKILL after a deadline; resolves when the process is gone. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a local chain (or a fork) on 127.0.0.1 and returns when it answers. It ends with this process unless
 * `detached`.
 * @throws LPCTL_ANVIL_MISSING, LPCTL_ANVIL_DIED (with its last words), LPCTL_ANVIL_PORT_TAKEN
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const binary = findAnvilBinary();
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await findFreePort());
    if (options.port !== undefined && (await accepts(port))) throw portTaken(port);
    try {
      return await launch(binary, port, options);
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error;
      // Somebody took the port between our look and anvil's.
      if (options.port !== undefined || attempt === 5) throw portTaken(port);
    }
  }
}

class PortTaken extends Error {}

async function launch(binary: string, port: number, options: AnvilOptions): Promise<Anvil> {
  const log = options.logPath === undefined ? undefined : openSync(options.logPath, "a", 0o600);
  const stderr = log ?? (options.detached === true ? "ignore" : "pipe");
  const child = spawn(binary, anvilArguments(port, options), { stdio: ["ignore", "ignore", stderr], detached: options.detached === true, windowsHide: true });
  if (log !== undefined) closeSync(log);
  let lastWords = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (lastWords = (lastWords + text).slice(-4000)));
  let spawnError: Error | undefined;
  child.once("error", (error) => (spawnError = error));
  // The chain must not keep this process alive: a command that fails just ends, and the exit hook ends anvil.
  child.unref();
  if (child.stderr !== null && "unref" in child.stderr && typeof child.stderr.unref === "function") child.stderr.unref();
  endWithThisProcess(child);
  if (options.detached !== true) endWithParent(child);

  if (child.pid !== undefined) await options.onSpawn?.({ pid: child.pid, port });
  const deadlineMs = options.forkUrl === undefined ? START_DEADLINE_MS : FORK_START_DEADLINE_MS;
  try {
    await pollUntil(
      async () => {
        if (spawnError !== undefined || hasExited(child)) throw died(child, options, spawnError, lastWords);
        return (await accepts(port)) ? true : undefined;
      },
      { deadlineMs, intervalMs: POLL_MS, what: "the local chain to start" },
    );
    const url = `http://127.0.0.1:${port}`;
    const rpc = new Rpc(url, { timeoutMs: options.timeoutMs ?? 120_000 });
    await rpc.chainId();
    if (hasExited(child)) throw died(child, options, undefined, lastWords);
    if (options.detached === true) letGo(child);
    return { url, port, pid: child.pid ?? 0, rpc, stop: () => stopChild(child) };
  } catch (error) {
    await stopChild(child);
    throw error;
  }
}

function anvilArguments(port: number, options: AnvilOptions): string[] {
  const pairs: [flag: string, value: string | number | bigint | undefined][] = [
    ["--host", "127.0.0.1"],
    ["--port", port],
    // With anvil's default of two threads a tracer beside another request can lock a fork for good.
    ["--threads", 8],
    // Otherwise old states go to ~/.foundry, gigabytes of them, and stay there when anvil is killed. Pruning implies it.
    ["--max-persisted-states", options.keptStates === undefined ? 0 : undefined],
    ["--prune-history", options.keptStates],
    ["--hardfork", options.hardfork ?? DEFAULT_HARDFORK],
    ["--accounts", options.accounts ?? 1],
    ["--mnemonic", options.mnemonic ?? PUBLISHED_TEST_MNEMONIC],
    ["--chain-id", options.chainId ?? (options.forkUrl === undefined ? LOCAL_CHAIN_ID : undefined)],
    ["--fork-url", options.forkUrl],
    ["--fork-block-number", options.forkBlock],
    ["--state", options.statePath],
    ["--state-interval", options.stateIntervalSeconds],
    ["--load-state", options.loadStatePath],
    ["--number", options.genesisBlock],
    ["--timestamp", options.genesisTimestampSeconds],
    ["--block-time", options.blockTimeSeconds],
    ["--gas-limit", options.gasLimit],
  ];
  const flags = pairs.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
  flags.push("--silent", "--no-request-size-limit");
  if (options.mixedMining === true && options.blockTimeSeconds !== undefined) flags.push("--mixed-mining");
  // anvil's cache knows a chain by id and block only; two local chains would read each other's state.
  if (options.forkUrl !== undefined && isLoopback(options.forkUrl)) flags.push("--no-storage-caching", "--no-rate-limit");
  return flags;
}

function isLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

/** A port that nothing on 127.0.0.1 listens on right now. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    const settle = (value: boolean) => () => {
      socket.destroy();
      resolve(value);
    };
    socket.once("connect", settle(true)).once("error", settle(false));
  });
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function died(child: ChildProcess, options: AnvilOptions, spawnError: Error | undefined, lastWords: string): Error {
  const log = options.logPath === undefined ? lastWords : readTail(options.logPath);
  if (/address already in use/i.test(log.slice(-400))) return new PortTaken();
  const fork = options.forkUrl !== undefined && URL.canParse(options.forkUrl) ? new URL(options.forkUrl).origin : "(fork URL)";
  const clean = options.forkUrl === undefined ? log : log.replaceAll(options.forkUrl, fork);
  if (options.forkUrl !== undefined && saysStateIsGone(clean)) return stateGone(fork, options.forkBlock);
  const lines = clean.split("\n").map((line) => printable(line.trim())).filter((line) => line !== "").slice(-8);
  return new LpctlError({
    code: "LPCTL_ANVIL_DIED",
    exit: Exit.failed,
    message: `The local chain ended before it was ready (${spawnError?.message ?? `exit code ${child.exitCode ?? child.signalCode}`})`,
    why: lines.length === 0 ? "It said nothing." : `Its last words: ${lines.join(" | ")}`,
    next: options.forkUrl === undefined ? "Check free memory and disk space, then try again." : `Check that the RPC at ${fork} answers and has the block.`,
    details: { log: lines },
    cause: spawnError,
  });
}

function readTail(path: string): string {
  try {
    return readFileSync(path, "utf8").slice(-4000);
  } catch {
    return "";
  }
}

function portTaken(port: number): LpctlError {
  return new LpctlError({
    code: "LPCTL_ANVIL_PORT_TAKEN",
    exit: Exit.failed,
    message: `Port ${port} is in use`,
    why: "Another program listens there, perhaps another local chain.",
    next: "Choose another port with --port, or leave it out to get a free one.",
    details: { port },
  });
}

const children = new Set<ChildProcess>();
const SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT"] as const;

function endWithThisProcess(child: ChildProcess): void {
  if (children.size === 0) {
    process.on("exit", endChildren);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  children.add(child);
  child.once("exit", () => letGo(child));
}

function letGo(child: ChildProcess): void {
  if (!children.delete(child) || children.size > 0) return;
  process.removeListener("exit", endChildren);
  for (const signal of SIGNALS) process.removeListener(signal, onSignal);
}

function endChildren(): void {
  for (const child of children) child.kill("SIGTERM");
}

/** A signal that nobody else handles still ends this process, as it would without us. */
function onSignal(signal: NodeJS.Signals): void {
  endChildren();
  if (process.listenerCount(signal) > 1) return;
  process.removeListener(signal, onSignal);
  process.kill(process.pid, signal);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasExited(child)) return;
  child.ref();
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE_MS);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(timer);
}

/**
 * Ends a process that another command started (`detached`), and waits until it is gone. Does nothing when it is gone already.
 * @param patienceMs how long it may take to end by itself; one that writes down a great state takes a while
 */
export async function stopProcess(pid: number, patienceMs = STOP_DEADLINE_MS): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    try {
      process.kill(pid, signal);
      const end = performance.now() + patienceMs;
      while (performance.now() < end) {
        if (!isProcessAlive(pid)) return;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    } catch (error) {
      if (errnoOf(error) === "ESRCH") return;
      throw error;
    }
  }
}
