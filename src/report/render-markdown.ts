/** A report as Markdown that GitHub shows safely: no text in it can become a link, an image, a mention or markup. */
import { buildReport } from "./build-document.ts";
import type { Block, Chart, Line, ListItem, PairRow, ReportDocument, SlotField, Span, TimelineStep, Tone, TreeNode } from "./document.ts";
import { legible } from "./legible.ts";
import type { ReportData } from "./report-data.ts";
import { shorten } from "./shorten.ts";
import { renderLineChart } from "./terminal-chart.ts";
import { formatTick } from "./chart-scale.ts";

const SYMBOLS: Record<Tone, string> = { good: "✅", bad: "❌", warn: "⚠", muted: "▫", plain: "" };

/** What a GitHub comment or pull request takes at most, less room for a sentence around it. */
const MOST_CHARACTERS = 60_000;

/** How much of long material is shown; what is left out is counted, and stands in the other forms. */
interface Limits {
  rows: number;
  lines: number;
  textCharacters: number;
  folds: boolean;
}

/** From generous to tight: the first form that fits is taken. */
const LIMITS: readonly Limits[] = [
  { rows: 100, lines: 400, textCharacters: 1_500, folds: true },
  { rows: 40, lines: 120, textCharacters: 600, folds: true },
  { rows: 20, lines: 40, textCharacters: 300, folds: false },
  { rows: 8, lines: 10, textCharacters: 160, folds: false },
];
const UNLIMITED: Limits = { rows: Infinity, lines: Infinity, textCharacters: 1_500, folds: true };

/** The report as Markdown that ends with a newline and fits a forum post or a pull request. */
export function renderMarkdown(data: ReportData): string {
  const report = buildReport(data);
  let text = "";
  for (const limits of LIMITS) {
    text = renderDocument(report, limits);
    if (text.length <= MOST_CHARACTERS) return text;
  }
  return cutAtSection(text);
}

/** Any document, whole. */
export function renderMarkdownDocument(document: ReportDocument): string {
  return renderDocument(document, UNLIMITED);
}

