import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Ran } from "./run-lpctl.ts";

export interface WarmRun {
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
}

export interface WarmAnswer extends Ran {
  /** What no command line may end in: not an exit code, but a throw. */
  failure: string | undefined;
}

export interface WarmLpctl {
  /** What `bin/run.js` would write and end with, without a process for each: the same `main` of the same build, from the same folder and environment. */
  run(run: WarmRun): Promise<Ran>;
  stop(): Promise<void>;
}

/**
 * One process that runs many command lines, for tests of what lpctl says and does rather than of its start: most of a
 * short command is loading lpctl, and of a long one running it before it is compiled. It begins with the first run.
 * @param from what is run: the build by its own `main`, or the source by `bin/dev.js`
 */
export function createWarmLpctl(from: "build" | "source" = "build"): WarmLpctl {
  let child: Promise<ChildProcess> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(run) {
      // One after the other: they share a working folder and an environment.
      const ran = last.then(async () => ask(await (child ??= start(from)), run));
      last = ran.catch(() => undefined);
      return ran;
    },
    async stop() {
      const started = await child;
      child = undefined;
      if (started === undefined || started.exitCode !== null) return;
      await new Promise((resolve) => {
        started.once("exit", resolve);
        started.disconnect();
      });
    },
  };
}

function start(from: "build" | "source"): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "warm-lpctl-child.ts"), [from], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    child.once("error", reject);
    child.once("message", () => resolve(child));
  });
}

function ask(child: ChildProcess, run: WarmRun): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`lpctl ended with ${String(code)} in the middle of ${run.args.join(" ")}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      const { failure, ...ran } = message as WarmAnswer;
      if (failure === undefined) resolve(ran);
      else reject(new Error(`${run.args.join(" ")} threw ${failure}`));
    });
    child.send(run);
  });
}
