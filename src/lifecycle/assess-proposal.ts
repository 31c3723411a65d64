import { runChecks, sortFindings } from "../checks/all-checks.ts";
import { applyPolicy } from "../checks/apply-policy.ts";
import { readCallerOfAll } from "../authority/climb.ts";
import type { AuthorityNode } from "../authority/node.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { Address } from "../protocol/hex.ts";
import { checkIntents } from "./check-intents.ts";
import { checkRegistered, checkSources } from "./check-sources.ts";
import type { UpgradeComparison } from "./compare-upgrade.ts";
import { readConditions } from "./observe.ts";
import type { Project } from "../inspection/project.ts";
import { readNewDependencies } from "./read-dependencies.ts";
import { readGasCaps } from "./read-gas-caps.ts";
import { readRegistryUse } from "./read-registry-use.ts";
import { outcomesOf, simulateProposal, type SimulatedProposal } from "./simulate-proposal.ts";

export interface Assessment extends SimulatedProposal {
  /** Of the proposal's folder, where it has one or will get one: what a policy names to allow something. */
  name: string | undefined;
  findings: Finding[];
  /** What the upgrade intents' sources showed, by proxy. */
  comparisons: Map<Address, UpgradeComparison>;
}

/**
 * Everything lpctl can say about a proposal before anybody signs: sources compiled and compared again, values checked
 * again, the whole route simulated, every check run, the project's policy applied. Believes only the proposal's intents.
 * @param name of the proposal's folder, for what the policy allows it
 */
export async function assessProposal(project: Project, proposal: Proposal, name?: string): Promise<Assessment> {
  project.progress?.("Simulating the whole route on a fork, and checking");
  await requireAuthority(project, proposal);
  const [simulated, sources, registered, intents, preconditions, accountsWithCode, newDependencies, registry, gasCaps] = await Promise.all([
    simulateProposal(project, proposal),
    checkSources(project, proposal),
    checkRegistered(project, proposal),
    checkIntents(project, proposal),
    readConditions(project.rpc, proposal.preconditions),
    readAccountsWithCode(project, proposal),
    readNewDependencies(project.rpc, proposal),
    readRegistryUse(project, proposal),
    readGasCaps(project.rpc, project.chainId),
  ]);
  const found = runChecks(proposal, simulated.simulation, {
    accountsWithCode,
    preconditions: outcomesOf(preconditions),
    postconditions: simulated.postconditions,
    safes: new Set(safesOf(simulated.plan.authority)),
    newDependencies,
    registry,
    gasCaps,
    upgrades: new Map([...sources.comparisons].flatMap(([proxy, { traits }]) => (traits === undefined ? [] : [[proxy, traits]]))),
    prepared: [...intents, ...sources.findings, ...registered],
  });
  const findings = sortFindings(applyPolicy(found, project.policy, { name, id: proposal.id }));
  return { ...simulated, name, findings, comparisons: sources.comparisons };
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
    details: { findings: refusals, ...(assessment.name === undefined ? {} : { proposal: assessment.name }) },
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
