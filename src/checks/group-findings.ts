import type { Finding } from "../finding.ts";
import { CHECKS } from "./all-checks.ts";

/** One check and how it came out. */
export interface CheckOutcome {
  check: string;
  /** The worst of its findings; `passed` when it has none, or only tells what it saw. */
  verdict: "passed" | "warned" | "refused";
  findings: Finding[];
}

/** Every check of the index in its order, each with its findings, and last what no check claims. */
export function groupFindings(findings: readonly Finding[]): CheckOutcome[] {
  const groups = CHECKS.map(({ name, codes }) => outcome(name, findings.filter(({ code }) => codes.includes(code))));
  const claimed = new Set(groups.flatMap((group) => group.findings));
  const others = findings.filter((finding) => !claimed.has(finding));
  return others.length === 0 ? groups : [...groups, outcome("others", others)];
}

function outcome(check: string, findings: Finding[]): CheckOutcome {
  const has = (severity: Finding["severity"]): boolean => findings.some((finding) => finding.severity === severity);
  return { check, verdict: has("refuse") ? "refused" : has("warning") ? "warned" : "passed", findings };
}
