/** A report as one self-contained page: no script, nothing fetched, readable in light and dark, the same bytes every time. */
import { createHash } from "node:crypto";
import { buildReport } from "./build-document.ts";
import type { Block, Line, ListItem, PairRow, ReportDocument, SlotField, SlotPicture, Span, TimelineStep, Tone, TreeNode } from "./document.ts";
import { escapeHtml } from "./escape-html.ts";
import { legible } from "./legible.ts";
import { lineChartSvg } from "./line-chart-svg.ts";
import { PAGE_STYLE } from "./page-style.ts";
import type { ReportData } from "./report-data.ts";
import { shorten } from "./shorten.ts";
import { timelineSvg } from "./timeline-svg.ts";

const SYMBOLS: Record<Tone, string> = { good: "✓", bad: "✗", warn: "!", muted: "·", plain: "•" };

/** Rows, entries and cards that stand open; the rest is folded, and nothing is left out. */
const MOST_OPEN = 100;
/** Calls deeper than this in a tree are folded. */
const OPEN_DEPTH = 4;
/** Depth from which a tree no longer moves to the right. */
const FLAT_DEPTH = 24;
const MOST_CODE_CHARACTERS = 200_000;
const MOST_LABEL_CHARACTERS = 200;

/** The report as an HTML document that ends with a newline. */
export function renderHtml(data: ReportData): string {
  return renderHtmlDocument(buildReport(data));
}

