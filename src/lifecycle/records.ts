import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { StoredProposal } from "../proposal/store.ts";
import { replaceFile } from "../replace-file.ts";
import type { ReportData } from "../report/report-data.ts";
import { formatReportFile } from "../report/report-file.ts";
import { REPORT_FILES, renderReportFiles } from "../report/report-files.ts";
import type { Effect } from "../simulation/effects/effects.ts";
import { loadEffects } from "../simulation/effects/effects-file.ts";
import { loadSimulation, saveSimulation, simulationSchema } from "../simulation/result-file.ts";
import type { SimulationResult } from "../outcome/simulation.ts";

/** What lies beside `proposal.json`. */
export function recordPaths(stored: StoredProposal): { simulation: string; effects: string; evidence: string; markdown: string; html: string; json: string } {
  return {
    simulation: join(stored.folder, "simulation.json"),
    effects: join(stored.folder, "effects.json"),
    evidence: join(stored.folder, EVIDENCE_FILE),
    markdown: join(stored.folder, "report.md"),
    html: join(stored.folder, "report.html"),
    json: join(stored.folder, "report.json"),
  };
}

/** In the proposal's folder; anyone makes simulation and report again from it alone. */
export const EVIDENCE_FILE = "evidence.json.gz";

/** The simulation that execution will be compared with: the last one made while nothing had been done yet. */
export async function saveFullSimulation(stored: StoredProposal, simulation: SimulationResult): Promise<void> {
  await saveSimulation(recordPaths(stored).simulation, simulation);
}

export async function loadFullSimulation(stored: StoredProposal): Promise<SimulationResult | undefined> {
  const path = recordPaths(stored).simulation;
  return existsSync(path) ? loadSimulation(path, stored.proposal.id) : undefined;
}

/**
 * What people allow the proposal to change; undefined for proposals that do not say it, and where the file is gone.
 * @throws LPCTL_EFFECTS_EDITED, _INVALID
 */
export async function loadProposalEffects({ proposal, ...stored }: StoredProposal): Promise<Effect[] | undefined> {
  const path = recordPaths({ proposal, ...stored }).effects;
  return proposal.effectsHash === undefined || !existsSync(path) ? undefined : loadEffects(path, proposal.effectsHash);
}

/** Writes the report in every form; all say the same. Gives the path of the HTML page. */
export async function saveReport(stored: StoredProposal, data: ReportData): Promise<string> {
  const files = renderReportFiles(data, simulationSchema);
  await Promise.all(REPORT_FILES.map((name) => replaceFile(join(stored.folder, name), files[name])));
  return recordPaths(stored).html;
}

/** `report.json`. */
export function formatReport(data: ReportData): string {
  return formatReportFile(data);
}

/** Undefined when there is no such file. */
export async function loadText(path: string): Promise<string | undefined> {
  return existsSync(path) ? readFile(path, "utf8") : undefined;
}
