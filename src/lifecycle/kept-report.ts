/** The report that lies beside a proposal, and whether it is what lpctl wrote. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import { canonicalHash, canonicalJson } from "../proposal/canonical.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Policy } from "../protocol/policy.ts";
import { renderValidation } from "../report/build-validation.ts";
import type { ReportData } from "../report/report-data.ts";
import { parseReportFile } from "../report/report-file.ts";
import { REPORT_FILES, renderedFiles } from "../report/report-files.ts";
import { hashEffects } from "../simulation/net-changes.ts";
import type { SimulationResult } from "../outcome/simulation.ts";
import { loadEvidence } from "../simulation/evidence/evidence-file.ts";
import { simulationSchema } from "../simulation/result-file.ts";
import { describeIntent } from "./describe-intent.ts";
import { loadReplayOf } from "./kept-replay.ts";
import { EVIDENCE_FILE, loadFullSimulation, recordPaths } from "./records.ts";

/**
 * Reads `report.json` and holds it against the proposal and the simulation beside it. Undefined when there is none.
 * Needs no network.
 * @throws LPCTL_REPORT_FILE_INVALID; LPCTL_REPORT_OTHER_PROPOSAL; LPCTL_REPORT_EDITED naming what contradicts what
 */
export async function loadKeptReport(stored: StoredProposal): Promise<ReportData | undefined> {
  const path = recordPaths(stored).json;
  if (!existsSync(path)) return undefined;
  const data = parseReportFile(await readFile(path, "utf8"), path, simulationSchema);
  const { proposal } = stored;
  if (data.proposal.id !== proposal.id) {
    throw failure(stored, "LPCTL_REPORT_OTHER_PROPOSAL", `The report at ${path} is of another proposal`, `it is of ${data.proposal.id}, not of ${proposal.id}`);
  }
  const contradiction = contradictionWith(stored, data) ?? (await contradictionWithSimulation(stored, data));
  if (contradiction !== undefined) throw failure(stored, "LPCTL_REPORT_EDITED", `The report at ${path} was changed after it was made`, contradiction);
  return data;
}

/** What follows from the proposal alone must be in the report as it is in the proposal. */
function contradictionWith({ proposal }: StoredProposal, data: ReportData): string | undefined {
  const calls = proposal.calls.map(({ to, valueWei, data: bytes }) => ({ to, valueWei, data: bytes }));
  const compare = new Map(data.compare.map(({ label, value }) => [label, value]));
  const facts: [what: string, expected: unknown, found: unknown][] = [
    ["its title", proposal.title, data.title],
    ["its network", [proposal.network, proposal.chainId], [data.network.name, data.network.chainId]],
    ["its intents", proposal.intents.map(describeIntent), data.intents.map(({ text }) => text)],
    ["its calls", calls, data.calls.map(({ target, valueWei, data: bytes }) => ({ to: target.address, valueWei, data: bytes }))],
    ["the proposal id it shows", proposal.id, compare.get("Proposal id")],
    ["the hash of the calls it shows", canonicalHash(proposal.calls), compare.get("Calls hash")],
    ["the verdict", data.findings.some(({ severity }) => severity === "refuse") ? "refused" : "ready", data.verdict.outcome],
  ];
  const different = facts.find(([, expected, found]) => canonicalHash({ value: expected }) !== canonicalHash({ value: found }));
  return different === undefined ? undefined : `${different[0]} ${different[0] === "the verdict" ? "is not what its findings give" : "are not those of the proposal"}`;
}

async function contradictionWithSimulation(stored: StoredProposal, data: ReportData): Promise<string | undefined> {
  const { simulation } = data;
  if (simulation === undefined) return undefined;
  if (simulation.proposalId !== stored.proposal.id) return "its simulation is of another proposal";
  if (hashEffects(simulation.changes) !== simulation.effectsHash) return "its changes do not give the effects hash it names";
  // People may have allowed more than the simulation did: then the proposal carries the hash of that.
  if (data.compare.find(({ label }) => label === "Effects hash")?.value !== (stored.proposal.effectsHash ?? simulation.effectsHash)) {
    return "the effects hash it shows is neither the proposal's nor, where that has none, its simulation's";
  }
  const beside = await loadFullSimulation(stored);
  if (beside === undefined || beside.block.hash !== simulation.block.hash) return undefined;
  return canonicalJson(beside) === canonicalJson(simulation) ? undefined : "its simulation is not the one in simulation.json, which is of the same block";
}

