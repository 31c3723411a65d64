/** A report as terminal text. Symbols and words carry the meaning; colour only repeats it. */
import { printable } from "../protocol/printable.ts";
import { buildReport } from "./build-document.ts";
import type { Block, Line, ListItem, Span, Tone, TreeNode } from "./document.ts";
import type { ReportData } from "./report-data.ts";

export type Paint = (text: string) => string;

export interface TerminalStyle {
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
}

export interface TerminalOptions {
  style?: TerminalStyle | undefined;
  /** Columns available; tables that do not fit become lists. Default 100. */
  width?: number | undefined;
  /** Also calldata, calls and events, which the other forms fold. Default false. */
  full?: boolean | undefined;
}

const same: Paint = (text) => text;
export const PLAIN_STYLE: TerminalStyle = { bold: same, dim: same, red: same, green: same, yellow: same };

const SYMBOLS: Record<Tone, string> = { good: "✓", bad: "✗", warn: "!", muted: "·", plain: "•" };

/** The report as text that ends with a newline. Nothing in it can move the cursor or colour by itself. */
export function renderTerminal(data: ReportData, options: TerminalOptions = {}): string {
  const style = options.style ?? PLAIN_STYLE;
  const context: Context = { style, width: options.width ?? 100, full: options.full ?? false };
  const report = buildReport(data);
  const rule = style.dim("─".repeat(Math.min(context.width, 72)));
  const lines = [style.bold(printable(report.title)), style.dim(printable(report.subtitle)), ""];
  lines.push(paint(style, report.verdict.tone, style.bold(`${SYMBOLS[report.verdict.tone]} ${printable(report.verdict.headline)}`)));
  lines.push(...report.verdict.lines.map((line) => `  ${printable(line)}`));
  for (const section of report.sections) {
    lines.push("", rule, style.bold(printable(section.title)), "");
    lines.push(...renderBlocks(section.blocks, context, 2));
  }
  lines.push("", style.dim(printable(report.footer)));
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

interface Context {
  style: TerminalStyle;
  width: number;
  full: boolean;
}

function renderBlocks(blocks: readonly Block[], context: Context, indent: number): string[] {
  const shown = blocks.map((block) => renderBlock(block, context, indent)).filter((lines) => lines.length > 0);
  // Cards and tables breathe; facts and lists belong to what stands before them.
  return shown.flatMap((lines, index) => (index > 0 ? ["", ...lines] : lines));
}

function renderBlock(block: Block, context: Context, indent: number): string[] {
  const { style } = context;
  const pad = " ".repeat(indent);
  switch (block.kind) {
    case "verdict":
      return [block.headline, ...block.lines].map((line) => `${pad}${printable(line)}`);
    case "text":
      return wrap(plainText(block.line), context.width - indent).map((line) => `${pad}${line}`);
    case "facts": {
      const labelWidth = Math.min(30, Math.max(...block.facts.map((fact) => printable(fact.label).length)));
      return block.facts.flatMap((fact) => [
        `${pad}${style.dim(printable(fact.label).padEnd(labelWidth))}  ${inline(fact.value, style)}`,
        ...(fact.note === undefined ? [] : [`${pad}${" ".repeat(labelWidth)}  ${style.dim(printable(fact.note))}`]),
      ]);
    }
    case "table":
      return renderTable(block.columns, block.rows, context, indent);
    case "list":
      return block.items.flatMap((item) => renderItem(item, context, indent));
    case "code":
      return [...(block.caption === undefined ? [] : [`${pad}${style.dim(printable(block.caption))}`]), `${pad}${printable(block.text)}`];
    case "tree":
      return block.roots.flatMap((root) => renderTree(root, style, pad, "", ""));
    case "timeline":
      return block.steps.flatMap((step, index) => {
        const by = step.address === undefined ? printable(step.who) : `${printable(step.who)} ${printable(step.address.text)}`;
        const state = step.state === undefined ? "" : `  ${paint(style, step.state.tone, `[${printable(step.state.text)}]`)}`;
        return [
          ...(step.waits === undefined ? [] : [`${pad}│  ${style.yellow(`wait: ${printable(step.waits)}`)}`]),
          `${pad}${index + 1}. ${style.bold(printable(step.title))}${state}`,
          `${pad}${index === block.steps.length - 1 ? " " : "│"}  by ${by}`,
        ];
      });
    case "card":
      return [
        `${pad}${paint(style, block.tone === "muted" ? "plain" : block.tone, block.tone === "plain" || block.tone === "muted" ? "" : `${SYMBOLS[block.tone]} `)}${inline(block.title, style)}`,
        ...renderBlocks(block.blocks, context, indent + 2),
      ];
    case "fold":
      return context.full ? [`${pad}${style.dim(printable(block.title))}`, ...renderBlocks(block.blocks, context, indent + 2)] : [`${pad}${style.dim(`${printable(block.title)}: in the full report`)}`];
  }
}

function renderItem(item: ListItem, context: Context, indent: number): string[] {
  const { style } = context;
  const pad = " ".repeat(indent);
  const mark = paint(style, item.tone, item.word === undefined ? SYMBOLS[item.tone] : `${SYMBOLS[item.tone]} ${printable(item.word)}`);
  const detail = item.detail === undefined ? [] : wrap(printable(item.detail), context.width - indent - 2).map((line) => `${pad}  ${style.dim(line)}`);
  return [`${pad}${mark}  ${inline(item.line, style)}`, ...detail];
}

/** Aligned columns where they fit; else one entry per row, so that no address is ever cut. */
function renderTable(columns: readonly string[], rows: readonly (readonly Line[])[], context: Context, indent: number): string[] {
  const { style } = context;
  const pad = " ".repeat(indent);
  const texts = rows.map((row) => row.map(plainText));
  const widths = columns.map((column, index) => Math.max(column.length, ...texts.map((row) => widthOf(row[index] ?? ""))));
  const total = indent + widths.reduce((sum, width) => sum + width + 2, -2);
  if (total <= context.width) {
    const header = columns.map((column, index) => column.padEnd(widths[index] ?? 0)).join("  ");
    return [
      `${pad}${style.dim(header.trimEnd())}`,
      ...rows.map((row, rowIndex) =>
        `${pad}${row.map((cell, index) => `${inline(cell, style)}${" ".repeat((widths[index] ?? 0) - widthOf(texts[rowIndex]?.[index] ?? ""))}`).join("  ")}`,
      ),
    ];
  }
  const labelWidth = Math.max(...columns.slice(1).map((column) => column.length));
  return rows.flatMap((row) => [
    `${pad}${inline(row[0] ?? [], style)}`,
    ...row.slice(1).map((cell, index) => `${pad}  ${style.dim((columns[index + 1] ?? "").padEnd(labelWidth))}  ${inline(cell, style)}`),
  ]);
}

function renderTree(node: TreeNode, style: TerminalStyle, pad: string, own: string, below: string): string[] {
  return [
    `${pad}${own}${inline(node.line, style)}`,
    ...node.children.flatMap((child, index) => {
      const last = index === node.children.length - 1;
      return renderTree(child, style, pad, `${below}${last ? "└─ " : "├─ "}`, `${below}${last ? "   " : "│  "}`);
    }),
  ];
}

function inline(line: Line, style: TerminalStyle): string {
  return line.map((span) => paintSpan(span, style)).join("");
}

function paintSpan(span: Span, style: TerminalStyle): string {
  const text = printable(span.text);
  return paint(style, span.tone ?? "plain", span.strong === true ? style.bold(text) : text);
}

function paint(style: TerminalStyle, tone: Tone, text: string): string {
  switch (tone) {
    case "good": return style.green(text);
    case "bad": return style.red(text);
    case "warn": return style.yellow(text);
    case "muted": return style.dim(text);
    case "plain": return text;
  }
}

function plainText(line: Line): string {
  return line.map((span) => printable(span.text)).join("");
}

/** Columns that a text takes: wide scripts take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(character) ? 2 : /\p{M}/u.test(character) ? 0 : 1;
  return width;
}

/** Breaks at spaces only: a word longer than the line stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(" ")) {
    if (current !== "" && widthOf(current) + 1 + widthOf(word) > width) {
      lines.push(current);
      current = word;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return [...lines, current];
}
