import { governorInterface, updateOf } from "../../authority/governor.ts";
import { findArtifact } from "../../genesis/find-artifact.ts";
import { planStakeRule, type OwnerCall } from "../../genesis/plan-stake-rule.ts";
import { TransactionPlan } from "../../genesis/transaction-plan.ts";
import { compileReference } from "../../inspection/sources.ts";
import type { Project } from "../../inspection/project.ts";
import { deriveCalls } from "../../proposal/derive-calls.ts";
import type { Address } from "../../protocol/hex.ts";
import { SUITE } from "../../protocol/suite.ts";
import type { Artifact } from "../../solidity/artifact.ts";
import type { Prepared } from "./prepared-file.ts";
import type { PreparationKind } from "./preparation.ts";

const SOURCES: Readonly<Record<PreparationKind, readonly string[]>> = {
  governor: ["Governor"],
  stake: ["StakeGovernor", "ManagerProxy", "StakeTimelock", "VetoGuardian"],
  divided: ["DividedOwner"],
};

/** A contract that a preparation deploys. */
export interface PlannedContract {
  /** `StakeGovernor`, which is a proxy, and `StakeGovernorTarget`, the code behind it. */
  name: string;
  address: Address;
  artifact: Artifact;
}

export interface PreparationPlan {
  plan: TransactionPlan;
  contracts: PlannedContract[];
  /** What only the owner of the Controller can do, when all is deployed. */
  ownerCalls: readonly OwnerCall[];
}

/** Everything follows from what the record says: run again, the same bytes. The code is compiled here. */
export async function planPrepared(project: Project, prepared: Omit<Prepared, "contracts" | "transactions">): Promise<PreparationPlan> {
  const { kind, deployer, firstNonce, controller, gitCommitHash, owner, rules, veto } = prepared;
  const artifacts = await Promise.all(SOURCES[kind].map(async (name) => (await compileReference(project, `${sourceOf(name)}:${name}`)).artifact));
  const plan = new TransactionPlan(deployer, firstNonce);
  const contract = (name: string, address: Address, code = name): PlannedContract => ({ name, address, artifact: findArtifact(artifacts, code) });
  switch (kind) {
    case "governor": {
      const governor = plan.deploy("deploy:Governor", findArtifact(artifacts, "Governor"));
      // It belongs to whoever made it, and changes hands by an update of its own only.
      const update = updateOf(deriveCalls([{ kind: "transfer-ownership", contract: "Governor", target: governor, newOwner: requireOwner(owner) }]), 0n);
      for (const [name, args] of [["stage", [update, 0n]], ["execute", [update]]] as const) {
        const fragment = governorInterface.getFunction(name);
        if (fragment === null) throw new Error(`the Governor has ${name}`);
        plan.call(`${name}:Governor`, governor, fragment.format("full"), [...args]);
      }
      return { plan, contracts: [contract("Governor", governor)], ownerCalls: [] };
    }
    case "divided":
      return { plan, contracts: [contract("DividedOwner", plan.deploy("deploy:DividedOwner", findArtifact(artifacts, "DividedOwner"), [requireOwner(owner)]))], ownerCalls: [] };
    case "stake": {
      const rule = planStakeRule(plan, artifacts, { controller, parameters: rules, gitCommitHash, veto: veto ?? undefined });
      const contracts = [
        contract("StakeGovernorTarget", rule.governorTarget, "StakeGovernor"),
        contract("StakeGovernor", rule.governor, "ManagerProxy"),
        contract("StakeTimelock", rule.timelock),
        ...(rule.vetoGuardian === undefined ? [] : [contract("VetoGuardian", rule.vetoGuardian)]),
      ];
      return { plan, contracts, ownerCalls: rule.ownerCalls };
    }
  }
}

function sourceOf(name: string): string {
  const found = SUITE.find((contract) => contract.name === name);
  if (found === undefined) throw new Error(`lpctl carries no ${name}`);
  return found.source;
}

function requireOwner(owner: Address | null): Address {
  if (owner === null) throw new Error("somebody owns it");
  return owner;
}