/**
 * Whether the report and the instructions beside a proposal are what lpctl wrote, and still say what a signer would see now.
 * Altered by hand: refused. Made by another version, or overtaken by the chain: a warning that says so. Nothing there: nothing found.
 * @param fresh the same report, made now
 * @param policy of the project now
 */
export async function checkRecord(stored: StoredProposal, fresh: ReportData, policy: Policy | undefined): Promise<Finding[]> {
  const replay = await checkReplay(stored);
  let kept: ReportData | undefined;
  try {
    kept = await loadKeptReport(stored);
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    return [...replay, altered(error.message, error.why)];
  }
  return kept === undefined ? replay : [...replay, ...(await checkReport(stored, kept, fresh, policy))];
}

async function checkReport(stored: StoredProposal, kept: ReportData, fresh: ReportData, policy: Policy | undefined): Promise<Finding[]> {
  const simulate = `lpctl proposal simulate ${stored.name} writes it again`;
  if (kept.producedBy !== fresh.producedBy) {
    return [{ severity: "warning", code: "record-outdated", title: `The report beside the proposal was made by ${kept.producedBy}, so its text cannot be compared`, detail: simulate }];
  }
  return [...(await checkFiles(stored, kept, policy)), ...compareTraffic(kept, fresh, simulate), ...compareReports(kept, fresh)];
}

/** A replay that was made, or lost its worth, after the report. */
function compareTraffic({ traffic: then }: ReportData, { traffic: now }: ReportData, detail: string): Finding[] {
  if (canonicalHash({ traffic: then }) === canonicalHash({ traffic: now })) return [];
  const title = now === undefined ? "The report beside the proposal shows a replay that does not count any more" : then === undefined ? "The report beside the proposal does not show the replay yet" : "The report beside the proposal shows an earlier replay";
  return [{ severity: "warning", code: "record-outdated", title, detail }];
}

/** Whether it belongs to this proposal is for the check of what it says. */
async function checkReplay(stored: StoredProposal): Promise<Finding[]> {
  try {
    await loadReplayOf(stored);
    return [];
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    return [altered(error.message, error.why)];
  }
}

/** Only `proposal reproduce` runs the evidence again; here it must be whole, and the one that the report names. */
async function checkEvidence(stored: StoredProposal, { evidence }: ReportData, policy: Policy | undefined): Promise<Finding[]> {
  if (evidence === undefined) return [];
  const path = recordPaths(stored).evidence;
  const renew = `lpctl proposal simulate ${stored.name} writes it again`;
  if (!existsSync(path)) return [{ severity: "warning", code: "record-outdated", title: `${EVIDENCE_FILE} is missing beside the proposal`, detail: renew }];
  try {
    const { hash, evidence: content } = await loadEvidence(path);
    if (hash === evidence.hash) return comparePolicies(content.settings.policy ?? undefined, policy, renew);
    return [{ severity: "warning", code: "record-outdated", title: `${EVIDENCE_FILE} is not the one that the report beside it names`, detail: `${evidence.hash} in the report, ${hash} in the file; ${renew}` }];
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    return [altered(error.message, error.why)];
  }
}

