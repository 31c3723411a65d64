import { formatAmount, formatPpm } from "../node/runner/amounts.ts";
import type { RunnerReport } from "../node/runner/runner-process.ts";
import type { ActorStatus, Health, RunnerEvent, RunnerStatus } from "../node/runner/runner-status.ts";
import { printable } from "../protocol/printable.ts";
import { symbols, type styleFor } from "./style.ts";

type Style = ReturnType<typeof styleFor>;

export interface NodeViewFacts {
  /** Where the chain is and whether it answers: one line. */
  chain: string;
  runner: RunnerReport;
}

const BAR_CELLS = 16;
const MOST_TROUBLES = 8;
const FEWEST_EVENTS = 3;
/** With fewer rows there are no empty lines. */
const ROOMY_ROWS = 30;

/**
 * The live view of a local chain, line by line, as many as fit. Everything in it is from the runner's last report.
 * @param size of the terminal, in characters
 */
export function renderNodeView({ chain, runner }: NodeViewFacts, style: Style, size: { columns: number; rows: number }): string[] {
  const { status } = runner;
  const head = [style.bold(printable(chain)), `${runnerSymbol(runner, style)} ${runner.account}`];
  const gap = size.rows < ROOMY_ROWS ? [] : [""];
  const foot = [...gap, style.dim("q leaves this view; the node runs on")];
  if (status === null) return fit(head, foot, size);

  const upper = [...head, ...gap, ...figures(status, style), ...gap];
  const lower = [...gap, ...health(status, style, size.columns), ...gap, style.bold("LAST EVENTS")];
  const room = size.rows - upper.length - lower.length - foot.length - 1;
  const active = activeSet(status, style, room - FEWEST_EVENTS);
  const events = status.events.slice(-Math.max(FEWEST_EVENTS, room - active.length)).map((event) => eventLine(event, style));
  return fit([...upper, ...active, ...lower, ...events], foot, size);
}

/** One event as a line: for the view, and for a log off a terminal. */
export function eventLine({ block, round, kind, text }: RunnerEvent, style: Style): string {
  const line = `block ${block}  round ${round}  ${printable(text)}`;
  if (kind === "slash" || kind === "missed-reward" || (kind === "health" && text.includes(" fails: "))) return style.red(line);
  if (kind === "round") return style.bold(line);
  if (kind === "pause" || kind === "chain" || kind === "registry" || kind === "parameter") return style.yellow(line);
  return line;
}

function runnerSymbol({ state, status }: RunnerReport, style: Style): string {
  if (state === "running" && status?.chain.reachable !== false) return style.green(symbols.running);
  return state === "entering" || state === "running" ? style.yellow(symbols.waiting) : style.red(symbols.failed);
}

function figures(status: RunnerStatus, style: Style): string[] {
  const { round, work, profile } = status;
  const length = round.endBlock - round.startBlock;
  const passed = status.block < round.startBlock ? 0n : status.block - round.startBlock + 1n;
  const state = [status.paused ? style.red("paused") : undefined, round.initialized ? "initialized" : style.yellow("not initialized"), round.locked ? "locked" : undefined].filter((each) => each !== undefined);
  const deeds: [string, bigint][] =
    profile === "launch"
      ? [["jobs", work.jobs], ["claims", work.claims], ["verified", work.verifications], ["slashed", work.slashes]]
      : [["tickets redeemed", work.tickets], ["votes", work.votes]];
  return [
    `round      ${style.bold(String(round.number))}  ${bar(passed, length)}  block ${status.block}  ${state.join(", ")}  ${status.roundsPerSecond} rounds/s`,
    `bonded     ${formatPpm(status.bondedPpm)} of ${formatAmount(status.supplyWei, "LPT")}`,
    `inflation  ${status.inflation.human}; minted ${formatAmount(status.mintedWei, "LPT")} of ${formatAmount(status.mintableWei, "LPT")}`,
    ...(work.movedWei === 0n ? [] : [`moved      ${formatAmount(work.movedWei, "LPT")} from one transcoder to another`]),
    `work       ${[...deeds, ["rewards", work.rewards] as const, ["missed", work.missedRewards] as const].map(([name, count]) => `${count} ${name}`).join(", ")}`,
    ...(status.chain.reachable ? [] : [style.red(printable(status.chain.reason))]),
  ];
}

function bar(done: bigint, of: bigint): string {
  const filled = of === 0n ? 0 : Math.min(BAR_CELLS, Number((done * BigInt(BAR_CELLS)) / of));
  return `${"█".repeat(filled)}${"░".repeat(BAR_CELLS - filled)} ${done}/${of}`;
}

