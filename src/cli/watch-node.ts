import { setTimeout as sleep } from "node:timers/promises";
import { onExit } from "../on-exit.ts";
import { readRunnerStatus, type RunnerReport } from "../node/runner/runner-process.ts";
import { canRedraw } from "./can-redraw.ts";
import { CTRL_C, ESCAPE, listenForKeys } from "./listen-for-keys.ts";
import { eventLine, renderNodeView, type NodeViewFacts } from "./node-view.ts";
import { showScreen, writeResult } from "./output.ts";
import { styleFor } from "./style.ts";

export interface WatchNodeOptions {
  projectFolder: string;
  /** Where the chain is and whether it answers: one line, asked again for each redraw. */
  describeChain(): Promise<string>;
}

const REDRAW_MS = 500;
/** Watching ends when there has been nothing to watch for this long: between a stop and a start there is nothing either. */
const GONE_MS = 3_000;

/**
 * Shows what happens on a local chain until the person leaves or the actors are gone: a screen that redraws itself on a terminal,
 * a line for each event off one. Changes nothing; whoever leaves, leaves the node running.
 */
export async function watchNode(options: WatchNodeOptions): Promise<void> {
  await (canRedraw() ? watchOnScreen(options) : watchAsLines(options));
}

async function watchOnScreen({ projectFolder, describeChain }: WatchNodeOptions): Promise<void> {
  const leaving = new AbortController();
  const screen = showScreen();
  const restore = onExit(() => screen.close());
  const letGo = listenForKeys((key) => {
    if (key === "q" || key === CTRL_C || key === ESCAPE) leaving.abort();
  });
  try {
    const watch = new Watch(projectFolder);
    for (;;) {
      const runner = await watch.next();
      if (runner === undefined || leaving.signal.aborted) break;
      const facts: NodeViewFacts = { chain: await describeChain(), runner };
      screen.draw(renderNodeView(facts, styleFor("stdout"), { columns: process.stdout.columns ?? 80, rows: screen.rows() }));
      await sleep(REDRAW_MS, undefined, { signal: leaving.signal }).catch(() => {});
      if (leaving.signal.aborted) break;
    }
  } finally {
    letGo();
    restore();
    screen.close();
  }
}

async function watchAsLines({ projectFolder, describeChain }: WatchNodeOptions): Promise<void> {
  const style = styleFor("stdout");
  const watch = new Watch(projectFolder);
  writeResult(await describeChain());
  let account = "";
  for (;;) {
    const runner = await watch.next();
    if (runner === undefined) return;
    for (const line of watch.newLines(runner)) writeResult(typeof line === "string" ? line : eventLine(line, style));
    if (runner.account !== account) writeResult(runner.account);
    account = runner.account;
    await sleep(REDRAW_MS);
  }
}

/** Reads the runner's report again and again, and knows what was told already. */
class Watch {
  readonly #projectFolder: string;
  #goneSince: number | undefined;
  #startedAt: string | null = null;
  #lastSequence = 0;

  constructor(projectFolder: string) {
    this.#projectFolder = projectFolder;
  }

  /** Undefined when the runner has been gone for a while. */
  async next(): Promise<RunnerReport | undefined> {
    const report = await readRunnerStatus(this.#projectFolder);
    const here = report.state === "running" || report.state === "entering" || report.state === "silent";
    this.#goneSince = here ? undefined : (this.#goneSince ?? performance.now());
    return this.#goneSince !== undefined && performance.now() - this.#goneSince > GONE_MS ? undefined : report;
  }

  /** Events since the last call; a remark where some are not known any more. */
  newLines({ status, startedAt }: RunnerReport): (string | NonNullable<RunnerReport["status"]>["events"][number])[] {
    if (status === null) return [];
    if (startedAt !== this.#startedAt) this.#lastSequence = 0;
    const before = this.#startedAt === startedAt ? this.#lastSequence : undefined;
    this.#startedAt = startedAt;
    const events = status.events.filter(({ sequence }) => sequence > this.#lastSequence);
    const [first] = events;
    const missed = before === undefined || first === undefined ? 0 : first.sequence - before - 1;
    this.#lastSequence = events.at(-1)?.sequence ?? this.#lastSequence;
    return [...(missed > 0 ? [`… ${missed} events happened too fast to be told`] : []), ...events];
  }
}
