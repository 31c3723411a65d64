/** A report as one self-contained page: no script, nothing fetched, readable in light and dark, the same bytes every time. */
import { printable } from "../protocol/printable.ts";
import { buildReport } from "./build-document.ts";
import type { Block, Line, ListItem, Span, Tone, TreeNode } from "./document.ts";
import { PAGE_STYLE } from "./page-style.ts";
import type { ReportData } from "./report-data.ts";
import { timelineSvg } from "./timeline-svg.ts";

const SYMBOLS: Record<Tone, string> = { good: "✓", bad: "✗", warn: "!", muted: "·", plain: "•" };

/** The report as an HTML document that ends with a newline. */
export function renderHtml(data: ReportData): string {
  const report = buildReport(data);
  return [
    "<!doctype html>",
    `<html lang="en">`,
    "<head>",
    `<meta charset="utf-8">`,
    // Even if some text slipped through: no script runs, nothing is loaded, nothing is sent.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">`,
    `<meta name="viewport" content="width=device-width,initial-scale=1">`,
    `<meta name="referrer" content="no-referrer">`,
    `<title>${escape(report.title)}</title>`,
    `<style>${PAGE_STYLE}</style>`,
    "</head>",
    "<body>",
    "<main>",
    `<h1>${escape(report.title)}</h1>`,
    `<div class="subtitle">${escape(report.subtitle)}</div>`,
    renderBlock(report.verdict, 2),
    ...report.sections.map((section) => `<section>\n<h2>${escape(section.title)}</h2>\n${renderBlocks(section.blocks, 3)}\n</section>`),
    `<footer>${escape(report.footer)}</footer>`,
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function renderBlocks(blocks: readonly Block[], level: number): string {
  return blocks.map((block) => renderBlock(block, level)).join("\n");
}

function renderBlock(block: Block, level: number): string {
  switch (block.kind) {
    case "verdict":
      return `<div class="verdict ${block.tone}"><strong><span aria-hidden="true">${SYMBOLS[block.tone]}</span> ${escape(block.headline)}</strong>${block.lines.map((line) => `<div>${escape(line)}</div>`).join("")}</div>`;
    case "text":
      return `<p>${inline(block.line)}</p>`;
    case "facts":
      return `<dl>${block.facts
        .map((fact) => `<dt>${escape(fact.label)}</dt><dd>${inline(fact.value)}${fact.note === undefined ? "" : `<div class="note">${escape(fact.note)}</div>`}</dd>`)
        .join("\n")}</dl>`;
    case "table": {
      const head = block.columns.map((column) => `<th scope="col">${escape(column)}</th>`).join("");
      const rows = block.rows.map((row) => `<tr>${row.map((cell) => `<td>${inline(cell)}</td>`).join("")}</tr>`).join("\n");
      return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
    }
    case "list":
      return `<ul${block.items.some((item) => item.word !== undefined) ? ` class="plain"` : ""}>${block.items.map(renderItem).join("\n")}</ul>`;
    case "code":
      return `${block.caption === undefined ? "" : `<div class="note">${escape(block.caption)}</div>`}<pre>${escape(block.text)}</pre>`;
    case "tree":
      return `<ul class="tree">${block.roots.map(renderTree).join("")}</ul>`;
    case "timeline":
      return `${timelineSvg(block.steps, escape)}\n<ol>${block.steps
        .map((step) => {
          const waits = step.waits === undefined ? "" : `<div class="warn-text">first wait: ${escape(step.waits)}</div>`;
          const state = step.state === undefined ? "" : ` <span class="word ${step.state.tone}">${escape(step.state.text)}</span>`;
          const address = step.address === undefined ? "" : ` ${inline([step.address])}`;
          return `<li>${waits}<strong>${escape(step.title)}</strong>${state}<div class="note">by ${escape(step.who)}${address}</div></li>`;
        })
        .join("\n")}</ol>`;
    case "card": {
      const tag = `h${Math.min(level, 6)}`;
      return `<div class="card ${block.tone}"><${tag}>${inline(block.title)}</${tag}>${renderBlocks(block.blocks, level + 1)}</div>`;
    }
    case "fold":
      return `<details><summary>${escape(block.title)}</summary>${renderBlocks(block.blocks, level + 1)}</details>`;
  }
}

function renderItem(item: ListItem): string {
  const word = item.word === undefined ? "" : `<span class="word ${item.tone}">${escape(item.word)}</span>`;
  return `<li>${word}${inline(item.line)}${item.detail === undefined ? "" : `<div class="note">${escape(item.detail)}</div>`}</li>`;
}

function renderTree(node: TreeNode): string {
  return `<li>${inline(node.line)}${node.children.length === 0 ? "" : `<ul>${node.children.map(renderTree).join("")}</ul>`}</li>`;
}

function inline(line: Line): string {
  return line.map(span).join("");
}

function span(part: Span): string {
  const classes = [...(part.mono === true ? ["mono"] : []), ...(ADDRESS.test(part.text) ? ["hex", "address"] : part.mono === true && part.text.startsWith("0x") ? ["hex"] : []), ...(part.tone === undefined || part.tone === "plain" ? [] : [`${part.tone}-text`])];
  // Paths of variables may break after a dot or a bracket, never inside a name.
  const text = part.mono === true && !part.text.startsWith("0x") ? escape(part.text).replace(/[.\]](?=\w)/g, "$&<wbr>") : escape(part.text);
  const strong = part.strong === true ? `<b>${text}</b>` : text;
  const shown = classes.length === 0 ? strong : `<span class="${classes.join(" ")}">${strong}</span>`;
  return part.url !== undefined && /^https:\/\//.test(part.url) ? `<a href="${escape(part.url)}" rel="noreferrer">${shown}</a>` : shown;
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
