import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Hex } from "../protocol/hex.ts";
import type { Allowance, Policy } from "../protocol/policy.ts";
import { printable } from "../protocol/printable.ts";
import { CHECKS } from "./all-checks.ts";
import { findCheck } from "./find-check.ts";
import { pollHeeded } from "./poll-heeded.ts";

/** Findings that say the proposal is not what it claims to be, or cannot be carried out: no reason makes them right. */
const NEVER_ALLOWED: readonly string[] = [
  "simulation-reverted",
  "stale-precondition",
  "postcondition-fails",
  "intent-misleads",
  "source-changed",
  "implementation-code-differs",
  "safe-storage-changed",
  "safe-delegatecall",
  "update-lists-unequal",
  "record-altered",
];

/** Which proposal the findings are of. `undecided`: there is none yet, and whatever some proposal may do passes for now. */
export type PolicySubject = { name: string | undefined; id: Hex } | "undecided";

/**
 * Raises warnings, and notes that are named themselves, to refusals and lowers refusals to warnings, as the policy says, each with a word on why, so that every
 * report shows it.
 * @throws LPCTL_CHECK_UNKNOWN for a name that is no check and no finding; LPCTL_POLICY_CANNOT_ALLOW
 */
export function applyPolicy(findings: readonly Finding[], policy: Policy | undefined, subject: PolicySubject): Finding[] {
  if (policy === undefined) return [...findings];
  const raised = new Set(policy.refuse.flatMap(codesOf));
  for (const allowance of policy.allow) requireAllowable(allowance);
  return findings
    .map((finding) => (finding.severity === "refuse" && policy.acting !== true && pollHeeded.codes.includes(finding.code) ? postpone(finding) : finding))
    .map((finding) => raise(finding, raised, policy))
    .map((finding) => {
      const allowance = finding.severity === "refuse" ? policy.allow.find((one) => one.finding === finding.code && concerns(one, subject)) : undefined;
      return allowance === undefined ? finding : changed(finding, "warning", `a refusal that the policy in lpctl.yaml allows for ${allowance.proposal}: ${allowance.reason}`);
    });
}

function raise(finding: Finding, raised: ReadonlySet<string>, { refuse, later }: Policy): Finding {
  if (finding.severity === "warning" && raised.has(finding.code)) return changed(finding, "refuse", "a warning that the policy in lpctl.yaml makes a refusal");
  // A check's notes say what it saw; only who names one by its code can mean it.
  if (finding.severity === "info" && refuse.includes(finding.code)) return changed(finding, "refuse", "a note that the policy in lpctl.yaml makes a refusal");
  if (finding.severity === "info" && later?.includes(finding.code) === true) return changed(finding, "info", "until then the policy in lpctl.yaml refuses to sign or execute the proposal");
  return finding;
}

/** Nobody can vote on what is not there yet, or is not to be looked at before it was decided. */
function postpone(finding: Finding): Finding {
  return changed(finding, "info", "until a poll has passed, the policy in lpctl.yaml refuses to sign or execute the proposal");
}

function changed(finding: Finding, severity: Finding["severity"], why: string): Finding {
  return { ...finding, severity, detail: finding.detail === undefined ? why : `${finding.detail}; ${why}` };
}

/** A check stands for all its findings, a code for itself. */
function codesOf(name: string): readonly string[] {
  const check = findCheck(name, true);
  return CHECKS.some((one) => one.name === name) ? check.codes : [name];
}

function concerns({ proposal }: Allowance, subject: PolicySubject): boolean {
  return subject === "undecided" || proposal === subject.name || proposal.toLowerCase() === subject.id;
}

function requireAllowable({ finding }: Allowance): void {
  const check = findCheck(finding, true);
  const why = NEVER_ALLOWED.includes(finding)
    ? "it says that the proposal is not what it claims to be, or cannot be carried out"
    : check.codes.includes(finding)
      ? undefined
      : `it is a check; its findings are ${check.codes.join(", ")}`;
  if (why === undefined) return;
  throw new LpctlError({
    code: "LPCTL_POLICY_CANNOT_ALLOW",
    exit: Exit.usage,
    message: `The policy in lpctl.yaml cannot allow "${printable(finding)}"`,
    why,
    next: `lpctl proposal check --explain ${check.name}`,
    details: { finding },
  });
}
