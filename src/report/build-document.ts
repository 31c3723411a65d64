/** From report data to a document, in the order in which a signer has to see it. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../proposal/canonical.ts";
import type { Hex } from "../protocol/hex.ts";
import { aftermathBlocks } from "./aftermath-blocks.ts";
import { callBlocks } from "./call-blocks.ts";
import { changeBlocks } from "./change-blocks.ts";
import { checkBlocks } from "./check-blocks.ts";
import { plain } from "./document.ts";
import { economicBlocks } from "./economic-blocks.ts";
import type { Block, ListItem, ReportDocument, Section } from "./document.ts";
import { intentBlocks } from "./intent-blocks.ts";
import { movementBlocks } from "./movement-blocks.ts";
import { parameterBlocks } from "./parameter-blocks.ts";
import { powerBlocks } from "./power-blocks.ts";
import { isSigned, type ReportData } from "./report-data.ts";
import { routeBlocks } from "./route-blocks.ts";
import { simulationBlocks } from "./simulation-blocks.ts";
import { trafficBlocks } from "./traffic-blocks.ts";
import { upgradeBlocks } from "./upgrade-blocks.ts";

/** sha256 of the canonical JSON (RFC 8785) of a report's data: one hash for all its forms. Native, because reports grow to megabytes. */
export function hashReport(data: ReportData): Hex {
  return `0x${createHash("sha256").update(canonicalJson(data)).digest("hex")}`;
}

const MOST_REASONS = 6;

/** The whole report. The same data gives the same document, always. Sections without data vanish. */
export function buildReport(data: ReportData): ReportDocument {
  const sections: Section[] = [];
  const add = (title: string, blocks: readonly Block[]): void => {
    if (blocks.length > 0) sections.push({ title, blocks });
  };
  add(`Compare before you ${isSigned(data) ? "sign" : "send"}`, compareBlocks(data));
  add("Asked for, and done", intentBlocks(data));
  add("Calls", callBlocks(data));
  add("How it runs", simulationBlocks(data));
  add("Upgrade", upgradeBlocks(data));
  add("Parameters", parameterBlocks(data));
  add("Economic effect", economicBlocks(data.economics));
  add("What changes", changeBlocks(data));
  add("Balances and power", [...powerBlocks(data), ...movementBlocks(data)]);
  add("Checks", checkBlocks(data));
  add("Afterwards", aftermathBlocks(data));
  add("Past transactions again", trafficBlocks(data));
  add("Who acts, and when", routeBlocks(data));
  add("Taken for granted", assumptionBlocks(data));
  add("Check it yourself", reproduceBlocks(data));
  return {
    title: data.title,
    subtitle: `${data.network.name}, chain ${data.network.chainId}, proposal ${data.proposal.name}`,
    footer: `Made by ${data.producedBy}. The same proposal on the same block gives this report byte for byte. Report hash ${hashReport(data)}.`,
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
    lines: [`Risk: ${risk}`, ...shownReasons(reasons, summary)],
  };
}

/** The first reasons that the headline does not give already: the checks below have them all. */
function shownReasons(reasons: readonly string[], summary: string): string[] {
  const others = reasons.filter((reason) => !summary.endsWith(reason));
  const more = others.length - MOST_REASONS;
  return more <= 1 ? others : [...others.slice(0, MOST_REASONS), `and ${more} more reasons, below under Checks`];
}

function compareBlocks(data: ReportData): Block[] {
  if (data.compare.length === 0) return [];
  return [{ kind: "facts", facts: data.compare.map((item) => ({ label: item.label, value: [{ text: item.value, mono: true, strong: true }], note: item.where })) }];
}

function assumptionBlocks(data: ReportData): Block[] {
  const assumed = [...(data.simulation?.assumptions ?? []), ...data.assumptions];
  const items: ListItem[] = [
    ...stateItems(data),
    ...(data.simulation?.control?.ran ?? []).map((text): ListItem => ({ tone: "plain", word: "control run", line: plain(text) })),
    ...(data.simulation?.control?.blind ?? []).map((text): ListItem => ({ tone: "plain", word: "not seen", line: plain(text) })),
    ...assumed.map((text): ListItem => ({ tone: "plain", word: "assumed", line: plain(text) })),
    ...data.notChecked.map((text): ListItem => ({ tone: "warn", word: "not checked", line: plain(text) })),
  ];
  return items.length === 0 ? [] : [{ kind: "list", items }];
}

/** Whether the node's answers were proven against the block's state root. */
function stateItems({ simulation }: ReportData): ListItem[] {
  if (simulation === undefined) return [];
  const { state } = simulation;
  return state.proof === "proven"
    ? [{ tone: "good", word: "proven", line: [{ text: "Every account and slot that the simulation read is proven against the block's state root " }, { text: state.stateRoot, mono: true }] }]
    : [{ tone: "warn", word: "not proven", line: plain(`The state was taken from the node as it gave it: ${state.why}`) }];
}

function reproduceBlocks({ reproduce, evidence }: ReportData): Block[] {
  return [
    ...reproduce.map((item): Block => ({ kind: "code", caption: item.what, text: item.command })),
    ...(evidence === undefined ? [] : [{ kind: "facts" as const, facts: [{ label: "Evidence", value: [{ text: evidence.hash, mono: true as const }], note: `of ${evidence.file}, which needs no network to run again` }] }]),
  ];
}
