/** Charts made of characters. They hold no colours and no control characters, and no line is wider than asked for. */
import { formatTick, niceTicks } from "./chart-scale.ts";
import { legible } from "./legible.ts";
import { widthOf } from "./terminal-text.ts";

export interface LineSeries {
  name: string;
  /** Evenly spaced. What is not finite is left out. */
  values: readonly number[];
}

export interface LineChartOptions {
  series: readonly LineSeries[];
  /** Columns of the whole chart, axis included. */
  width: number;
  /** Rows between the axes. */
  height: number;
  /** Letters and signs of ASCII only. Default false. */
  ascii?: boolean | undefined;
  title?: string | undefined;
  /** A value as it stands on the axis; `step` is the distance of two labels. */
  format?: ((value: number, step: number) => string) | undefined;
  /** Spread evenly below the chart, the first at the left end and the last at the right. */
  xLabels?: readonly string[] | undefined;
}

export interface HistogramOptions {
  values: readonly number[];
  width: number;
  /** Rows. Default 12. */
  bins?: number | undefined;
  ascii?: boolean | undefined;
  title?: string | undefined;
  format?: ((value: number, step: number) => string) | undefined;
  /** Where the first bin begins and the last ends; default: round numbers around the values. */
  range?: readonly [number, number] | undefined;
  /** A line between the bins where what matters begins: a quorum. */
  threshold?: { value: number; label: string } | undefined;
}

const NARROWEST_PLOT = 8;
const MARKS = ["●", "○", "×", "+", "◆", "◇"];
const ASCII_MARKS = ["*", "o", "x", "+", "#", "@"];
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/**
 * Lines over one axis, with a legend when there are several. A single line is drawn through; several are told apart by their
 * marks, which take turns where they lie on each other.
 * @returns lines joined by line feeds, without one at the end
 */
export function renderLineChart(options: LineChartOptions): string {
  const { series, ascii = false, format = formatTick } = options;
  const height = Math.max(2, Math.floor(options.height));
  const all = series.flatMap(({ values }) => values).filter(Number.isFinite);
  const title = options.title === undefined ? [] : [cut(legible(options.title), options.width)];
  if (all.length === 0) return [...title, "(nothing to show)"].join("\n");
  const ticks = niceTicks(least(all), most(all), Math.max(2, Math.ceil(height / 3)));
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const step = (ticks[1] ?? 1) - low;
  const labels = new Map(ticks.map((tick) => [rowOf(tick, low, high, height), format(tick, step)]));
  const labelWidth = Math.max(...[...labels.values()].map(widthOf));
  const plotWidth = Math.max(NARROWEST_PLOT, Math.floor(options.width) - labelWidth - 2);
  const rows = draw(series.map(({ values }) => resample(values, plotWidth).map((value) => (Number.isFinite(value) ? rowOf(value, low, high, height) : undefined))), height, plotWidth, ascii);
  const [tee, wall, corner, floor] = ascii ? ["+", "|", "+", "-"] : ["┤", "│", "└", "─"];
  const lines = rows.map((row, index) => {
    const label = labels.get(index);
    return `${(label ?? "").padStart(labelWidth)} ${label === undefined ? wall : tee}${row}`.trimEnd();
  });
  const below = options.xLabels === undefined ? [] : [`${" ".repeat(labelWidth + 2)}${spread(options.xLabels, plotWidth)}`];
  return [...title, ...lines, `${" ".repeat(labelWidth + 1)}${corner}${floor.repeat(plotWidth)}`, ...below, ...legend(series, options.width, ascii)].join("\n");
}

/** How often values fall into each of some equal ranges, a bar per range, with counts and shares. */
export function renderHistogram(options: HistogramOptions): string {
  const { ascii = false, format = formatTick, threshold } = options;
  const bins = Math.max(1, Math.floor(options.bins ?? 12));
  const values = options.values.filter(Number.isFinite);
  const title = options.title === undefined ? [] : [cut(legible(options.title), options.width)];
  if (values.length === 0) return [...title, "(nothing to show)"].join("\n");
  const [low, high] = options.range ?? ends(niceTicks(least(values), most(values), bins + 1));
  const size = (high - low) / bins;
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - low) / size)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const labels = counts.map((_, index) => `${format(low + index * size, size)} ${ascii ? "-" : "–"} ${format(low + (index + 1) * size, size)}`);
  const tails = counts.map((count) => `${count} (${((count / values.length) * 100).toFixed(1)}%)`);
  const labelWidth = Math.max(...labels.map(widthOf));
  const barWidth = Math.max(NARROWEST_PLOT, Math.floor(options.width) - labelWidth - Math.max(...tails.map(widthOf)) - 3);
  const highest = most(counts);
  const lines = counts.flatMap((count, index) => {
    const line = `${(labels[index] ?? "").padStart(labelWidth)} ${ascii ? "|" : "│"}${bar(count / highest, barWidth, ascii)} ${tails[index] ?? ""}`;
    const begins = threshold !== undefined && binOf(threshold.value, low, size, bins) === index;
    return begins ? [thresholdLine(threshold, format, size, options.width, ascii), line] : [line];
  });
  return [...title, ...lines, ...(threshold !== undefined && threshold.value >= high ? [thresholdLine(threshold, format, size, options.width, ascii)] : [])].join("\n");
}

