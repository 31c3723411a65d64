/** A report as terminal text. Symbols and words carry the meaning; colour only repeats it. */
import { buildReport } from "./build-document.ts";
import type { Block, Chart, Line, ListItem, ReportDocument, SlotField, SlotPicture, TimelineStep, Tone, TreeNode } from "./document.ts";
import { legible } from "./legible.ts";
import type { ReportData } from "./report-data.ts";
import { shorten } from "./shorten.ts";
import { renderLineChart } from "./terminal-chart.ts";
import { formatTick } from "./chart-scale.ts";
import { paint, plainText, widthOf, wrapLine, PLAIN_STYLE, type TerminalStyle } from "./terminal-text.ts";

export interface TerminalOptions {
  style?: TerminalStyle | undefined;
  /** Columns available; no line is longer. Tables that do not fit become lists. Default 100. */
  width?: number | undefined;
  /** Also calldata, calls, events and long lists, which are only counted otherwise. Default false. */
  full?: boolean | undefined;
  /** Charts of ASCII characters only. Default false. */
  ascii?: boolean | undefined;
}

const SYMBOLS: Record<Tone, string> = { good: "✓", bad: "✗", warn: "!", muted: "·", plain: "•" };
const NARROWEST = 24;
/** Entries of a list, a table or a section that are shown unless all is wanted. */
const MOST_ROWS = 25;
const WIDEST_CHART = 92;
const CHART_ROWS = 10;
/** Lines after which the beginning has probably scrolled away. */
const ONE_SCREEN = 40;

/** The report as text that ends with a newline. Nothing in it can move the cursor or colour by itself. */
export function renderTerminal(data: ReportData, options: TerminalOptions = {}): string {
  return renderTerminalDocument(buildReport(data), options);
}

