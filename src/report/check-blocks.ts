import type { Finding } from "../finding.ts";
import { plain } from "./document.ts";
import type { Block, Fact, ListItem, Tone } from "./document.ts";
import type { CheckCard, ReportData } from "./report-data.ts";

const SEVERITIES: readonly { severity: Finding["severity"]; tone: Tone; word: string }[] = [
  { severity: "refuse", tone: "bad", word: "refused" },
  { severity: "warning", tone: "warn", word: "warning" },
  { severity: "info", tone: "muted", word: "note" },
];

/** What was found, the worst first; then every check that ran and what each protects from. */
export function checkBlocks({ findings, checks = [] }: ReportData): Block[] {
  const items = SEVERITIES.flatMap(({ severity, tone, word }) =>
    findings
      .filter((finding) => finding.severity === severity)
      .map((finding): ListItem => ({ tone, word, line: [{ text: finding.title }, { text: ` ${finding.code}`, mono: true, tone: "muted" }], detail: finding.detail })),
  );
  return [
    { kind: "list", items: items.length > 0 ? items : [{ tone: "good", word: "none", line: plain("Every check passed without a finding.") }] },
    ...(checks.length === 0 ? [] : ranBlocks(checks)),
  ];
}

function ranBlocks(checks: readonly CheckCard[]): Block[] {
  const count = (verdict: CheckCard["verdict"]): number => checks.filter((check) => check.verdict === verdict).length;
  const facts = checks.map((check): Fact => ({
    label: check.check,
    value: [{ text: check.verdict, tone: check.verdict === "passed" ? "good" : check.verdict === "warned" ? "warn" : "bad" }],
    note: check.explains,
  }));
  return [{ kind: "fold", title: `${checks.length} checks ran: ${count("passed")} passed, ${count("warned")} warned, ${count("refused")} refused. What each protects from`, blocks: [{ kind: "facts", facts }] }];
}
