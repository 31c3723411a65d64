import { getCreateAddress } from "ethers";
import { contractId, targetIdName } from "../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { findArtifact } from "./find-artifact.ts";
import { profileParameter, type ParameterValues } from "./profile-parameters.ts";
import type { TransactionPlan } from "./transaction-plan.ts";

/** Who can stop what was voted, and until when. */
export interface Veto {
  guardian: Address;
  expiresAtSeconds: bigint;
}

export interface StakeRuleOptions {
  controller: Address;
  /** By id in the catalogue; a parameter that is not named gets its first value. */
  parameters: ParameterValues;
  /** Registered with every contract: 20 bytes. */
  gitCommitHash: Hex;
  veto: Veto | undefined;
}

/** A call that only the owner of the Controller can make. */
export interface OwnerCall {
  id: string;
  to: Address;
  signature: string;
  args: readonly unknown[];
}

/** The contracts by which stake decides, and what makes them work. */
export interface StakeRule {
  governor: Address;
  governorTarget: Address;
  timelock: Address;
  /** The contract that holds the veto; undefined without one. */
  vetoGuardian: Address | undefined;
  /** Registers them and sets the rules, in this order. Handing the Controller to the timelock is not among them. */
  ownerCalls: readonly OwnerCall[];
}

/** What the StakeGovernor is initialized with, in the order of its arguments. */
const RULES = ["votingDelay", "votingPeriod", "proposalThreshold", "quorumNumerator", "quota", "transcoderQuorum"] as const;
const SET_CONTRACT_INFO = "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)";
const INITIALIZE =
  "function initialize(uint256 initialVotingDelay, uint256 initialVotingPeriod, uint256 initialProposalThreshold, uint256 initialQuorum, uint256 initialQuota, uint256 initialTranscoderQuorum)";

/**
 * Plans the deployment of StakeGovernor and StakeTimelock, which anybody may do: until the owner of the Controller makes its
 * calls they decide about nothing. The timelock is made with its governor and its guardian and never has an administrator.
 */
export function planStakeRule(plan: TransactionPlan, artifacts: readonly Artifact[], options: StakeRuleOptions): StakeRule {
  const { controller, parameters, gitCommitHash, veto } = options;
  const value = (id: string): bigint | string => profileParameter("current", id, parameters).value;
  const targetName = targetIdName("StakeGovernor");
  const governorTarget = plan.deploy(`deploy:${targetName}`, findArtifact(artifacts, "StakeGovernor"), [controller]);
  const governor = plan.deploy("deploy:StakeGovernor", findArtifact(artifacts, "ManagerProxy"), [controller, contractId(targetName)]);
  const timelock = plan.deploy("deploy:StakeTimelock", findArtifact(artifacts, "StakeTimelock"), [
    value("StakeTimelock.minDelay"),
    governor,
    veto?.guardian ?? ZERO_ADDRESS,
    veto?.expiresAtSeconds ?? 0n,
  ]);
  const register = (name: string, address: Address): OwnerCall => ({
    id: `register:${name}`,
    to: controller,
    signature: SET_CONTRACT_INFO,
    args: [contractId(name), address, gitCommitHash],
  });
  return {
    governor,
    governorTarget,
    timelock,
    // The first contract that the timelock creates, in its constructor.
    vetoGuardian: veto === undefined ? undefined : (getCreateAddress({ from: timelock, nonce: 1 }) as Address),
    ownerCalls: [
      register(targetName, governorTarget),
      register("StakeGovernor", governor),
      register("StakeTimelock", timelock),
      { id: "initialize:StakeGovernor", to: governor, signature: INITIALIZE, args: RULES.map((name) => value(`StakeGovernor.${name}`)) },
    ],
  };
}