/** Any document, in the same form. */
export function renderTerminalDocument(report: ReportDocument, options: TerminalOptions = {}): string {
  const style = options.style ?? PLAIN_STYLE;
  const width = Math.max(NARROWEST, options.width ?? 100);
  const printer = new Printer(style, width, options.full ?? false, options.ascii ?? false);
  const { verdict } = report;
  const rule = style.dim("─".repeat(Math.min(width, 72)));
  const lines = [...printer.text([{ text: report.title, strong: true }], 0), ...printer.text([{ text: report.subtitle, tone: "muted" }], 0), ""];
  if (verdict !== undefined) {
    lines.push(...printer.text([{ text: `${SYMBOLS[verdict.tone]} ${verdict.headline}`, strong: true, tone: verdict.tone }], 0, 2));
    lines.push(...printer.bounded(verdict.lines, (line) => printer.text([{ text: line }], 2)));
  }
  for (const section of report.sections) {
    lines.push("", rule, style.bold(legible(section.title)), "", ...printer.blocks(section.blocks, 2));
  }
  lines.push("", ...printer.text([{ text: report.footer, tone: "muted" }], 0));
  // What a reader sees first of a long report is its end.
  if (verdict !== undefined && lines.length > ONE_SCREEN) lines.push("", ...printer.text([{ text: `${SYMBOLS[verdict.tone]} ${verdict.headline}`, strong: true, tone: verdict.tone }], 0, 2));
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

class Printer {
  readonly #style: TerminalStyle;
  readonly #width: number;
  readonly #full: boolean;
  readonly #ascii: boolean;

  constructor(style: TerminalStyle, width: number, full: boolean, ascii: boolean) {
    this.#style = style;
    this.#width = width;
    this.#full = full;
    this.#ascii = ascii;
  }

  blocks(blocks: readonly Block[], indent: number): string[] {
    // Blocks breathe; only what is left out is told line below line.
    return this.bounded(blocks, (block, index) => {
      const lines = this.block(block, indent);
      const isRun = !this.#full && block.kind === "fold" && blocks[index - 1]?.kind === "fold";
      return index > 0 && lines.length > 0 && !isRun ? ["", ...lines] : lines;
    }, indent);
  }

  /** The first entries, and how many are left out. */
  bounded<T>(items: readonly T[], render: (item: T, index: number) => string[], indent = 2): string[] {
    const shown = this.#full || items.length <= MOST_ROWS ? items : items.slice(0, MOST_ROWS);
    return [...shown.flatMap(render), ...(shown.length === items.length ? [] : this.text([{ text: `${items.length - shown.length} more in report.html and report.json`, tone: "muted" }], indent))];
  }

  /** Text within the width; lines after the first are indented by `hang` more. */
  text(line: Line, indent: number, hang = 0, first = " ".repeat(indent)): string[] {
    const deepest = this.#width - NARROWEST / 2;
    return wrapLine(line, this.#style, this.#width, first.trim() === "" ? " ".repeat(Math.min(indent, deepest)) : first, " ".repeat(Math.min(indent + hang, deepest)), Math.min(indent, this.#width));
  }

  block(block: Block, indent: number): string[] {
    const style = this.#style;
    const pad = " ".repeat(indent);
    switch (block.kind) {
      case "verdict":
        return [block.headline, ...block.lines].flatMap((text) => this.text([{ text }], indent));
      case "text":
        return this.text(block.line, indent);
      case "facts":
        return this.#facts(block.facts.map(({ label, value, note }) => ({ label, value, note })), indent);
      case "table":
        return this.#table(block.columns, block.rows, indent);
      case "list":
        return this.bounded(block.items, (item) => this.item(item, indent), indent);
      case "code":
        return [
          ...(block.caption === undefined ? [] : this.text([{ text: block.caption, tone: "muted" }], indent)),
          ...this.text([{ text: shorten(legible(block.text), this.#full ? 20_000 : 1_500) }], indent),
        ];
      case "diff":
        return this.bounded(block.text.replace(/\n$/, "").split("\n"), (text) => {
          const tone: Tone = text.startsWith("+") ? "good" : text.startsWith("-") ? "bad" : text.startsWith("@") ? "muted" : "plain";
          return this.text([{ text: shorten(text, 400), tone }], indent, 2);
        }, indent);
      case "pairs":
        return this.bounded(block.rows, ({ left, right }) => [
          ...this.text([{ text: "asked  ", tone: "muted" }, ...left], indent, 7),
          ...right.flatMap((item) => this.item(item, indent + 2)),
        ], indent);
      case "slots":
        return this.bounded(block.rows, (row) => this.#slot(row, indent), indent);
      case "tree":
        return this.#tree(block.roots, indent);
      case "timeline":
        return block.steps.flatMap((step, index) => this.step(step, index, index === block.steps.length - 1, indent));
      case "chart":
        return this.chart(block.chart, indent);
      case "card": {
        const mark = block.tone === "plain" || block.tone === "muted" ? [] : [{ text: `${SYMBOLS[block.tone]} `, tone: block.tone }];
        return [...this.text([...mark, ...block.title], indent, 2), ...this.blocks(block.blocks, indent + 2)];
      }
      case "fold":
        return this.#full
          ? [...this.text([{ text: block.title, tone: "muted" }], indent), ...this.blocks(block.blocks, indent + 2)]
          : this.text([{ text: `${block.title}: in the full report`, tone: "muted" }], indent + 2, 0, `${pad}${style.dim("▸ ")}`);
    }
  }

  /** The lines alone: bands would be a blur. */
  chart({ title, unit, series, xLabels }: Chart, indent: number): string[] {
    const width = Math.min(this.#width, WIDEST_CHART) - indent;
    const drawn = renderLineChart({ series, width, height: CHART_ROWS, ascii: this.#ascii, xLabels: xLabels.map(legible), format: (value, step) => `${formatTick(value, step)}${unit}` });
    return [...this.text([{ text: title, strong: true }], indent), ...drawn.split("\n").map((line) => `${" ".repeat(indent)}${line}`)];
  }

  item(item: ListItem, indent: number): string[] {
    const mark = item.word === undefined ? SYMBOLS[item.tone] : `${SYMBOLS[item.tone]} ${item.word}`;
    // Of what nobody has to act on, one line is enough unless all is wanted.
    const detail = item.detail === undefined || (item.tone === "muted" && !this.#full) ? [] : this.text([{ text: item.detail, tone: "muted" }], indent + 2);
    return [...this.text([{ text: mark, tone: item.tone }, { text: "  " }, ...item.line], indent, 2), ...detail];
  }

  step(step: TimelineStep, index: number, isLast: boolean, indent: number): string[] {
    const pad = " ".repeat(indent);
    const rail = isLast ? " " : "│";
    const state = step.state === undefined ? [] : [{ text: `  [${step.state.text}]`, tone: step.state.tone }];
    const railed = (line: Line): string[] => this.text(line, indent + 3, 0, `${pad}${rail}  `).map((text, place) => (place === 0 || isLast ? text : `${pad}${rail}${text.slice(indent + 1)}`));
    return [
      ...(step.waits === undefined ? [] : this.text([{ text: `wait: ${step.waits}`, tone: "warn" }], indent + 3, 0, `${pad}│  `)),
      ...this.text([{ text: `${index + 1}. ` }, { text: step.title, strong: true }, ...state], indent, 3),
      ...railed([{ text: `by ${step.who} ` }, ...(step.address === undefined ? [] : [step.address])]),
      ...(step.earliest === undefined ? [] : railed([{ text: `earliest: ${step.earliest}`, tone: "warn" }])),
      ...(step.people ?? []).flatMap((item) => railed([{ text: `${SYMBOLS[item.tone]} ${item.word ?? ""}`, tone: item.tone }, { text: "  " }, ...item.line])),
    ];
  }

  /** Label and value side by side where both fit, else one below the other, so that a hash stays on one line. */
  #facts(facts: readonly { label: string; value: Line; note?: string | undefined }[], indent: number): string[] {
    const labelWidth = Math.min(30, Math.max(...facts.map(({ label }) => widthOf(legible(label)))));
    const column = indent + labelWidth + 2;
    return this.bounded(facts, ({ label, value, note }) => {
      const longest = Math.max(...plainText(value).split(" ").map(widthOf));
      const isBeside = column + Math.min(longest, 66) <= this.#width && widthOf(label) <= labelWidth;
      const first = `${" ".repeat(indent)}${this.#style.dim(legible(label))}${" ".repeat(Math.max(0, labelWidth - widthOf(legible(label))))}  `;
      const place = isBeside ? column : indent + 2;
      const noted = note === undefined ? [] : this.text([{ text: note, tone: "muted" }], place);
      if (isBeside) return [...this.text(value, column, 0, first), ...noted];
      return [...this.text([{ text: label, tone: "muted" }], indent), ...this.text(value, place), ...noted];
    }, indent);
  }

  /** Aligned columns where they fit; else one entry per row, so that no address is ever cut. */
  #table(columns: readonly string[], rows: readonly (readonly Line[])[], indent: number): string[] {
    const shown = this.#full ? rows : rows.slice(0, MOST_ROWS);
    const texts = shown.map((row) => row.map(plainText));
    const widths = columns.map((column, index) => texts.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? "")), column.length));
    const total = indent + widths.reduce((sum, width) => sum + width + 2, -2);
    const style = this.#style;
    const pad = " ".repeat(indent);
    const lines =
      total <= this.#width
        ? [
            `${pad}${style.dim(columns.map((column, index) => column.padEnd(widths[index] ?? 0)).join("  ").trimEnd())}`,
            ...shown.map((row, place) =>
              `${pad}${row.map((cell, index) => `${cell.map((span) => paint(span, style)).join("")}${" ".repeat((widths[index] ?? 0) - widthOf(texts[place]?.[index] ?? ""))}`).join("  ")}`,
            ),
          ]
        : shown.flatMap((row) => [
            ...this.text(row[0] ?? [], indent, 2),
            ...this.#facts(row.slice(1).flatMap((value, index) => (value.length === 0 ? [] : [{ label: columns[index + 1] ?? "", value }])), indent + 2),
          ]);
    return rows.length === shown.length ? lines : [...lines, ...this.text([{ text: `${rows.length - shown.length} more in report.html and report.json`, tone: "muted" }], indent)];
  }

  /** One line where a slot stays as it is, else what it holds now and then. */
  #slot({ slot, before, after }: SlotPicture, indent: number): string[] {
    const line = (fields: readonly SlotField[]): Line => (fields.length === 0 ? [{ text: "nothing", tone: "muted" }] : fieldsLine(fields));
    const [now, then] = [line(before), line(after)];
    const isSame = plainText(now) === plainText(then);
    return this.#facts([{ label: `slot ${slot}`.padEnd(9), value: now }, ...(isSame ? [] : [{ label: "  becomes", value: then }])], indent);
  }

  #tree(roots: readonly TreeNode[], indent: number): string[] {
    const lines: string[] = [];
    const walk = (node: TreeNode, own: string, below: string): void => {
      const pad = " ".repeat(indent);
      // A tree deeper than the terminal is wide goes on at its edge.
      const edge = Math.max(4, this.#width - indent - NARROWEST);
      lines.push(...wrapLine(node.line, this.#style, this.#width, `${pad}${own.slice(-edge)}`, `${pad}${`${below}  `.slice(-edge)}`));
      for (const [index, child] of node.children.entries()) {
        const last = index === node.children.length - 1;
        walk(child, `${below}${last ? "└─ " : "├─ "}`, `${below}${last ? "   " : "│  "}`);
      }
    };
    for (const root of roots) walk(root, "", "");
    return lines;
  }
}

function fieldsLine(fields: readonly SlotField[]): Line {
  return fields.flatMap(({ label, type, offsetBytes, sizeBytes, tone, word }, index) => [
    { text: `${index === 0 ? "" : ", "}${type} ` },
    { text: label, mono: true, tone },
    { text: sizeBytes === 32 ? "" : ` (bytes ${offsetBytes} to ${offsetBytes + sizeBytes - 1})`, tone: "muted" as const },
    { text: word === undefined ? "" : ` ${word}`, tone },
  ]);
}
