import { join } from "node:path";
import { replaceFile } from "../../replace-file.ts";
import { printable } from "../../protocol/printable.ts";
import { formatGraph } from "../graph/format-graph.ts";
import { graphAfter } from "../graph/graph-after.ts";
import { renderGraphSvg } from "../graph/graph-svg.ts";
import { nameOf, type PrivilegeGraph } from "../graph/privilege.ts";
import { describeMove } from "../plan/move.ts";
import { tableOfMatrix } from "../proof/format-matrix.ts";
import type { Matrix } from "../proof/matrix.ts";
import type { HandoverRecord } from "./record-schema.ts";

/** Writes the report of a plan beside its record: Markdown, and two pictures of the graph. Gives the path of the text. */
export async function writeHandoverReport(folder: string, record: HandoverRecord, chart: readonly string[]): Promise<string> {
  const path = join(folder, "report.md");
  await Promise.all([
    replaceFile(path, `${renderReport(record, chart).join("\n")}\n`),
    replaceFile(join(folder, "graph-before.svg"), renderGraphSvg(record.graph)),
    replaceFile(join(folder, "graph-after.svg"), renderGraphSvg(graphAfter(record.graph, record.moves))),
  ]);
  return path;
}

function renderReport(record: HandoverRecord, chart: readonly string[]): string[] {
  const { graph } = record;
  const accepted = record.turnout?.accepted ?? null;
  return [
    `# Handover ${record.name}`,
    "",
    `Network ${record.network}, chain ${record.chainId}, read at block ${graph.blockNumber}. From ${escape(nameOf(graph, record.from))} to ${escape(nameOf(graph, record.to))}.`,
    "",
    "## What moves",
    "",
    ...record.moves.map((move) => `- ${escape(describeMove(graph, move))}`),
    "",
    "## Stages",
    "",
    "| | stage | by | proposal | cannot be taken back |",
    "|---|---|---|---|---|",
    ...record.stages.map(({ title, why, actor, proposal, irreversible }, index) => `| ${index + 1} | ${escape(title)}<br>${escape(why)} | ${escape(nameOf(graph, actor))} | ${proposal === null ? "" : escape(proposal.name)} | ${escape(irreversible ?? "")} |`),
    "",
    ...(record.remarks.length + record.unproven.length === 0 ? [] : ["## To know", "", ...record.remarks.map((remark) => `- ${escape(remark)}`), ...record.unproven.map((what) => `- No canary on chain for ${escape(what)}. It is proven on a fork only.`), ""]),
    "## Proven on a fork",
    "",
    "| | what | found |",
    "|---|---|---|",
    ...record.proofs.map(({ what, holds, detail }) => `| ${holds ? "yes" : "**NO**"} | ${escape(what)} | ${escape(detail)} |`),
    "",
    ...(chart.length === 0 ? [] : ["## Turnout", "", "```text", ...chart, "```", ""]),
    ...(accepted === null ? [] : [`Accepted below the bar: ${escape(accepted)}`, ""]),
    "## Who can what",
    "",
    "Each call was tried in the name of each account: `yes` is taken, `-` refused as a stranger is, `via X` made by X for it, `perhaps` fails for another reason.",
    "",
    ...matrixTable("Before", record.before, graph),
    ...matrixTable("After", record.after, graph),
    "## Every privilege before",
    "",
    "![Before](graph-before.svg)",
    "",
    "```text",
    ...formatGraph(graph),
    "```",
    "",
    "## And after",
    "",
    "![After](graph-after.svg)",
  ];
}

function matrixTable(title: string, matrix: Matrix, graph: PrivilegeGraph): string[] {
  const { legend, rows } = tableOfMatrix(matrix, graph);
  const [head = [], ...body] = rows;
  return [`### ${title}`, "", ...legend.map((line) => `- ${escape(line)}`), "", `| ${head.join(" | ")} |`, `|${head.map(() => "---|").join("")}`, ...body.map((row) => `| ${row.map(escape).join(" | ")} |`), ""];
}

/** Text that Markdown shows as it is, in one cell. */
function escape(text: string): string {
  return printable(text).replaceAll(/[\\`*_{}[\]<>|#]/g, String.raw`\$&`).replaceAll("\n", " ");
}
