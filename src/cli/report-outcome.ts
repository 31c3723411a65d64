import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { StoredProposal } from "../proposal/store.ts";
import { printable } from "../protocol/printable.ts";
import type { ReportData } from "../report/report-data.ts";
import { replaceFile } from "../replace-file.ts";
import type { Outcome } from "./base-command.ts";
import { outputMode, writeNote } from "./output.ts";
import { styleFor } from "./style.ts";

export const REPORT_FORMATS = ["terminal", "markdown", "html", "json"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface ReportRequest {
  stored: StoredProposal;
  data: ReportData;
  /** Whether it lay beside the proposal, or was made now. */
  source: "kept" | "simulated";
  format: ReportFormat;
  /** File to write, instead of stdout. */
  out: string | undefined;
  full: boolean;
  next: string;
}

/** Columns of a report that goes to no terminal. */
const DEFAULT_COLUMNS = 80;

/** The report in the form that was asked for, on stdout or in a file, and on stderr where it comes from and its hash. */
export async function reportOutcome({ stored, data, source, format, out, full, next }: ReportRequest): Promise<Outcome> {
  const [{ hashReport }, content] = await Promise.all([import("../report/build-document.ts"), render(data, format, full, out !== undefined)]);
  const reportHash = hashReport(data);
  const bytes = Buffer.from(content, "utf8");
  const sha256 = `0x${createHash("sha256").update(bytes).digest("hex")}`;
  const path = out === undefined ? null : resolve(out);
  if (path !== null) await replaceFile(path, content);
  const { simulation } = data;
  const block = simulation === undefined ? "" : ` of block ${simulation.block.number}`;
  writeNote(`${source === "kept" ? `kept report${block}; --fresh simulates again` : `simulated now, report${block}`}\nreport hash  ${reportHash}${path === null ? "" : `\nsha256       ${sha256}`}`);
  return {
    result: {
      proposal: { name: stored.name, id: stored.proposal.id },
      source,
      block: simulation === undefined ? null : { number: simulation.block.number, hash: simulation.block.hash },
      outcome: data.verdict.outcome,
      reportHash,
      format,
      sha256,
      path,
      content: path === null && outputMode().json ? content : null,
    },
    text: path === null ? content : `${printable(path)}  ${bytes.length} bytes`,
    next,
  };
}

async function render(data: ReportData, format: ReportFormat, full: boolean, isFile: boolean): Promise<string> {
  switch (format) {
    case "terminal": {
      const { renderTerminal } = await import("../report/render-terminal.ts");
      const isPlain = isFile || outputMode().json;
      return renderTerminal(data, { style: isPlain ? undefined : styleFor("stdout"), width: isPlain ? DEFAULT_COLUMNS : process.stdout.columns || DEFAULT_COLUMNS, full });
    }
    case "markdown":
      return (await import("../report/render-markdown.ts")).renderMarkdown(data);
    case "html":
      return (await import("../report/render-html.ts")).renderHtml(data);
    case "json":
      return (await import("../report/report-file.ts")).formatReportFile(data);
  }
}
