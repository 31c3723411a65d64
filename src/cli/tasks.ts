import { readEnvironment } from "../config/environment.ts";
import { printable } from "../protocol/printable.ts";
import { outputMode, writeNote } from "./output.ts";
import { styleFor, symbols } from "./style.ts";

/** One visible piece of work. */
export interface Task<Context> {
  /** Plain words, present tense: `Compile JobsManagerV2`. */
  title: string;
  /**
   * Does the work. `update` shows what it is at right now (a file, a block number).
   * @returns a short result to stand beside the title (`12 contracts`), or nothing.
   */
  run(context: Context, update: (doing: string) => void): Promise<string | void> | string | void;
}

export interface TaskTiming {
  title: string;
  milliseconds: number;
}

/**
 * Runs tasks one after another with live progress on stderr; plain lines off a terminal;
 * silent with `--quiet` and `--json`. The first failure ends it and is thrown as it is.
 */
export async function runTasks<Context>(tasks: readonly Task<Context>[], context: Context): Promise<TaskTiming[]> {
  const timings: TaskTiming[] = [];
  const timed = tasks.map((task) => ({
    ...task,
    run: async (given: Context, update: (doing: string) => void) => {
      const start = performance.now();
      const result = await task.run(given, update);
      timings.push({ title: task.title, milliseconds: performance.now() - start });
      return result;
    },
  }));
  await (isLive() ? runLive(timed, context) : runPlain(timed, context));
  return timings;
}

function isLive(): boolean {
  const { json, quiet } = outputMode();
  const { dumbTerminal, continuousIntegration } = readEnvironment();
  const bothTerminals = process.stdout.isTTY === true && process.stderr.isTTY === true;
  // At zero columns (some pseudo terminals) the live renderer wraps after every letter.
  return bothTerminals && (process.stderr.columns ?? 0) > 0 && !json && !quiet && !dumbTerminal && !continuousIntegration;
}

async function runPlain<Context>(tasks: readonly Task<Context>[], context: Context): Promise<void> {
  const style = styleFor("stderr");
  for (const task of tasks) {
    const start = performance.now();
    writeNote(`${symbols.running} ${printable(task.title)} …`);
    try {
      const result = await task.run(context, () => {});
      writeNote(`${style.green(`${symbols.done} done`)}  ${titleWith(task.title, result)}  ${style.dim(formatDuration(performance.now() - start))}`);
    } catch (error) {
      writeNote(`${style.red(`${symbols.failed} failed`)}  ${printable(task.title)}`);
      throw error;
    }
  }
}

async function runLive<Context>(tasks: readonly Task<Context>[], context: Context): Promise<void> {
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const style = styleFor("stderr");
  const list = new Listr<{ context: Context }>(
    tasks.map((task) => ({
      title: printable(task.title),
      task: async (wrapped: { context: Context }, handle: { title: string; output: string }) => {
        const start = performance.now();
        const result = await task.run(wrapped.context, (doing) => {
          handle.output = printable(doing);
        });
        handle.title = `${titleWith(task.title, result)}  ${style.dim(formatDuration(performance.now() - start))}`;
      },
    })),
    {
      ctx: { context },
      renderer: "default",
      registerSignalListeners: false,
      rendererOptions: {
        collapseErrors: false,
        showErrorMessage: false,
        // stdout belongs to the result; the renderer would write there by default.
        logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
      },
    },
  );
  await list.run();
}

function titleWith(title: string, result: string | void): string {
  return result === undefined || result === "" ? printable(title) : `${printable(title)}: ${printable(result)}`;
}

export function formatDuration(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
