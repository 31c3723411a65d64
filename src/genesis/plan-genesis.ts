import type { Address, Hex } from "../protocol/hex.ts";
import { contractId } from "../protocol/contract-id.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { findArtifact } from "./find-artifact.ts";
import type { GenesisTerms } from "./genesis-file.ts";
import type { DeployedProfile } from "./plan-profile.ts";
import type { TransactionPlan } from "./transaction-plan.ts";

/** What a genesis adds to the suite. */
export interface DeployedGenesis {
  genesisManager: Address;
  /** Holds the crowd's tokens in the end. */
  distribution: { kind: "merkle-mine" | "faucet"; address: Address };
}

/** The stages of a genesis, in order; each transaction belongs to one. */
export const GENESIS_STAGES = ["suite", "allocation", "grants", "end", "handover"] as const;
export type GenesisStage = (typeof GENESIS_STAGES)[number];

/** The stage of a transaction, by its id in the plan. */
export function stageOf(id: string): GenesisStage {
  if (id.startsWith("genesis:")) return "allocation";
  if (id.startsWith("grant:")) return "grants";
  if (id.startsWith("end:")) return "end";
  if (id.startsWith("handover:")) return "handover";
  return "suite";
}

/**
 * Plans the genesis of a suite that was planned just before: the GenesisManager and whatever takes the crowd's tokens are
 * deployed, the supply is minted and divided, every grant is made, the token goes to the Minter. The Controller changes
 * hands last, so that everything before can still be repaired by the deployer.
 *
 * A faucet that the suite has already is used, else one is deployed and registered.
 * @param gitCommitHash 20 bytes, registered with the faucet
 */
export function planGenesis(
  plan: TransactionPlan,
  artifacts: readonly Artifact[],
  terms: GenesisTerms,
  deployed: DeployedProfile,
  gitCommitHash: Hex,
): DeployedGenesis {
  const { allocations, grants, bankMultisig } = terms;
  const token = contractOf(deployed, "LivepeerToken");
  const minter = contractOf(deployed, "Minter");
  const distribution = planDistribution(plan, artifacts, terms, deployed, gitCommitHash);
  const genesisManager = plan.deploy("genesis:deploy:GenesisManager", findArtifact(artifacts, "GenesisManager"), [
    token,
    distribution,
    bankMultisig,
    minter,
    grants.startSeconds,
  ]);
  plan.call("genesis:token", token, "function transferOwnership(address newOwner)", [genesisManager]);
  plan.call(
    "genesis:allocations",
    genesisManager,
    "function setAllocations(uint256 initialSupply, uint256 crowdSupply, uint256 companySupply, uint256 teamSupply, uint256 investorsSupply, uint256 communitySupply)",
    [allocations.total, allocations.crowd, allocations.company, allocations.team, allocations.investors, allocations.community],
  );
  plan.call("genesis:start", genesisManager, "function start()");
  planGrants(plan, genesisManager, grants);
  plan.call("end:genesis", genesisManager, "function end()");
  if (terms.distribution.kind === "merkle-mine") plan.call("end:distribution", distribution, "function start()");
  if (terms.unpause) plan.call("handover:unpause", deployed.controller, "function unpause()");
  if (terms.controllerOwner !== undefined) {
    plan.call("handover:controller", deployed.controller, "function transferOwnership(address newOwner)", [terms.controllerOwner]);
  }
  return { genesisManager, distribution: { kind: terms.distribution.kind, address: distribution } };
}

function planGrants(plan: TransactionPlan, genesisManager: Address, grants: GenesisTerms["grants"]): void {
  for (const [bucket, method] of [
    ["team", "addTeamGrant"],
    ["investors", "addInvestorGrant"],
  ] as const) {
    for (const [index, { receiver, amountWei, cliffSeconds, durationSeconds }] of grants[bucket].entries()) {
      plan.call(
        `grant:${bucket}:${index + 1}`,
        genesisManager,
        `function ${method}(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration)`,
        [receiver, amountWei, cliffSeconds, durationSeconds],
      );
    }
  }
  for (const [index, { receiver, amountWei }] of grants.community.entries()) {
    plan.call(`grant:community:${index + 1}`, genesisManager, "function addCommunityGrant(address receiver, uint256 amount)", [receiver, amountWei]);
  }
}

function planDistribution(
  plan: TransactionPlan,
  artifacts: readonly Artifact[],
  { distribution, allocations }: GenesisTerms,
  deployed: DeployedProfile,
  gitCommitHash: Hex,
): Address {
  const token = contractOf(deployed, "LivepeerToken");
  if (distribution.kind === "merkle-mine") {
    const { recipients, balanceThresholdWei, genesisBlock, callerAllocationStartBlock, callerAllocationEndBlock } = distribution;
    return plan.deploy("genesis:deploy:MerkleMine", findArtifact(artifacts, "MerkleMine"), [
      token,
      recipients.root,
      allocations.crowd,
      recipients.count,
      balanceThresholdWei,
      genesisBlock,
      callerAllocationStartBlock,
      callerAllocationEndBlock,
    ]);
  }
  const known = deployed.contracts["LivepeerTokenFaucet"];
  if (known !== undefined) return known;
  const { requestAmountWei, requestWaitHours } = distribution;
  const faucet = plan.deploy("genesis:deploy:LivepeerTokenFaucet", findArtifact(artifacts, "LivepeerTokenFaucet"), [token, requestAmountWei, requestWaitHours]);
  plan.call(
    "genesis:register:LivepeerTokenFaucet",
    deployed.controller,
    "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)",
    [contractId("LivepeerTokenFaucet"), faucet, gitCommitHash],
  );
  return faucet;
}

function contractOf(deployed: DeployedProfile, name: string): Address {
  const address = deployed.contracts[name];
  if (address === undefined) throw new Error(`the profile ${deployed.profile} has no ${name}`);
  return address;
}
