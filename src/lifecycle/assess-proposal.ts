import { keccak256 } from "ethers";
import { runChecks } from "../checks/all-checks.ts";
import { readCallerOfAll } from "../authority/climb.ts";
import type { AuthorityNode } from "../authority/node.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { CodeEvidence, Proposal } from "../proposal/proposal.ts";
import { ZERO_ADDRESS, type Address } from "../protocol/hex.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";
import { checkIntents } from "./check-intents.ts";
import { compareUpgrade, type UpgradeComparison } from "./compare-upgrade.ts";
import { readConditions } from "./observe.ts";
import type { Project } from "../inspection/project.ts";
import { compileReference } from "../inspection/sources.ts";
import { readNewDependencies } from "./read-dependencies.ts";
import { outcomesOf, simulateProposal, type SimulatedProposal } from "./simulate-proposal.ts";

export interface Assessment extends SimulatedProposal {
  findings: Finding[];
  /** What the upgrade intents' sources showed, by proxy. */
  comparisons: Map<Address, UpgradeComparison>;
}

/**
 * Everything lpctl can say about a proposal before anybody signs: sources compiled and compared again, values checked
 * again, the whole route simulated, every check run. Believes only the proposal's intents.
 */
export async function assessProposal(project: Project, proposal: Proposal): Promise<Assessment> {
  project.progress?.("Simulating the whole route on a fork, and checking");
  await requireAuthority(project, proposal);
  const [simulated, sources, registered, intents, preconditions, accountsWithCode, newDependencies] = await Promise.all([
    simulateProposal(project, proposal),
    checkSources(project, proposal),
    checkRegistered(project, proposal),
    checkIntents(project, proposal),
    readConditions(project.rpc, proposal.preconditions),
    readAccountsWithCode(project, proposal),
    readNewDependencies(project.rpc, proposal),
  ]);
  const findings = runChecks(proposal, simulated.simulation, {
    accountsWithCode,
    preconditions: outcomesOf(preconditions),
    postconditions: simulated.postconditions,
    safes: new Set(safesOf(simulated.plan.authority)),
    newDependencies,
    upgrades: new Map([...sources.comparisons].flatMap(([proxy, { traits }]) => (traits === undefined ? [] : [[proxy, traits]]))),
    prepared: [...intents, ...sources.findings, ...registered],
  });
  return { ...simulated, findings, comparisons: sources.comparisons };
}

/** @throws LPCTL_PROPOSAL_REFUSED naming the first refusal */
export function requireAccepted(assessment: Assessment): void {
  const refusals = assessment.findings.filter((finding) => finding.severity === "refuse");
  const [first] = refusals;
  if (first === undefined) return;
  const reverted = refusals.some((finding) => finding.code === "simulation-reverted");
  throw new LpctlError({
    code: reverted ? "LPCTL_PROPOSAL_REVERTS" : "LPCTL_PROPOSAL_REFUSED",
    exit: reverted ? Exit.reverted : Exit.refused,
    message: first.title,
    why: first.detail,
    next: "Nothing was signed or sent. Change the proposal, or prepare it again on the present state",
    details: { findings: refusals },
  });
}

/**
 * The contracts must still obey the authority the proposal was made for. A proposal that moves power itself is
 * excused once it has.
 * @throws LPCTL_PROPOSAL_AUTHORITY_CHANGED
 */
async function requireAuthority(project: Project, proposal: Proposal): Promise<void> {
  const [caller, after] = await Promise.all([
    readCallerOfAll(project.rpc, proposal.calls),
    readConditions(project.rpc, proposal.postconditions),
  ]);
  const isDone = after.length > 0 && after.every(({ holds }) => holds);
  const [prepared] = proposal.authorities;
  if (isDone || caller === prepared?.address) return;
  throw new LpctlError({
    code: "LPCTL_PROPOSAL_AUTHORITY_CHANGED",
    exit: Exit.refused,
    message: "The contracts of this proposal no longer obey the authority it was prepared for",
    why: `prepared for ${prepared?.kind ?? ""} ${prepared?.address ?? ""}, found ${caller}`,
    next: "Nothing was signed or sent. Prepare the proposal again",
  });
}