/** Any document, as a page of the same kind. */
export function renderHtmlDocument(report: ReportDocument): string {
  const { verdict, sections } = report;
  const title = shorten(legible(report.title), MOST_LABEL_CHARACTERS);
  const style = createHash("sha256").update(PAGE_STYLE).digest("base64");
  return [
    "<!doctype html>",
    `<html lang="en">`,
    "<head>",
    `<meta charset="utf-8">`,
    // Even if some text slipped through: no script runs, no other style counts, nothing is loaded, nothing is sent.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'">`,
    `<meta name="viewport" content="width=device-width,initial-scale=1">`,
    `<meta name="referrer" content="no-referrer">`,
    `<title>${escape(title)}</title>`,
    `<style>${PAGE_STYLE}</style>`,
    "</head>",
    "<body>",
    "<main>",
    `<h1>${escape(title)}</h1>`,
    `<div class="subtitle">${escape(report.subtitle)}</div>`,
    ...(verdict === undefined ? [] : [renderBlock(verdict, 2)]),
    `<nav aria-label="Sections"><ul>${sections.map(({ title }, index) => `<li><a href="#s${index + 1}">${escape(title)}</a></li>`).join("")}</ul></nav>`,
    ...sections.map((section, index) => `<section aria-labelledby="s${index + 1}">\n<h2 id="s${index + 1}">${escape(section.title)}</h2>\n${renderBlocks(section.blocks, 3)}\n</section>`),
    `<footer>${escape(report.footer)}</footer>`,
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function renderBlocks(blocks: readonly Block[], level: number): string {
  return bounded(blocks, (part) => part.map((block) => renderBlock(block, level)).join("\n"));
}

/** The first entries open, the others folded below them. */
function bounded<T>(items: readonly T[], render: (items: readonly T[]) => string): string {
  if (items.length <= MOST_OPEN + 1) return render(items);
  return `${render(items.slice(0, MOST_OPEN))}\n<details class="long"><summary>${items.length - MOST_OPEN} more</summary>${render(items.slice(MOST_OPEN))}</details>`;
}

function renderBlock(block: Block, level: number): string {
  switch (block.kind) {
    case "verdict":
      return `<div class="verdict ${block.tone}"><strong><span aria-hidden="true">${SYMBOLS[block.tone]}</span> ${escape(block.headline)}</strong>${bounded(block.lines, (lines) => lines.map((line) => `<div>${escape(line)}</div>`).join(""))}</div>`;
    case "text":
      return `<p>${inline(block.line)}</p>`;
    case "facts":
      return bounded(block.facts, (facts) => `<dl class="facts">${facts
        .map((fact) => `<dt>${escape(shorten(legible(fact.label), MOST_LABEL_CHARACTERS))}</dt><dd>${inline(fact.value)}${note(fact.note)}</dd>`)
        .join("\n")}</dl>`);
    case "table": {
      const head = block.columns.map((column) => `<th scope="col">${escape(column)}</th>`).join("");
      return bounded(block.rows, (rows) => `<div class="scroll" role="region" aria-label="${escape(block.columns.join(", "))}" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${rows.map(tableRow).join("\n")}</tbody></table></div>`);
    }
    case "list":
      return bounded(block.items, list);
    case "code":
      return `${block.caption === undefined ? "" : `<div class="note">${escape(block.caption)}</div>`}<pre>${escapeHtml(shorten(block.text, MOST_CODE_CHARACTERS))}</pre>`;
    case "diff":
      return `<pre class="diff" role="region" aria-label="Changed lines" tabindex="0">${block.text.replace(/\n$/, "").split("\n").map(diffLine).join("")}</pre>`;
    case "pairs":
      return `<div class="pairs"><div class="head">${escape(block.left)}</div><div class="head">${escape(block.right)}</div>${block.rows.map(pairRow).join("\n")}</div>`;
    case "slots":
      return `<ol class="slots"><li class="head"><span class="number">Slot</span><span class="head">Now, byte 0 on the left</span><span class="head">Then</span></li>${block.rows.map(slotRow).join("\n")}</ol>`;
    case "tree":
      return `<ul class="tree">${block.roots.map((root) => treeNode(root, 0)).join("")}</ul>`;
    case "timeline":
      return `${timelineSvg(block.steps, escape)}\n<ol>${block.steps.map(timelineStep).join("\n")}</ol>`;
    case "chart":
      return `<figure><figcaption>${escape(block.chart.title)}</figcaption><div class="scroll" role="region" aria-label="${escape(block.chart.title)}" tabindex="0">${lineChartSvg(block.chart)}</div></figure>`;
    case "card": {
      const tag = `h${Math.min(level, 6)}`;
      return `<div class="card ${block.tone}"><${tag}>${inline(block.title.map((part) => ({ ...part, text: shorten(legible(part.text), MOST_LABEL_CHARACTERS) })))}</${tag}>${renderBlocks(block.blocks, level + 1)}</div>`;
    }
    case "fold":
      return `<details${block.long === true ? ` class="long"` : ""}><summary>${escape(block.title)}</summary>${renderBlocks(block.blocks, level + 1)}</details>`;
  }
}

/** The first cell names the row. */
function tableRow(row: readonly Line[]): string {
  return `<tr>${row.map((cell, index) => (index === 0 ? `<th scope="row">${inline(cell)}</th>` : `<td>${inline(cell)}</td>`)).join("")}</tr>`;
}

function list(items: readonly ListItem[]): string {
  return `<ul${items.some((item) => item.word !== undefined) ? ` class="plain"` : ""}>${items.map((item) => `<li>${itemText(item)}</li>`).join("\n")}</ul>`;
}

function itemText(item: ListItem): string {
  const word = item.word === undefined ? "" : `<span class="word ${item.tone}">${escape(item.word)}</span>`;
  return `${word}${inline(item.line)}${note(item.detail)}`;
}

function note(text: string | undefined): string {
  return text === undefined ? "" : `<div class="note">${escape(text)}</div>`;
}

function pairRow({ left, right }: PairRow): string {
  return `<div>${inline(left)}</div><div class="right"><ul class="plain">${right.map((item) => `<li>${item.word === undefined ? `<span class="${item.tone}-text" aria-hidden="true">${SYMBOLS[item.tone]}</span> ` : ""}${itemText(item)}</li>`).join("")}</ul></div>`;
}

function slotRow({ slot, before, after }: SlotPicture): string {
  return `<li><span class="number">${escape(slot)}</span>${slotBar(before, "now")}${slotBar(after, "then")}</li>`;
}

/** The 32 bytes of one slot, each variable as wide as it is long; what is free stays hatched. */
function slotBar(fields: readonly SlotField[], side: string): string {
  let at = 0;
  const parts = fields.flatMap((field) => {
    const free = field.offsetBytes - at;
    at = field.offsetBytes + field.sizeBytes;
    const word = field.word === undefined ? "" : `<b>${escape(field.word)}</b>`;
    return [
      ...(free > 0 ? [`<span class="b${Math.min(free, 32)}"></span>`] : []),
      `<span class="field ${field.tone} b${Math.max(1, Math.min(field.sizeBytes, 32))}">${escape(field.label)} <span class="type">${escape(field.type)}</span>${word}</span>`,
    ];
  });
  const rest = fields.length === 0 ? 0 : 32 - at;
  return `<div class="slot" data-side="${side}"><span class="unseen">${side}: </span>${parts.join("")}${rest > 0 ? `<span class="b${rest}"></span>` : ""}${fields.length === 0 ? `<span class="unseen">nothing</span>` : ""}</div>`;
}

function diffLine(line: string): string {
  const kind = line.startsWith("+") ? "add" : line.startsWith("-") ? "cut" : line.startsWith("@") ? "hunk" : "";
  // Tabs keep a source's look and are no danger; everything else that cannot be seen is spelled out.
  const text = line.split("\t").map((part) => escapeHtml(shorten(part, 2_000))).join("\t");
  return `<span${kind === "" ? "" : ` class="${kind}"`}>${text === "" ? " " : text}</span>`;
}

function treeNode(node: TreeNode, depth: number): string {
  const text = inline(node.line);
  if (node.children.length === 0) return `<li>${text}</li>`;
  // Nodes beyond that depth stand one below the other: browsers give up on deeper nesting.
  if (depth >= FLAT_DEPTH) return `<li>${text}</li>${node.children.map((child) => treeNode(child, depth)).join("")}`;
  const children = bounded(node.children, (part) => `<ul>${part.map((child) => treeNode(child, depth + 1)).join("")}</ul>`);
  const below = depth + 1 === OPEN_DEPTH ? `<details><summary>${countNodes(node) - 1} calls below</summary>${children}</details>` : children;
  return `<li>${text}${below}</li>`;
}

function countNodes(node: TreeNode): number {
  return node.children.reduce((count, child) => count + countNodes(child), 1);
}

function timelineStep(step: TimelineStep): string {
  const waits = step.waits === undefined ? "" : `<div class="warn-text">first wait: ${escape(step.waits)}</div>`;
  const state = step.state === undefined ? "" : ` <span class="word ${step.state.tone}">${escape(step.state.text)}</span>`;
  const address = step.address === undefined ? "" : ` ${inline([step.address])}`;
  const earliest = step.earliest === undefined ? "" : `<div class="note">earliest: ${escape(step.earliest)}</div>`;
  const people = step.people === undefined ? "" : bounded(step.people, list);
  return `<li>${waits}<strong>${escape(step.title)}</strong>${state}<div class="note">by ${escape(step.who)}${address}</div>${earliest}${people}</li>`;
}

function inline(line: Line): string {
  return line.map(span).join("");
}

function span(part: Span): string {
  const classes = [...(part.mono === true ? ["mono"] : []), ...(ADDRESS.test(part.text) ? ["hex", "address"] : part.mono === true && part.text.startsWith("0x") ? ["hex"] : []), ...(part.tone === undefined || part.tone === "plain" ? [] : [`${part.tone}-text`])];
  // Paths of variables may break after a dot or a bracket, never inside a name.
  const text = part.mono === true && !part.text.startsWith("0x") ? escape(part.text).replace(/[.\]](?=\w)/g, "$&<wbr>") : escape(part.text);
  const strong = part.strong === true ? `<b>${text}</b>` : text;
  const styled = classes.length === 0 ? strong : `<span class="${classes.join(" ")}">${strong}</span>`;
  return part.url !== undefined && /^https:\/\//.test(part.url) ? `<a href="${escape(part.url)}" rel="noreferrer">${styled}</a>` : styled;
}

function escape(text: string): string {
  return escapeHtml(shorten(legible(text)));
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