/** In at most as many lines as there are, but never less than three. */
function activeSet({ activeSet: active, round }: RunnerStatus, style: Style, lines: number): string[] {
  const rows = active.map(({ name, address, stakeWei, lastRewardRound }) => {
    const rewarded = lastRewardRound >= round.number ? style.green(`${symbols.done} rewarded`) : `last in round ${lastRewardRound}`;
    return `${(name ?? address).padEnd(16)} ${formatAmount(stakeWei, "LPT").padStart(22)}  ${rewarded}`;
  });
  const most = Math.max(2, lines - 1);
  const shown = rows.length <= most ? rows : [...rows.slice(0, most - 1), `and ${rows.length - most + 1} more`];
  return [style.bold(`ACTIVE SET (${active.length})`), ...(rows.length === 0 ? ["nobody"] : shown)];
}

/** Each by name but the delegators, who are many; whoever is not well, with the reason. */
function health({ actors }: RunnerStatus, style: Style, columns: number): string[] {
  const mark = (state: Health["state"]): string =>
    state === "ok" ? style.green(symbols.done) : state === "waiting" ? style.yellow(symbols.waiting) : style.red(symbols.failed);
  const named = actors.filter(({ role }) => role !== "delegator").map(({ name, misbehaviour, health: { state } }) => `${mark(state)} ${name}${misbehaviour === null ? "" : ` (${misbehaviour})`}`);
  const delegators = actors.filter(({ role }) => role === "delegator");
  const well = delegators.filter(({ health: { state } }) => state === "ok").length;
  const troubles = groupTroubles(actors);
  return [
    style.bold("ACTORS"),
    ...inRows(named, columns),
    ...(delegators.length === 0 ? [] : [`${mark(well === delegators.length ? "ok" : "waiting")} ${well} of ${delegators.length} delegators well`]),
    ...troubles.slice(0, MOST_TROUBLES).map(({ who, state, reason }) => `${mark(state)} ${state}: ${who}: ${printable(reason)}`),
    ...(troubles.length > MOST_TROUBLES ? [`and ${troubles.length - MOST_TROUBLES} more`] : []),
  ];
}

/** Those with the same trouble in one line. */
function groupTroubles(actors: readonly ActorStatus[]): { who: string; state: "waiting" | "failing"; reason: string }[] {
  const groups = new Map<string, { names: string[]; state: "waiting" | "failing"; reason: string }>();
  for (const { name, health: own } of actors) {
    if (own.state === "ok") continue;
    const key = `${own.state} ${own.reason}`;
    const group = groups.get(key) ?? { names: [], state: own.state, reason: own.reason };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ names, state, reason }) => ({ who: names.length > 3 ? `${names.length} actors` : names.join(", "), state, reason }));
}

/** As many side by side as the screen is wide, three at most. */
function inRows(cells: readonly string[], columns: number): string[] {
  const width = Math.max(0, ...cells.map(visibleLength)) + 2;
  const perRow = Math.min(3, Math.max(1, Math.floor((columns + 2) / width)));
  const rows: string[] = [];
  for (let at = 0; at < cells.length; at += perRow) {
    rows.push(cells.slice(at, at + perRow).map((cell) => cell + " ".repeat(width - visibleLength(cell))).join("").trimEnd());
  }
  return rows;
}

/** Never more lines than the screen has, and none longer than it is wide: a wrapped line would push the others out of place. */
function fit(body: readonly string[], foot: readonly string[], { columns, rows }: { columns: number; rows: number }): string[] {
  return [...body.slice(0, Math.max(1, rows - 1 - foot.length)), ...foot].slice(0, Math.max(1, rows - 1)).map((line) => cut(line, columns));
}

/** Colours are not counted, and end with the line. */
function cut(line: string, columns: number): string {
  if (visibleLength(line) <= columns) return line;
  let visible = 0;
  let out = "";
  for (const part of line.split(SGR)) {
    if (part.startsWith("\u001b")) {
      out += part;
      continue;
    }
    const characters = Array.from(part).slice(0, Math.max(0, columns - 1 - visible));
    visible += characters.length;
    out += characters.join("");
  }
  return `${out}…\u001b[0m`;
}

// eslint-disable-next-line no-control-regex
const SGR = /(\u001b\[[0-9;]*m)/;

function visibleLength(text: string): number {
  return Array.from(text.split(SGR).filter((part) => !part.startsWith("\u001b")).join("")).length;
}