/** As many values as there are columns: the nearest of each place, so that nothing is shown that was not there. */
function resample(values: readonly number[], columns: number): number[] {
  if (values.length === 0) return [];
  return Array.from({ length: columns }, (_, column) => values[columns === 1 ? 0 : Math.round((column / (columns - 1)) * (values.length - 1))] ?? Number.NaN);
}

function rowOf(value: number, low: number, high: number, height: number): number {
  const share = (value - low) / (high - low);
  return Math.min(height - 1, Math.max(0, Math.round((1 - share) * (height - 1))));
}

function draw(lines: readonly (readonly (number | undefined)[])[], height: number, width: number, ascii: boolean): string[] {
  if (lines.length === 1 && !ascii) return drawThrough(lines[0] ?? [], height, width);
  const marks = ascii ? ASCII_MARKS : MARKS;
  const owners = Array.from({ length: height }, () => Array.from({ length: width }, (): number[] => []));
  for (const [index, line] of lines.entries()) {
    for (const [column, row] of line.entries()) {
      if (row === undefined) continue;
      // A jump is filled half way from either side, so that steep lines hold together.
      const before = line[column - 1] ?? row;
      const from = before < row ? Math.min(row, before + 1) : before > row ? Math.max(row, before - 1) : row;
      for (let each = Math.min(from, row); each <= Math.max(from, row); each++) owners[each]?.[column]?.push(index);
    }
  }
  return owners.map((row) => row.map((here, column) => (here.length === 0 ? " " : (marks[(here[column % here.length] ?? 0) % marks.length] ?? "*"))).join(""));
}

/** One line, with corners where it turns. */
function drawThrough(line: readonly (number | undefined)[], height: number, width: number): string[] {
  const cells = Array.from({ length: height }, () => Array.from({ length: width }, () => " "));
  const put = (row: number, column: number, text: string): void => {
    const cell = cells[row];
    if (cell !== undefined) cell[column] = text;
  };
  for (const [column, row] of line.entries()) {
    if (row === undefined) continue;
    const before = line[column - 1] ?? row;
    if (before === row) {
      put(row, column, "─");
      continue;
    }
    const down = row > before;
    put(before, column, down ? "╮" : "╯");
    put(row, column, down ? "╰" : "╭");
    for (let each = Math.min(before, row) + 1; each < Math.max(before, row); each++) put(each, column, "│");
  }
  return cells.map((row) => row.join(""));
}

function legend(series: readonly LineSeries[], width: number, ascii: boolean): string[] {
  if (series.length < 2) return [];
  const marks = ascii ? ASCII_MARKS : MARKS;
  const lines: string[] = [];
  for (const [index, { name }] of series.entries()) {
    const item = cut(`${marks[index % marks.length] ?? "*"} ${legible(name)}`, width);
    const last = lines.at(-1);
    if (last === undefined || widthOf(last) + 3 + widthOf(item) > width) lines.push(item);
    else lines[lines.length - 1] = `${last}   ${item}`;
  }
  return lines;
}

/** Labels at even distances; those in the middle go where there is no room. */
function spread(labels: readonly string[], width: number): string {
  const [first, last] = [labels[0] ?? "", labels.length > 1 ? (labels.at(-1) ?? "") : ""];
  const row = Array.from({ length: width }, () => " ");
  const isFree = (from: number, to: number): boolean => from >= 0 && to <= width && row.slice(Math.max(0, from - 1), to + 1).every((cell) => cell === " ");
  const put = (text: string, from: number): void => {
    const letters = Array.from(text);
    if (isFree(from, from + letters.length)) row.splice(from, letters.length, ...letters);
  };
  put(first, 0);
  put(last, width - Array.from(last).length);
  for (const [index, label] of labels.entries()) {
    if (index === 0 || index === labels.length - 1) continue;
    put(label, Math.round((index / (labels.length - 1)) * (width - 1) - Array.from(label).length / 2));
  }
  return row.join("").trimEnd();
}

function bar(share: number, width: number, ascii: boolean): string {
  if (ascii) return "#".repeat(Math.round(share * width));
  const eighths = Math.round(share * width * 8);
  return `${"█".repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8] ?? ""}`;
}

function binOf(value: number, low: number, size: number, bins: number): number | undefined {
  const bin = Math.ceil((value - low) / size - 1e-9);
  return bin >= bins ? undefined : Math.max(0, bin);
}

function thresholdLine({ value, label }: { value: number; label: string }, format: (value: number, step: number) => string, step: number, width: number, ascii: boolean): string {
  const dash = ascii ? "-" : "─";
  const text = cut(`${dash.repeat(2)} ${legible(label)} ${format(value, step / 10)} `, width);
  return `${text}${dash.repeat(Math.max(0, Math.floor(width) - widthOf(text)))}`;
}

function ends(ticks: readonly number[]): [number, number] {
  return [ticks[0] ?? 0, ticks.at(-1) ?? 1];
}

/** Labels that are too long lose their end; values and addresses have no place in them. */
function cut(text: string, width: number): string {
  const room = Math.max(1, Math.floor(width));
  if (widthOf(text) <= room) return text;
  const letters = Array.from(text);
  while (widthOf(letters.join("")) > room - 3 && letters.length > 0) letters.pop();
  return `${letters.join("")}...`.slice(0, Math.max(3, room));
}

// Not Math.min(...values): ten thousand paths are too many arguments.
function least(values: readonly number[]): number {
  return values.reduce((lowest, value) => Math.min(lowest, value), Infinity);
}

function most(values: readonly number[]): number {
  return values.reduce((highest, value) => Math.max(highest, value), -Infinity);
}
