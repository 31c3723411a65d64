/** From report data to a document, in the order in which a signer has to see it. */
import type { Finding } from "../finding.ts";
import { callBlocks } from "./call-blocks.ts";
import { plain } from "./document.ts";
import type { Block, ListItem, ReportDocument, Section, Tone } from "./document.ts";
import { parameterBlocks } from "./parameter-blocks.ts";
import type { ReportData } from "./report-data.ts";
import { changeBlocks, simulationBlocks } from "./simulation-blocks.ts";
import { upgradeBlocks } from "./upgrade-blocks.ts";

const SEVERITIES: readonly { severity: Finding["severity"]; tone: Tone; word: string }[] = [
  { severity: "refuse", tone: "bad", word: "refused" },
  { severity: "warning", tone: "warn", word: "warning" },
  { severity: "info", tone: "muted", word: "note" },
];
const STATE_TONES = { done: "good", ready: "plain", waiting: "warn", blocked: "bad" } as const;

/** The whole report. The same data gives the same document, always. */
export function buildReport(data: ReportData): ReportDocument {
  const sections: Section[] = [];
  const add = (title: string, blocks: readonly Block[]): void => {
    if (blocks.length > 0) sections.push({ title, blocks });
  };
  add("Compare before you sign", compareBlocks(data));
  add("What it is for", [{ kind: "list", items: data.intents.map((text) => ({ tone: "plain", line: plain(text) })) }]);
  add("Findings", findingBlocks(data.findings));
  add("What changes", changeBlocks(data));
  add("Calls", callBlocks(data));
  add("Upgrade", upgradeBlocks(data));
  add("Parameters", parameterBlocks(data));
  add("Route", routeBlocks(data));
  add("Simulation", simulationBlocks(data));
  add("Taken for granted", assumptionBlocks(data));
  add("Check it yourself", data.reproduce.map((item) => ({ kind: "code", caption: item.what, text: item.command })));
  return {
    title: data.title,
    subtitle: `${data.network.name}, chain ${data.network.chainId}`,
    footer: `Made by ${data.producedBy}. The same proposal on the same block gives this report byte for byte.`,
    verdict: verdictBlock(data),
    sections,
  };
}

function verdictBlock(data: ReportData): ReportDocument["verdict"] {
  const { outcome, risk, summary, reasons } = data.verdict;
  const warnings = data.findings.some((finding) => finding.severity === "warning");
  return {
    kind: "verdict",
    tone: outcome === "refused" ? "bad" : warnings || risk === "high" ? "warn" : "good",
    // The headline begins with the outcome, whether or not the summary says it already.
    headline: summary.toLowerCase().startsWith(outcome) ? `${summary.charAt(0).toUpperCase()}${summary.slice(1)}` : `${outcome === "refused" ? "Refused" : "Ready"}: ${summary}`,
    lines: [`Risk: ${risk}`, ...reasons],
  };
}

function compareBlocks(data: ReportData): Block[] {
  if (data.compare.length === 0) return [];
  return [{ kind: "facts", facts: data.compare.map((item) => ({ label: item.label, value: [{ text: item.value, mono: true, strong: true }], note: item.where })) }];
}

function findingBlocks(findings: readonly Finding[]): Block[] {
  const items: ListItem[] = SEVERITIES.flatMap(({ severity, tone, word }) =>
    findings
      .filter((finding) => finding.severity === severity)
      .map((finding) => ({ tone, word, line: [{ text: finding.title }, { text: ` ${finding.code}`, mono: true, tone: "muted" as const }], detail: finding.detail })),
  );
  return [{ kind: "list", items: items.length > 0 ? items : [{ tone: "good", word: "none", line: plain("Every check passed without a finding.") }] }];
}

function routeBlocks(data: ReportData): Block[] {
  if (data.route.length === 0) return [];
  return [
    {
      kind: "timeline",
      steps: data.route.map((step) => ({
        title: step.title,
        who: step.by.who,
        address: step.by.address === undefined ? undefined : { text: step.by.address, mono: true, url: data.network.explorer?.addressUrl(step.by.address) },
        waits: step.waits,
        state: step.state === undefined ? undefined : { tone: STATE_TONES[step.state.is], text: step.state.detail === undefined ? step.state.is : `${step.state.is}: ${step.state.detail}` },
      })),
    },
  ];
}

function assumptionBlocks(data: ReportData): Block[] {
  const assumed = [...(data.simulation?.assumptions ?? []), ...data.assumptions];
  const items: ListItem[] = [
    ...assumed.map((text): ListItem => ({ tone: "plain", word: "assumed", line: plain(text) })),
    ...data.notChecked.map((text): ListItem => ({ tone: "warn", word: "not checked", line: plain(text) })),
  ];
  return items.length === 0 ? [] : [{ kind: "list", items }];
}