/** Whoever edits the policy decides what is refused: that it happened is told to all who read the earlier report. */
function comparePolicies(then: Policy | undefined, now: Policy | undefined, detail: string): Finding[] {
  const rules = ({ refuse = [], later = [], allow = [], minimumDelayBlocks, requires }: Partial<Policy> = {}): Set<string> =>
    new Set([
      ...[...refuse, ...later].map((name) => `refuse ${name}`),
      ...allow.map(({ finding, proposal, reason }) => `allow ${finding} in ${proposal}: ${reason}`),
      ...(minimumDelayBlocks === undefined ? [] : [`minimumDelayBlocks ${minimumDelayBlocks}`]),
      ...(requires === undefined ? [] : [`requires ${requires.vote} counted by ${requires.rules} for ${requires.for.join(", ")}`]),
    ]);
  const [before, after] = [rules(then), rules(now)];
  const parts = [...[...after].filter((rule) => !before.has(rule)).map((rule) => `new: ${rule}`), ...[...before].filter((rule) => !after.has(rule)).map((rule) => `gone: ${rule}`)];
  return parts.length === 0 ? [] : [{ severity: "warning", code: "record-outdated", title: "The policy in lpctl.yaml is another one than when the report beside the proposal was made", detail: `${parts.join("; ")}; ${detail}` }];
}

async function checkFiles(stored: StoredProposal, kept: ReportData, policy: Policy | undefined): Promise<Finding[]> {
  const expected = { ...renderedFiles(kept) };
  const findings = await checkEvidence(stored, kept, policy);
  for (const name of REPORT_FILES) {
    if (name === "report.json") continue;
    const path = join(stored.folder, name);
    if (!existsSync(path)) {
      findings.push({ severity: "warning", code: "record-outdated", title: `${name} is missing beside the proposal`, detail: `lpctl proposal simulate ${stored.name} writes it again` });
      continue;
    }
    // Git may have turned line ends; no letter of the text changes with them.
    const text = (await readFile(path, "utf8")).replaceAll("\r\n", "\n");
    if (text !== expected[name]) findings.push(altered(`${name} was changed by hand`, `it is not what report.json gives; the first difference is in line ${firstDifference(text, expected[name])}`));
  }
  return findings;
}

function compareReports(kept: ReportData, fresh: ReportData): Finding[] {
  const [then, now] = [kept.simulation, fresh.simulation];
  if (then !== undefined && now !== undefined && then.block.hash === now.block.hash) {
    return runOf(then) === runOf(now) ? [] : [altered("report.json was changed by hand", `its simulation of block ${then.block.number} is not what that block gives`)];
  }
  if (renderValidation(kept) === renderValidation(fresh) && kept.verdict.outcome === fresh.verdict.outcome) return [];
  const parts = [
    ...(then?.effectsHash === now?.effectsHash ? [] : [`effects hash ${then?.effectsHash ?? "none"} then, ${now?.effectsHash ?? "none"} now`]),
    ...(kept.verdict.outcome === fresh.verdict.outcome ? [] : [`${kept.verdict.outcome} then, ${fresh.verdict.outcome} now`]),
    ...kept.compare.flatMap(({ label, value }) => {
      const found = fresh.compare.find((item) => item.label === label)?.value;
      return found === value || label === "Effects hash" ? [] : [`${label} ${value} then, ${found ?? "none"} now`];
    }),
  ];
  const since = then === undefined ? "" : ` since block ${then.block.number}`;
  return [{ severity: "warning", code: "record-drifted", title: then?.effectsHash === now?.effectsHash ? `What the report beside the proposal says is no longer so${since}` : `The chain moved${since}, and the proposal no longer does what the report beside it says`, detail: parts.length === 0 ? "values before or after are others; compare VALIDATION.md with what is printed now" : parts.join("; ") }];
}

/** What the block gives: whether the node could prove its state, say, is no part of it. */
function runOf({ steps, changes, effectsHash }: SimulationResult): string {
  return canonicalJson({ steps, changes, effectsHash });
}

function altered(title: string, detail: string | undefined): Finding {
  return { severity: "refuse", code: "record-altered", title, detail };
}

function firstDifference(left: string, right: string): number {
  const [a, b] = [left.split("\n"), right.split("\n")];
  const place = a.findIndex((line, index) => line !== b[index]);
  return (place === -1 ? Math.min(a.length, b.length) : place) + 1;
}

function failure({ name }: StoredProposal, code: `LPCTL_REPORT_${Uppercase<string>}`, message: string, why: string): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next: `Restore it from version control, or make it again: lpctl proposal report ${name} --fresh` });
}
