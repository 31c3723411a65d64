import type { z } from "zod";
import type { SimulationResult } from "../outcome/simulation.ts";
import { renderValidation } from "./build-validation.ts";
import { renderHtml } from "./render-html.ts";
import { renderMarkdown } from "./render-markdown.ts";
import type { ReportData } from "./report-data.ts";
import { formatReportFile, parseReportFile } from "./report-file.ts";

/** Names of the files beside a proposal that say what was found; the first is what the others are rendered from. */
export const REPORT_FILES = ["report.json", "report.md", "report.html", "VALIDATION.md"] as const;
export type ReportFileName = (typeof REPORT_FILES)[number];

/** The text of every file. All but the JSON are made from the JSON as it is read back, so that they cannot say more than it. */
export function renderReportFiles(data: ReportData, simulation: z.ZodType<SimulationResult>): Record<ReportFileName, string> {
  const json = formatReportFile(data);
  return { "report.json": json, ...renderedFiles(parseReportFile(json, "report.json", simulation)) };
}

/** What must stand beside a `report.json` with this content. */
export function renderedFiles(kept: ReportData): Record<Exclude<ReportFileName, "report.json">, string> {
  return { "report.md": renderMarkdown(kept), "report.html": renderHtml(kept), "VALIDATION.md": renderValidation(kept) };
}
