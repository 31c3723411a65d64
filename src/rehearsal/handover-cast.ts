/** Who can take over in the rehearsal of a handover: made while the deployer still owns everything. */
import { governorInterface, updateOf } from "../authority/governor.ts";
import { planStakeRule } from "../genesis/plan-stake-rule.ts";
import { compileReference } from "../inspection/sources.ts";
import { createLocalSafe } from "../node/create-local-safe.ts";
import { LOCAL_VOTE_RULES } from "../node/hand-over-to-stake.ts";
import { localAccounts } from "../node/local-accounts.ts";
import { SetupSender } from "../node/setup-sender.ts";
import { deriveCalls } from "../proposal/derive-calls.ts";
import type { Address } from "../protocol/hex.ts";
import type { Stage } from "./stage.ts";

export interface Heirs {
  safe: Address;
  /** LIP-25; belongs to the Safe. */
  governor: Address;
  /** Registered, as the StakeGovernor is that alone drives it. */
  timelock: Address;
}

export async function makeHeirs({ project, protocol, gitCommitHash }: Stage): Promise<Heirs> {
  const { rpc } = project;
  const safe = await createLocalSafe(rpc);
  const sources = ["contracts/governance/Governor.sol:Governor", "contracts/governance/StakeGovernor.sol:StakeGovernor", "contracts/governance/StakeTimelock.sol:StakeTimelock", "contracts/registry/ManagerProxy.sol:ManagerProxy"];
  const artifacts = await Promise.all(sources.map(async (source) => (await compileReference(project, source)).artifact));
  const [governorArtifact] = artifacts;
  if (governorArtifact === undefined) throw new Error("the Governor was compiled");
  const sender = await SetupSender.from(rpc, localAccounts().deployer.address);
  const governor = sender.deploy(governorArtifact);
  // It changes hands by an update of its own only.
  const update = updateOf(deriveCalls([{ kind: "transfer-ownership", contract: "Governor", target: governor, newOwner: safe }]), 0n);
  for (const [name, args] of [["stage", [update, 0n]], ["execute", [update]]] as const) {
    const signature = governorInterface.getFunction(name)?.format("full");
    if (signature !== undefined) sender.call(governor, signature, [...args]);
  }
  const rule = planStakeRule(sender.plan, artifacts, { controller: protocol.controller, gitCommitHash, parameters: LOCAL_VOTE_RULES, veto: undefined });
  for (const { to, signature, args } of rule.ownerCalls) sender.call(to, signature, args);
  await sender.flush();
  protocol.contracts["StakeGovernor"] = rule.governor;
  protocol.contracts["StakeTimelock"] = rule.timelock;
  return { safe, governor, timelock: rule.timelock };
}