function renderDocument(report: ReportDocument, limits: Limits): string {
  const writer = new Writer(limits);
  const { verdict } = report;
  const parts = [
    `# ${writer.escape(report.title)}`,
    writer.escape(report.subtitle),
    ...(verdict === undefined ? [] : [`> ${SYMBOLS[verdict.tone]} **${writer.escape(verdict.headline)}**\n${writer.bounded(verdict.lines, (line) => `>\n> ${writer.escape(line)}`, (more) => `>\n> ${more}`).join("\n")}`]),
    ...report.sections.flatMap((section) => [`## ${writer.escape(section.title)}`, ...writer.blocks(section.blocks, 3)]),
    "---",
    writer.escape(report.footer),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** The last resort, for reports that no limit on rows makes short enough: whole sections, then a word on the rest. */
function cutAtSection(text: string): string {
  const end = text.lastIndexOf("\n## ", MOST_CHARACTERS);
  return `${text.slice(0, end)}\n\n---\n\nMore in report.html and report.json.\n`;
}

class Writer {
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  blocks(blocks: readonly Block[], level: number): string[] {
    return this.bounded(blocks, (block) => this.block(block, level), (more) => [more]).flat();
  }

  /** The first items, and a word on how many are left out. */
  bounded<T, R>(items: readonly T[], render: (item: T, index: number) => R, rest: (text: string) => R): R[] {
    const { rows } = this.#limits;
    const shown = items.length <= rows ? items : items.slice(0, rows);
    return [...shown.map(render), ...(shown.length < items.length ? [rest(`${items.length - shown.length} more in report.html and report.json`)] : [])];
  }

  block(block: Block, level: number): string[] {
    switch (block.kind) {
      case "verdict":
        return [this.escape(block.headline)];
      case "text":
        return [this.inline(block.line)];
      case "facts":
        return this.table(["", ""], block.facts, (fact) => [this.escape(fact.label), `${this.inline(fact.value)}${fact.note === undefined ? "" : `<br>${this.escape(fact.note)}`}`]);
      case "table":
        return this.table(block.columns.map((column) => this.escape(column)), block.rows, (row) => row.map((cell) => this.inline(cell)));
      case "list":
        return [this.bounded(block.items, (item) => `- ${this.item(item)}`, (more) => `- ${more}`).join("\n")];
      case "code":
        return [...(block.caption === undefined ? [] : [this.escape(block.caption)]), fence([shorten(legible(block.text), this.#limits.textCharacters * 4)], "text")];
      case "diff":
        return [fence(this.#diffLines(block.text), "diff")];
      case "pairs":
        return this.table([this.escape(block.left), this.escape(block.right)], block.rows, (row) => this.pair(row));
      case "slots":
        return this.table(["Slot", "Now", "Then"], block.rows, (row) => [this.escape(row.slot), this.fields(row.before), this.fields(row.after)]);
      case "tree":
        return [this.#tree(block.roots)];
      case "timeline":
        return [block.steps.map((step, index) => this.step(step, index)).join("\n")];
      case "chart":
        return [`**${this.escape(block.chart.title)}**`, this.escape(block.chart.description), fence(drawnLines(block.chart), "text")];
      case "card": {
        const symbol = SYMBOLS[block.tone];
        return [`${"#".repeat(Math.min(level, 6))} ${symbol === "" ? "" : `${symbol} `}${this.inline(block.title)}`, ...this.blocks(block.blocks, level + 1)];
      }
      case "fold":
        return this.#limits.folds || block.long !== true
          ? [`<details><summary>${this.#html(block.title)}</summary>`, ...this.blocks(block.blocks, level + 1), "</details>"]
          : [`${this.escape(block.title)}: in report.html and report.json`];
    }
  }

  item(item: ListItem): string {
    const symbol = SYMBOLS[item.tone];
    const mark = [symbol, item.word === undefined ? "" : `**${this.escape(item.word)}**`].filter((part) => part !== "").join(" ");
    return `${mark === "" ? "" : `${mark} `}${this.inline(item.line)}${item.detail === undefined ? "" : `<br>${this.escape(item.detail)}`}`;
  }

  pair({ left, right }: PairRow): string[] {
    return [this.inline(left), this.bounded(right, (item) => this.item(item), (more) => more).join("<br>")];
  }

  fields(fields: readonly SlotField[]): string {
    return fields
      .map(({ label, type, offsetBytes, sizeBytes, tone, word }) => {
        const place = offsetBytes === 0 && sizeBytes === 32 ? "" : ` bytes ${offsetBytes} to ${offsetBytes + sizeBytes - 1}`;
        const mark = word === undefined ? "" : ` ${SYMBOLS[tone]} ${this.escape(word)}`;
        return `${this.#code(`${type} ${label}`)}${place}${mark}`;
      })
      .join("<br>");
  }

  step(step: TimelineStep, index: number): string {
    const by = step.address === undefined ? this.escape(step.who) : `${this.escape(step.who)} ${this.inline([step.address])}`;
    const state = step.state === undefined ? "" : ` (${this.escape(step.state.text)})`;
    return [
      `${index + 1}. **${this.escape(step.title)}**${state}`,
      `   - by ${by}`,
      ...(step.waits === undefined ? [] : [`   - first wait: ${this.escape(step.waits)}`]),
      ...(step.earliest === undefined ? [] : [`   - earliest: ${this.escape(step.earliest)}`]),
      ...this.bounded(step.people ?? [], (item) => `   - ${this.item(item)}`, (more) => `   - ${more}`),
    ].join("\n");
  }

  table<T>(columns: readonly string[], rows: readonly T[], render: (row: T) => readonly string[]): string[] {
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    const { rows: most } = this.#limits;
    const shown = rows.slice(0, most).map((row) => line(render(row)));
    return [
      [line(columns), line(columns.map(() => "---")), ...shown].join("\n"),
      ...(rows.length > shown.length ? [`${rows.length - shown.length} more rows in report.html and report.json`] : []),
    ];
  }

  inline(line: Line): string {
    return line.map((part) => this.#span(part)).join("");
  }

  #span(part: Span): string {
    // Spaces at the ends would break emphasis and code spans.
    const [, before = "", text = "", after = ""] = /^(\s*)(.*?)(\s*)$/s.exec(this.#short(part.text)) ?? [];
    if (text === "") return before;
    const shown = part.mono === true ? this.#code(text) : escapeMarkdown(text);
    const strong = part.strong === true || part.tone === "bad" ? `**${shown}**` : shown;
    const linked = part.url === undefined ? strong : `[${strong}](<${escapeUrl(part.url)}>)`;
    return `${before}${linked}${after}`;
  }

  escape(text: string): string {
    return escapeMarkdown(this.#short(text));
  }

  /** A code span in which nothing is special but its own fence. A bar would end a table cell, so it is written the long way. */
  #code(raw: string): string {
    const text = this.#short(raw);
    if (text.includes("|")) return `<code>${escapeMarkdown(text)}</code>`;
    const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
    const fenceText = "`".repeat(longest + 1);
    return longest > 0 ? `${fenceText} ${text} ${fenceText}` : `${fenceText}${text}${fenceText}`;
  }

  #html(text: string): string {
    return this.#short(text)
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/>/g, "&gt;")
      .replace(/"/g, "&quot;")
      .replace(/[@#](?=\w)/g, "$&<!-- -->")
      .replace(/:\/\//g, ":<!-- -->//")
      .replace(/www\./gi, (www) => `${www.slice(0, 3)}<!-- -->.`)
      // What stands in a line of HTML is Markdown still, for GitHub.
      .replace(/[\\`*_[\]~$!|]/g, (character) => `&#${character.charCodeAt(0)};`);
  }

  #short(text: string): string {
    return shorten(legible(text), this.#limits.textCharacters);
  }

  #diffLines(text: string): string[] {
    const all = text.replace(/\n$/, "").split("\n");
    const shown = all.slice(0, this.#limits.lines).map((line) => shorten(legible(line), 400));
    return all.length > shown.length ? [...shown, `${all.length - shown.length} more lines in report.html and report.json`] : shown;
  }

  /** Depth first, in the order of execution; the rest is counted. */
  #tree(roots: readonly TreeNode[]): string {
    const lines: string[] = [];
    let hidden = 0;
    const walk = (node: TreeNode, depth: number): void => {
      if (lines.length < this.#limits.lines) lines.push(`${"  ".repeat(depth)}- ${this.inline(node.line)}`);
      else hidden += 1;
      for (const child of node.children) walk(child, depth + 1);
    };
    for (const root of roots) walk(root, 0);
    return [...lines, ...(hidden === 0 ? [] : [`- ${hidden} more calls in report.html and report.json`])].join("\n");
  }
}

/** Characters in a fixed grid: wide enough to be read, narrow enough for a forum. */
function drawnLines({ series, unit, xLabels }: Chart): string[] {
  return renderLineChart({ series, width: 76, height: 10, xLabels: xLabels.map(legible), format: (value, step) => `${formatTick(value, step)}${unit}` }).split("\n");
}

function fence(lines: readonly string[], language: "text" | "diff"): string {
  const shown = lines.join("\n");
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map((run) => run[0].length));
  const fenceText = "`".repeat(longest + 1);
  return `${fenceText}${language}\n${shown}\n${fenceText}`;
}

/**
 * Plain text. Everything that starts markup is escaped; addresses of pages are kept from becoming links;
 * `@` and `#` are cut off from what follows, because GitHub looks for mentions and references in the
 * finished page, where an escape no longer shows.
 */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>|~&!$]/g, "\\$&")
    .replace(/:\/\//g, ":\\/\\/")
    .replace(/www\./gi, (www) => www.replace(".", "\\."))
    .replace(/[@#](?=\w)/g, "$&<!-- -->")
    .replace(/^(?:[-+=#]|\d+(?=[.)](?:\s|$)))/, (start) => (/^\d/.test(start) ? `${start}\\` : `\\${start}`));
}

function escapeUrl(url: string): string {
  return /^https:\/\//.test(url) ? encodeURI(url).replace(/[<>\s]/g, "") : "#";
}
