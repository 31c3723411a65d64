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

const HEARTBEAT_MS = 1_000;
const RECORD_CHECK_MS = 1_000;
const RETRY_MS = 200;
const SHORTEST_NAP_MS = 20;
const LONGEST_NAP_MS = 250;
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
    if (!leads) {
      const found = await takeLead(projectFolder, rpc);
      if (found === "other") return scribe.end("another chain answers where this one was");
      leads = found === "ours";
    }
    const attempt: Attempt | undefined = !leads ? "away" : entered ? await pace.turn(runner) : await tryToEnter(runner, log);
    entered ||= attempt === "entered";
    if (attempt === undefined) {
      await scribe.writeInTime("running");
      continue;
    }
    const reachable = attempt === "entered" || attempt === "paused" || (attempt !== "away" && attempt.reachable);
    if (reachable) {
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
 * clock of its own puts every call of an actor into another block, and a round is over before all have acted. What came back on
 * a port may be another chain, whose blocks are none of our business: that is found out first.
 */
async function takeLead(projectFolder: string, rpc: Rpc): Promise<"ours" | "other" | "away"> {
  try {
    const record = await loadNodeRecord(projectFolder).catch(() => undefined);
    if (record !== undefined && (await readGenesisHash(rpc)) !== record.genesisHash) return "other";
    await rpc.request("evm_setIntervalMining", [0], z.unknown());
    await rpc.request("evm_setAutomine", [true], z.unknown());
    return "ours";
  } catch (error) {
    if (isNetworkError(error)) return "away";
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

/** How fast blocks pass. */
class Pace {
  readonly #speed: Speed;
  #since = performance.now();
  #mined = 0;

  constructor(speed: Speed) {
    this.#speed = speed;
  }

  /** Undefined when no block is owed yet: then it has napped, so that the loop can look after other things. */
  async turn(runner: Runner): Promise<Tick | undefined> {
    const speed = this.#speed;
    if (speed.kind === "fast") return runner.advance();
    const owed = await this.#countOwed(speed.blocksPerSecond);
    if (owed < 1) return undefined;
    const tick = await runner.tick();
    if (!tick.reachable) return tick;
    const ahead = tick.dueBlock === undefined ? owed : Number(tick.dueBlock - tick.block) - 1;
    // With calls, the turn itself mined a block; without, never past the one in which somebody is to act.
    const blocks = tick.calls > 0 ? 0 : Math.max(1, Math.min(owed, ahead));
    if (blocks > 0) await runner.mine(BigInt(blocks));
    this.#mined += Math.max(1, blocks);
    return tick;
  }

  async #countOwed(blocksPerSecond: number): Promise<number> {
    const owed = (): number => ((performance.now() - this.#since) / 1_000) * blocksPerSecond - this.#mined;
    if (owed() > blocksPerSecond * MOST_ARREARS_SECONDS + 1) {
      this.#since = performance.now();
      this.#mined = 0;
    }
    if (owed() < 1) await sleep(Math.min(LONGEST_NAP_MS, Math.max(SHORTEST_NAP_MS, ((1 - owed()) / blocksPerSecond) * 1_000)));
    return Math.floor(owed());
  }
}

/** Writes the runner's record: every second, and in the end. */
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
