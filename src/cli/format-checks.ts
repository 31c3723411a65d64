import type { Check } from "../checks/check.ts";
import type { CheckOutcome } from "../checks/group-findings.ts";
import type { ReportData } from "../report/report-data.ts";
import { formatFindings } from "./findings.ts";
import { foldTo } from "./fold.ts";
import { styleFor, symbols } from "./style.ts";

/** One line for each check, worst verdicts last, where the eye is; below each what it found. */
export function formatChecks(outcomes: readonly CheckOutcome[]): string {
  const style = styleFor("stdout");
  const heads = {
    passed: style.green(`${symbols.done} passed `),
    warned: style.yellow(`${symbols.warning} warned `),
    refused: style.red(`${symbols.failed} refused`),
  };
  const order = { passed: 0, warned: 1, refused: 2 };
  return outcomes
    .toSorted((left, right) => order[left.verdict] - order[right.verdict])
    .map(({ check, verdict, findings }) => [`${heads[verdict]}  ${style.bold(check)}`, ...(findings.length === 0 ? [] : [formatFindings(findings, "stdout", 2)])].join("\n"))
    .join("\n");
}

/** The hashes to hold against VALIDATION.md and a device. */
export function formatCompare(compare: ReportData["compare"]): string {
  const style = styleFor("stdout");
  const width = Math.max(0, ...compare.map(({ label }) => label.length));
  return [style.bold("Compare"), ...compare.map(({ label, value }) => `  ${style.dim(label.padEnd(width))}  ${value}`)].join("\n");
}

/** What a check protects from, and the findings it gives. */
export function formatExplanation({ name, explains, codes }: Check): string {
  return [styleFor("stdout").bold(name), "", foldTo(explains, 0, Math.min(96, process.stdout.columns || 96)), "", "It gives", ...codes.map((code) => `  ${code}`)].join("\n");
}