async function checkSources(
  project: Project,
  proposal: Proposal,
): Promise<{ findings: Finding[]; comparisons: Map<Address, UpgradeComparison> }> {
  const findings: Finding[] = [];
  const comparisons = new Map<Address, UpgradeComparison>();
  for (const intent of proposal.intents) {
    if (intent.kind !== "upgrade") continue;
    const evidence = proposal.code.find((candidate) => candidate.address === intent.implementation);
    if (evidence?.source === undefined) {
      findings.push({
        severity: "refuse",
        code: "implementation-source-unknown",
        title: `The new ${intent.contract} comes without source: nobody can review what it does`,
        detail: intent.implementation,
      });
      continue;
    }
    const comparison = await compareUpgrade(project, {
      contract: intent.proxy.kind === "controller-registry" ? intent.contract : intent.proxy.address,
      to: evidence.source,
      from: evidence.replaces,
    });
    comparisons.set(intent.proxy.address, comparison);
    findings.push(...comparison.findings);
    findings.push(...checkEvidence(evidence, comparison));
    findings.push(...(await checkDeployedCode(project, comparison.to, intent.implementation)));
  }
  return { findings, comparisons };
}

/** Everything the file says about the source must come out of compiling it here. */
function checkEvidence(evidence: CodeEvidence, { to: { artifact }, layoutHash }: UpgradeComparison): Finding[] {
  const facts: [what: string, then: string | undefined, now: string][] = [
    ["compiler input", evidence.inputHash, artifact.inputHash],
    ["compiler", evidence.compiler, artifact.compiler],
    ["storage layout", evidence.layoutHash, layoutHash],
  ];
  return facts
    .filter(([, then, now]) => then !== now)
    .map(([what, then, now]) => ({
      severity: "refuse",
      code: "source-changed",
      title: `${evidence.source ?? ""} is no longer the source this proposal was made from`,
      detail: `${what} ${then ?? "missing"} then, ${now} now`,
    }));
}

/** Code that is registered and replaces none: nothing to compare it with but its own source. */
async function checkRegistered(project: Project, proposal: Proposal): Promise<Finding[]> {
  const addresses = new Set(proposal.intents.flatMap((intent) => (intent.kind === "register" && intent.address !== ZERO_ADDRESS ? [intent.address] : [])));
  const findings: Finding[] = [];
  for (const address of addresses) {
    const evidence = proposal.code.find((candidate) => candidate.address === address);
    if (evidence?.source === undefined) {
      const title = "Code is registered that comes without source: nobody can review what it does";
      findings.push({ severity: "warning", code: "registered-source-unknown", title, detail: address });
      continue;
    }
    findings.push(...(await checkDeployedCode(project, await compileReference(project, evidence.source), address)));
  }
  return findings;
}

async function checkDeployedCode(project: Project, { artifact }: CompiledUnit, address: Address): Promise<Finding[]> {
  const { matchRuntimeBytecode } = await import("../solidity/match-bytecode.ts");
  const code = await project.rpc.code(address);
  const { match, immutables } = matchRuntimeBytecode(code, artifact);
  if (match !== "exact") {
    return [
      {
        severity: "refuse",
        code: "implementation-code-differs",
        title: `The code at ${address} is not what its source compiles to`,
        detail: match === "modulo-metadata" ? "it differs in metadata" : `code hash ${keccak256(code)}`,
      },
    ];
  }
  const values = Object.entries(immutables).map(([name, value]) => `${name} = ${value}`);
  return [
    {
      severity: "info",
      code: "implementation-code-known",
      title: `The code at ${address} is byte for byte what its source compiles to`,
      detail: values.length === 0 ? undefined : `immutables: ${values.join(", ")}`,
    },
  ];
}

async function readAccountsWithCode(project: Project, proposal: Proposal): Promise<Set<Address>> {
  const targets = [...new Set(proposal.calls.map((call) => call.to))];
  const codes = await Promise.all(targets.map((target) => project.rpc.code(target)));
  return new Set(targets.filter((_, index) => codes[index] !== "0x"));
}

function safesOf(node: AuthorityNode): Address[] {
  switch (node.kind) {
    case "safe":
      return [node.address, ...node.owners.flatMap(safesOf)];
    case "governor":
      return safesOf(node.owner);
    case "timelock":
      return [...node.proposers, ...(node.executors === "anyone" ? [] : node.executors)].flatMap(safesOf);
    case "eoa":
    case "vote-governor":
    case "unknown":
      return [];
  }
}
