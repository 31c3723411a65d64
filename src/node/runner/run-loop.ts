import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import { loadNodeRecord } from "../node-record.ts";
import { readGenesisHash } from "../observe-node.ts";
import { isNetworkError } from "./submit.ts";
import { createRunner, type Runner, type Tick } from "./runner.ts";
import { saveRunnerRecord, type RunnerRecord, type RunnerSettings, type Speed } from "./runner-files.ts";

export interface RunLoopOptions {
  projectFolder: string;
  settings: RunnerSettings;
  log: (line: string) => void;
  /** Ends the loop after the turn under way. */
  signal: AbortSignal;
  /** Default 60. */
  awayLimitSeconds?: number;
}

const HEARTBEAT_MS = 500;
const RECORD_CHECK_MS = 1_000;
const RETRY_MS = 200;
const SHORTEST_TURN_MS = 20;
/** The chain answers in milliseconds or not at all. */
const TIMEOUT_MS = 10_000;
/** A machine that slept does not make up for it. */
const MOST_ARREARS_SECONDS = 2;

/**
 * The life of a runner process: lets the actors in, then asks them turn after turn at the chosen speed, and writes what is to be
 * known about it. Ends when it is told to, when the chain's record is gone or speaks of another chain, and when the chain stays
 * away for longer than a minute.
 * @returns why it ended
 * @throws whatever keeps the actors from entering
 */
export async function runLoop(options: RunLoopOptions): Promise<string> {
  const { projectFolder, settings, log, signal } = options;
  const awayLimitMs = (options.awayLimitSeconds ?? 60) * 1_000;
  const rpc = new Rpc(settings.rpcUrl, { timeoutMs: TIMEOUT_MS });
  const runner = await createRunner({
    rpc,
    protocol: { controller: settings.controller },
    cast: settings.cast,
    onEvent: ({ block, round, text }) => log(`block ${block} round ${round}: ${text}`),
  });
  const scribe = new Scribe(projectFolder, runner);
  await scribe.write("entering");

  const pace = new Pace(settings.speed);
  let entered = false;
  let leads = false;
  let awaySince: number | undefined;
  let checkedAt = 0;
  while (!signal.aborted) {
    if (performance.now() - checkedAt >= RECORD_CHECK_MS) {
      const gone = await complaint(projectFolder);
      if (gone !== undefined) return scribe.end(gone);
      checkedAt = performance.now();
    }
    leads ||= await takeLead(rpc);
    const attempt: Attempt = !leads ? "away" : entered ? await pace.turn(runner) : await tryToEnter(runner, log);
    entered ||= attempt === "entered";
    const reachable = attempt === "entered" || attempt === "paused" || (attempt !== "away" && attempt.reachable);
    if (reachable) {
      // What came back may be another chain on the same port.
      if (awaySince !== undefined) {
        const other = await isOtherChain(projectFolder, rpc);
        if (other) return scribe.end("another chain answers where this one was");
      }
      awaySince = undefined;
    } else {
      awaySince ??= performance.now();
      leads = false;
      if (performance.now() - awaySince > awayLimitMs) return scribe.end(`the chain did not answer for ${awayLimitMs / 1_000} s`);
      await sleep(RETRY_MS);
    }
    if (attempt === "paused") await sleep(RETRY_MS);
    await scribe.writeInTime(entered ? "running" : "entering");
  }
  return scribe.end("it was told to");
}

/**
 * From now on blocks pass when this process says so, besides one for each transaction of somebody else. A chain that mines by a
 * clock of its own puts every call of an actor into another block, and a round is over before all have acted.
 * @returns false when the chain does not answer
 */
async function takeLead(rpc: Rpc): Promise<boolean> {
  try {
    await rpc.request("evm_setIntervalMining", [0], z.unknown());
    await rpc.request("evm_setAutomine", [true], z.unknown());
    return true;
  } catch (error) {
    if (isNetworkError(error)) return false;
    throw error;
  }
}

