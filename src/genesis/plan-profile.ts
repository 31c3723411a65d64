import { id as keccakOfText } from "ethers/hash";
import { contractId, targetIdName } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Profile } from "../protocol/profiles.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { findArtifact } from "./find-artifact.ts";
import { MINTER_PARAMETERS, profileParameter, SET_PARAMETERS, VOTING_PARAMETERS, type ParameterValues } from "./profile-parameters.ts";
import type { TransactionPlan } from "./transaction-plan.ts";

export interface PlanProfileOptions {
  profile: Profile;
  /** By id in the catalogue; a parameter that is not named gets the value it was first deployed with. */
  parameters: ParameterValues;
  /** Registered with every contract: 20 bytes, the commit its source is from. */
  gitCommitHash: Hex;
}

/** Both are registered as Minter. Rates are in parts of 10^6 in the first, of 10^9 in the second. */
const MINTERS: Readonly<Record<Profile, string>> = { launch: "Minter", current: "PreciseMinter" };

/** A suite as it stands when its plan has been carried out. */
export interface DeployedProfile {
  profile: Profile;
  controller: Address;
  /** Registered name to address; proxies where there are any. */
  contracts: Record<string, Address>;
  /** Registered name of a proxy to the logic behind it. */
  targets: Record<string, Address>;
}

/**
 * Plans a suite as the launch scripts deployed theirs: Controller, token, Minter, then each manager as target and
 * proxy, and the parameters. The Controller is left paused and with its deployer, and no tokens exist yet.
 * @param artifacts of the contracts that `SUITE` gives the profile, in any order
 */
export function planProfile(plan: TransactionPlan, artifacts: readonly Artifact[], options: PlanProfileOptions): DeployedProfile {
  const parts = new ProfilePlan(plan, artifacts, options);
  parts.deployAndRegister("LivepeerToken");
  parts.deployAndRegister("Minter", [parts.deployed.controller, ...MINTER_PARAMETERS.map((id) => parts.value(id))], MINTERS[options.profile]);
  if (options.profile === "launch") planLaunch(parts);
  else planCurrent(parts);
  return parts.deployed;
}

/** The suite of 2018, in the order of its migrations, and the registry of services that came soon after. */
function planLaunch(parts: ProfilePlan): void {
  parts.deployAndRegister("Verifier", [parts.deployed.controller, [parts.value("Verifier.solver")], parts.value("Verifier.verificationCodeHash")], "LivepeerVerifier");
  for (const name of ["BondingManager", "JobsManager", "RoundsManager", "ServiceRegistry"]) parts.deployProxied(name);
  for (const id of SET_PARAMETERS.launch) parts.set(id);
}

/**
 * The suite of today. What depends on what: the BondingManager writes stake down in the BondingVotes from its first call, so
 * they are registered before it; the LivepeerGovernor takes Treasury and BondingVotes from the registry when it is
 * initialized; the Minter pays the TicketBroker only under the id of the JobsManager.
 */
function planCurrent(parts: ProfilePlan): void {
  const { plan, deployed } = parts;
  parts.deployProxied("BondingVotes");
  const treasury = planTreasury(parts);
  const bondingManager = parts.deployProxied("BondingManager");
  const ticketBroker = parts.deployProxied("TicketBroker");
  parts.register("JobsManager", ticketBroker);
  parts.deployProxied("RoundsManager");
  parts.deployProxied("ServiceRegistry");
  parts.deployAndRegister("PollCreator", [bondingManager, parts.value("PollCreator.POLL_PERIOD")]);
  parts.deployAndRegister("MerkleSnapshot", [deployed.controller]);
  for (const id of SET_PARAMETERS.current) parts.set(id);

  const governor = parts.deployProxied("LivepeerGovernor");
  plan.call(
    "initialize:LivepeerGovernor",
    governor,
    "function initialize(uint256 initialVotingDelay, uint256 initialVotingPeriod, uint256 initialProposalThreshold, uint256 initialQuorum, uint256 initialQuota)",
    VOTING_PARAMETERS.map((id) => parts.value(id)),
  );
  for (const role of ["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"]) {
    plan.call(`grant-role:${role}`, treasury, "function grantRole(bytes32 role, address account)", [keccakOfText(role), governor]);
  }
  plan.call("renounce-role:TIMELOCK_ADMIN_ROLE", treasury, "function renounceRole(bytes32 role, address callerConfirmation)", [
    keccakOfText("TIMELOCK_ADMIN_ROLE"),
    plan.from,
  ]);
}

/**
 * Anyone may initialize the Treasury, once. Its roles are ours when our own call goes through, so that call comes at once and
 * before the Treasury is registered: when somebody was faster it reverts, and the plan ends there.
 */
function planTreasury(parts: ProfilePlan): Address {
  const treasury = parts.deploy("Treasury");
  parts.plan.call(
    "initialize:Treasury",
    treasury,
    "function initialize(uint256 minDelay, address[] proposers, address[] executors, address admin)",
    [parts.value("Treasury.minDelay"), [], [], parts.plan.from],
  );
  parts.register("Treasury", treasury);
  return treasury;
}

/** What the steps of one plan share. */
class ProfilePlan {
  readonly plan: TransactionPlan;
  readonly deployed: DeployedProfile;
  readonly #artifacts: readonly Artifact[];
  readonly #options: PlanProfileOptions;

  constructor(plan: TransactionPlan, artifacts: readonly Artifact[], options: PlanProfileOptions) {
    this.plan = plan;
    this.#artifacts = artifacts;
    this.#options = options;
    const controller = plan.deploy("deploy:Controller", findArtifact(artifacts, "Controller"));
    this.deployed = { profile: options.profile, controller, contracts: {}, targets: {} };
  }

  value(id: string): bigint | string {
    return profileParameter(this.#options.profile, id, this.#options.parameters).value;
  }

  deploy(name: string, args: readonly unknown[] = [], artifact = name): Address {
    return this.plan.deploy(`deploy:${name}`, findArtifact(this.#artifacts, artifact), args);
  }

  register(name: string, address: Address): void {
    this.#setInfo(name, address);
    this.deployed.contracts[name] = address;
  }

  /** Deploys a contract that is not behind a proxy, and registers it. */
  deployAndRegister(name: string, args: readonly unknown[] = [], artifact = name): void {
    this.register(name, this.deploy(name, args, artifact));
  }

  /** Deploys logic and proxy, and registers both; the Controller is the logic's only argument. */
  deployProxied(name: string): Address {
    const { controller, targets } = this.deployed;
    const targetName = targetIdName(name);
    const target = this.deploy(targetName, [controller], name);
    this.#setInfo(targetName, target);
    targets[name] = target;
    const proxy = this.deploy(name, [controller, contractId(targetName)], "ManagerProxy");
    this.register(name, proxy);
    return proxy;
  }

  /** Calls the setter of a parameter with the value it is to have. */
  set(id: string): void {
    const { parameter, value } = profileParameter(this.#options.profile, id, this.#options.parameters);
    const contract = this.deployed.contracts[parameter.contract];
    if (parameter.setter === null || contract === undefined) throw new Error(`${id} cannot be set while the suite is deployed`);
    this.plan.call(`set:${id}`, contract, parameter.setter, [value]);
  }

  #setInfo(name: string, address: Address): void {
    this.plan.call(
      `register:${name}`,
      this.deployed.controller,
      "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)",
      [contractId(name), address, this.#options.gitCommitHash],
    );
  }
}
