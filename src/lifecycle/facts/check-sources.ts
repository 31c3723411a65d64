import { keccak256 } from "ethers";
import type { Finding } from "../../finding.ts";
import type { Project } from "../../inspection/project.ts";
import { compileReference } from "../../inspection/sources.ts";
import type { CodeEvidence, Proposal } from "../../proposal/proposal.ts";
import { proxyNameOfTarget } from "../../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import type { CompiledUnit } from "../../solidity/compiled-unit.ts";
import { compareCodeWithLayout } from "../../simulation/live-storage/code-against-layout.ts";
import { layoutOfUnit } from "../../solidity/layout-of-unit.ts";
import { matchRuntimeBytecode } from "../../solidity/match-bytecode.ts";
import { valueFindings, type CodeValues } from "../../solidity/value-findings.ts";
import { checkController, checkLibraries, readController } from "./check-code-values.ts";
import { compareUpgrade, type UpgradeComparison } from "../compare-upgrade.ts";

/** Compiles and compares the sources of every upgrade again, and what they become on chain. */
export async function checkSources(
  project: Project,
  proposal: Proposal,
): Promise<{ findings: Finding[]; comparisons: Map<Address, UpgradeComparison> }> {
  const findings: Finding[] = [];
  const comparisons = new Map<Address, UpgradeComparison>();
  for (const { implementation } of proposal.intents.filter((intent) => intent.kind === "upgrade")) {
    project.rpc.askAhead((ahead) => Promise.all([ahead.code(implementation), readController(ahead, implementation)]));
  }
  for (const intent of proposal.intents) {
    if (intent.kind !== "upgrade") continue;
    const evidence = proposal.code.find((candidate) => candidate.address === intent.implementation);
    if (evidence?.source === undefined) {
      findings.push({
        severity: "refuse",
        code: "implementation-source-unknown",
        title: `The new ${intent.contract} comes without source: nobody can review what it does`,
        detail: `${intent.implementation}; not checked: storage layout, interface, initialisers, constants, immutables, libraries, and what the code does`,
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
    const deployed = await checkDeployedCode(project, comparison.to, intent.implementation);
    findings.push(...deployed.findings);
    findings.push(...(await compareCodeWithLayout(`the new ${intent.contract}`, intent.implementation, await project.rpc.code(intent.implementation), layoutOfUnit(comparison.to))));
    if (deployed.values !== undefined && comparison.values !== undefined) findings.push(...valueFindings(comparison.values, deployed.values, comparison.to));
    if (intent.proxy.kind === "controller-registry") {
      const { controller } = intent.proxy;
      findings.push(...(await checkController(project, { name: intent.contract, address: intent.implementation, controller, isBehindProxy: true })));
    }
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
export async function checkRegistered(project: Project, proposal: Proposal): Promise<Finding[]> {
  const registered = proposal.intents.flatMap((intent) => (intent.kind === "register" && intent.address !== ZERO_ADDRESS ? [intent] : []));
  const findings: Finding[] = [];
  for (const { contract: name, address, controller } of new Map(registered.map((intent) => [intent.address, intent])).values()) {
    findings.push(...(await checkController(project, { name, address, controller, isBehindProxy: proxyNameOfTarget(name) !== undefined })));
    const evidence = proposal.code.find((candidate) => candidate.address === address);
    if (evidence?.source === undefined) {
      const title = "Code is registered that comes without source: nobody can review what it does";
      findings.push({ severity: "warning", code: "registered-source-unknown", title, detail: address });
      continue;
    }
    findings.push(...(await checkDeployedCode(project, await compileReference(project, evidence.source), address)).findings);
  }
  return findings;
}

async function checkDeployedCode(project: Project, { artifact }: CompiledUnit, address: Address): Promise<{ findings: Finding[]; values?: CodeValues }> {
  const code = await project.rpc.code(address);
  const { match, immutables, libraries } = matchRuntimeBytecode(code, artifact);
  if (match !== "exact") {
    const detail = match === "modulo-metadata" ? "it differs in metadata" : `code hash ${keccak256(code)}`;
    return { findings: [{ severity: "refuse", code: "implementation-code-differs", title: `The code at ${address} is not what its source compiles to`, detail }] };
  }
  const values: CodeValues = { address, immutables, libraries };
  const facts = Object.entries(immutables).map(([name, value]) => `${name} = ${value}`);
  const known: Finding = {
    severity: "info",
    code: "implementation-code-known",
    title: `The code at ${address} is byte for byte what its source compiles to`,
    detail: facts.length === 0 ? undefined : `immutables: ${facts.join(", ")}`,
  };
  return { findings: [known, ...(await checkLibraries(project, artifact, values))], values };
}