/** A turn, or what came of trying to enter. */
type Attempt = Tick | "entered" | "paused" | "away";

async function tryToEnter(runner: Runner, log: (line: string) => void): Promise<Attempt> {
  try {
    await runner.enter();
    log("the actors have entered");
    return "entered";
  } catch (error) {
    if (isNetworkError(error)) return "away";
    if (error instanceof LpctlError && error.code === "LPCTL_RUNNER_PAUSED") return "paused";
    throw error;
  }
}

/** Why a runner has nothing left to do here; undefined while the chain is recorded. A record that cannot be read is no reason. */
async function complaint(projectFolder: string): Promise<string | undefined> {
  try {
    const record = await loadNodeRecord(projectFolder);
    return record === undefined || record.stoppedAt !== null ? "the chain was stopped" : undefined;
  } catch {
    return undefined;
  }
}

async function isOtherChain(projectFolder: string, rpc: Rpc): Promise<boolean> {
  try {
    const record = await loadNodeRecord(projectFolder);
    return record !== undefined && (await readGenesisHash(rpc)) !== record.genesisHash;
  } catch {
    return false;
  }
}

/** How fast blocks pass. */
class Pace {
  readonly #speed: Speed;
  #since = performance.now();
  #mined = 0;

  constructor(speed: Speed) {
    this.#speed = speed;
  }

  async turn(runner: Runner): Promise<Tick> {
    const speed = this.#speed;
    if (speed.kind === "fast") return runner.advance();
    const owed = await this.#waitForBlocks(speed.blocksPerSecond);
    const tick = await runner.tick();
    if (!tick.reachable) return tick;
    const ahead = tick.dueBlock === undefined ? owed : Number(tick.dueBlock - tick.block) - 1;
    // With calls, the turn itself mined a block; without, never past the one in which somebody is to act.
    const blocks = tick.calls > 0 ? 0 : Math.max(1, Math.min(owed, ahead));
    if (blocks > 0) await runner.mine(BigInt(blocks));
    this.#mined += Math.max(1, blocks);
    return tick;
  }

  /** Resolves when at least one block is owed; says how many. */
  async #waitForBlocks(blocksPerSecond: number): Promise<number> {
    const owed = (): number => ((performance.now() - this.#since) / 1_000) * blocksPerSecond - this.#mined;
    if (owed() > blocksPerSecond * MOST_ARREARS_SECONDS + 1) {
      this.#since = performance.now();
      this.#mined = 0;
    }
    // In short naps: the loop has other things to look after.
    const waitMs = Math.max(SHORTEST_TURN_MS, ((1 - owed()) / blocksPerSecond) * 1_000);
    if (owed() < 1) await sleep(waitMs);
    return Math.max(1, Math.floor(owed()));
  }
}

/** Writes the runner's record: at most every half second, and in the end. */
class Scribe {
  readonly #projectFolder: string;
  readonly #runner: Runner;
  readonly #startedAt = new Date().toISOString();
  #writtenAt = 0;

  constructor(projectFolder: string, runner: Runner) {
    this.#projectFolder = projectFolder;
    this.#runner = runner;
  }

  async writeInTime(state: RunnerRecord["state"]): Promise<void> {
    if (performance.now() - this.#writtenAt >= HEARTBEAT_MS) await this.write(state);
  }

  async write(state: RunnerRecord["state"], reason: string | null = null): Promise<void> {
    const status = state === "entering" ? null : await this.#runner.status().catch(() => null);
    this.#writtenAt = performance.now();
    await saveRunnerRecord(this.#projectFolder, {
      pid: process.pid,
      startedAt: this.#startedAt,
      heartbeatAt: new Date().toISOString(),
      state,
      reason,
      status,
    }).catch(() => {
      // A disk that is full for a while is no reason to stop.
    });
  }

  /** Does not bring back a folder that was removed. */
  async end(reason: string): Promise<string> {
    await this.write("ended", reason);
    return reason;
  }
}
