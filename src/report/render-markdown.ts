/** A report as Markdown that GitHub shows safely: no text in it can become a link, an image, a mention or markup. */
import { printable } from "../protocol/printable.ts";
import { buildReport } from "./build-document.ts";
import type { Block, Line, ListItem, Span, Tone, TreeNode } from "./document.ts";
import type { ReportData } from "./report-data.ts";

const SYMBOLS: Record<Tone, string> = { good: "✅", bad: "❌", warn: "⚠️", muted: "▫️", plain: "" };

/** The report as Markdown that ends with a newline. */
export function renderMarkdown(data: ReportData): string {
  const report = buildReport(data);
  const parts = [
    `# ${escape(report.title)}`,
    escape(report.subtitle),
    `> ${SYMBOLS[report.verdict.tone]} **${escape(report.verdict.headline)}**\n${report.verdict.lines.map((line) => `>\n> ${escape(line)}`).join("\n")}`,
    ...report.sections.flatMap((section) => [`## ${escape(section.title)}`, ...section.blocks.flatMap((block) => renderBlock(block, 3))]),
    "---",
    escape(report.footer),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function renderBlock(block: Block, level: number): string[] {
  switch (block.kind) {
    case "verdict":
      return [escape(block.headline)];
    case "text":
      return [inline(block.line)];
    case "facts":
      return [table(["", ""], block.facts.map((fact) => [escape(fact.label), `${inline(fact.value)}${fact.note === undefined ? "" : `<br>${escape(fact.note)}`}`]))];
    case "table":
      return [table(block.columns.map(escape), block.rows.map((row) => row.map(inline)))];
    case "list":
      return [block.items.map(renderItem).join("\n")];
    case "code":
      return [...(block.caption === undefined ? [] : [escape(block.caption)]), fence(block.text)];
    case "tree":
      return [block.roots.flatMap((root) => renderTree(root, 0)).join("\n")];
    case "timeline":
      return [
        block.steps
          .map((step, index) => {
            const by = step.address === undefined ? escape(step.who) : `${escape(step.who)} ${inline([step.address])}`;
            const state = step.state === undefined ? "" : ` (${escape(step.state.text)})`;
            return `${index + 1}. **${escape(step.title)}**${state}\n   - by ${by}${step.waits === undefined ? "" : `\n   - first wait: ${escape(step.waits)}`}`;
          })
          .join("\n"),
      ];
    case "card": {
      const symbol = SYMBOLS[block.tone];
      return [`${"#".repeat(Math.min(level, 6))} ${symbol === "" ? "" : `${symbol} `}${inline(block.title)}`, ...block.blocks.flatMap((inner) => renderBlock(inner, level + 1))];
    }
    case "fold":
      return [`<details><summary>${escapeHtml(block.title)}</summary>`, ...block.blocks.flatMap((inner) => renderBlock(inner, level + 1)), "</details>"];
  }
}

function renderItem(item: ListItem): string {
  const symbol = SYMBOLS[item.tone];
  const mark = [symbol, item.word === undefined ? "" : `**${escape(item.word)}**`].filter((part) => part !== "").join(" ");
  return `- ${mark === "" ? "" : `${mark} `}${inline(item.line)}${item.detail === undefined ? "" : `<br>${escape(item.detail)}`}`;
}

function renderTree(node: TreeNode, depth: number): string[] {
  return [`${"  ".repeat(depth)}- ${inline(node.line)}`, ...node.children.flatMap((child) => renderTree(child, depth + 1))];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map((row) => line(row))].join("\n");
}

function inline(line: Line): string {
  return line.map(span).join("");
}

function span(part: Span): string {
  // Spaces at the ends would break emphasis and code spans.
  const [, before = "", text = "", after = ""] = /^(\s*)(.*?)(\s*)$/s.exec(printable(part.text)) ?? [];
  if (text === "") return before;
  const shown = part.mono === true ? codeSpan(text) : escape(text);
  const strong = part.strong === true || part.tone === "bad" ? `**${shown}**` : shown;
  const linked = part.url === undefined ? strong : `[${strong}](<${escapeUrl(part.url)}>)`;
  return `${before}${linked}${after}`;
}

/** A code span in which nothing is special but its own fence. A bar would end a table cell, so it is written the long way. */
function codeSpan(text: string): string {
  if (text.includes("|")) return `<code>${escape(text)}</code>`;
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  const fenceText = "`".repeat(longest + 1);
  return longest > 0 ? `${fenceText} ${text} ${fenceText}` : `${fenceText}${text}${fenceText}`;
}

function fence(text: string): string {
  const shown = printable(text);
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map((run) => run[0].length));
  const fenceText = "`".repeat(longest + 1);
  return `${fenceText}text\n${shown}\n${fenceText}`;
}

/**
 * Plain text. Everything that starts markup is escaped; addresses of pages are kept from becoming links;
 * `@` and `#` are cut off from what follows, because GitHub looks for mentions and references in the
 * finished page, where an escape no longer shows.
 */
function escape(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]<>|~&!$]/g, "\\$&")
    .replace(/:\/\//g, ":\\/\\/")
    .replace(/www\./gi, (www) => www.replace(".", "\\."))
    .replace(/[@#](?=\w)/g, "$&<!-- -->")
    .replace(/^(?:[-+=#]|\d+(?=[.)](?:\s|$)))/, (start) => (/^\d/.test(start) ? `${start}\\` : `\\${start}`));
}

function escapeHtml(text: string): string {
  return printable(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

function escapeUrl(url: string): string {
  return /^https:\/\//.test(url) ? encodeURI(decodeURI(url)).replace(/[<>\s]/g, "") : "#";
}
