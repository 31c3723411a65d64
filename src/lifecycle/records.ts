import { existsSync } from "node:fs";
import { join } from "node:path";
import { toPlainJson } from "../proposal/canonical.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { replaceFile } from "../replace-file.ts";
import type { ReportData } from "../report/report-data.ts";
import { renderHtml } from "../report/render-html.ts";
import { renderMarkdown } from "../report/render-markdown.ts";
import { loadSimulation, saveSimulation } from "../simulation/result-file.ts";
import type { SimulationResult } from "../simulation/result.ts";

/** What lies beside `proposal.json`. */
export function recordPaths(stored: StoredProposal): { simulation: string; markdown: string; html: string; json: string } {
  return {
    simulation: join(stored.folder, "simulation.json"),
    markdown: join(stored.folder, "report.md"),
    html: join(stored.folder, "report.html"),
    json: join(stored.folder, "report.json"),
  };
}

/** The simulation that execution will be compared with: the last one made while nothing had been done yet. */
export async function saveFullSimulation(stored: StoredProposal, simulation: SimulationResult): Promise<void> {
  await saveSimulation(recordPaths(stored).simulation, simulation);
}

export async function loadFullSimulation(stored: StoredProposal): Promise<SimulationResult | undefined> {
  const path = recordPaths(stored).simulation;
  return existsSync(path) ? loadSimulation(path, stored.proposal.id) : undefined;
}

/** Writes the report in every form; all say the same. Gives the path of the HTML page. */
export async function saveReport(stored: StoredProposal, data: ReportData): Promise<string> {
  const paths = recordPaths(stored);
  await Promise.all([
    replaceFile(paths.markdown, renderMarkdown(data)),
    replaceFile(paths.html, renderHtml(data)),
    replaceFile(paths.json, `${JSON.stringify(toPlainJson(data), null, 2)}\n`),
  ]);
  return paths.html;
}
