import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { CompileAnswer, CompileJob } from "./compile-job.ts";
import { entryFile } from "../package-root.ts";

/** Two: a third gains little, and each holds a compiler of some hundred megabytes. */
const MAX_WORKERS = 2;
/** A loaded compiler saves half a second when the next job comes soon; after this its memory is given back. */
const IDLE_MILLISECONDS = 5_000;

interface PooledWorker {
  worker: Worker;
  compilerPath: string;
  retirement?: NodeJS.Timeout;
}

const idle: PooledWorker[] = [];
const waiting: (() => void)[] = [];
let busyCount = 0;

/**
 * Runs one job in a worker thread: a waiting one that has this compiler loaded, or a new one. At most two run at
 * a time. Idle workers never keep the process alive. Answers `crashed` when the compiler itself dies.
 */
export async function runCompileJob(job: CompileJob): Promise<CompileAnswer> {
  while (busyCount >= MAX_WORKERS) await new Promise<void>((proceed) => waiting.push(proceed));
  busyCount++;
  const pooled = takeWorker(job.compiler.modulePath);
  try {
    const answer = await ask(pooled.worker, job);
    if (answer.kind === "crashed") void pooled.worker.terminate();
    else retireLater(pooled);
    return answer;
  } finally {
    busyCount--;
    waiting.shift()?.();
  }
}

/** True when a worker with this compiler loaded is waiting: then one worker beats starting a second. */
export function hasIdleCompiler(modulePath: string): boolean {
  return idle.some((one) => one.compilerPath === modulePath);
}

function takeWorker(compilerPath: string): PooledWorker {
  const index = idle.findIndex((one) => one.compilerPath === compilerPath);
  const [reused] = index < 0 ? [] : idle.splice(index, 1);
  if (reused !== undefined) {
    clearTimeout(reused.retirement);
    reused.worker.ref();
    return reused;
  }
  // stdout and stderr are captured and dropped: what a library prints is never part of a command's output.
  const worker = new Worker(pathToFileURL(entryFile("src/solidity/compile-worker.ts")), {
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  return { worker, compilerPath };
}

function retireLater(pooled: PooledWorker): void {
  pooled.worker.unref();
  pooled.retirement = setTimeout(() => {
    idle.splice(idle.indexOf(pooled), 1);
    void pooled.worker.terminate();
  }, IDLE_MILLISECONDS);
  pooled.retirement.unref();
  idle.push(pooled);
}

function ask(worker: Worker, job: CompileJob): Promise<CompileAnswer> {
  return new Promise((settle) => {
    const finish = (answer: CompileAnswer): void => {
      worker.removeAllListeners("message");
      worker.removeAllListeners("error");
      worker.removeAllListeners("exit");
      // A worker that dies while idle must not take the process with it.
      worker.on("error", () => forget(worker));
      worker.on("exit", () => forget(worker));
      settle(answer);
    };
    worker.removeAllListeners("error");
    worker.removeAllListeners("exit");
    // Our own worker, built with this code: its answers need no schema.
    worker.on("message", (answer: CompileAnswer) => finish(answer));
    worker.on("error", (error: unknown) => finish({ kind: "crashed", reason: String(error) }));
    worker.on("exit", (code) => finish({ kind: "crashed", reason: `worker ended with code ${code}` }));
    worker.postMessage(job);
  });
}

function forget(worker: Worker): void {
  const index = idle.findIndex((one) => one.worker === worker);
  if (index >= 0) idle.splice(index, 1);
}
