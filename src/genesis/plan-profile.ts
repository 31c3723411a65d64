import { contractId, targetIdName } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Profile } from "../protocol/profiles.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { findArtifact } from "./find-artifact.ts";
import { MINTER_PARAMETERS, profileParameter, SET_PARAMETERS, type ParameterValues } from "./profile-parameters.ts";
import type { TransactionPlan } from "./transaction-plan.ts";

export interface PlanProfileOptions {
  profile: Profile;
  /** By id in the catalogue; a parameter that is not named gets the value it was first deployed with. */
  parameters: ParameterValues;
  /** Registered with every contract: 20 bytes, the commit its source is from. */
  gitCommitHash: Hex;
}

/** A suite as it stands when its plan has been carried out. */
export interface DeployedProfile {
  profile: Profile;
  controller: Address;
  /** Registered name to address; proxies where there are any. */
  contracts: Record<string, Address>;
  /** Registered name of a proxy to the logic behind it. */
  targets: Record<string, Address>;
}

/** What the parts of a plan share. */
export interface ProfilePlan {
  readonly plan: TransactionPlan;
  readonly deployed: DeployedProfile;
  readonly parameters: ParameterValues;
  deploy(name: string, args?: readonly unknown[]): Address;
  register(name: string, address: Address): void;
  /** Deploys a contract that is not behind a proxy, and registers it. */
  deployAndRegister(name: string, args?: readonly unknown[]): Address;
  /** Deploys logic and proxy, and registers both; `controller` is their only argument. */
  deployProxied(name: string): Address;
  /** Calls the setter of a parameter with the value it is to have. */
  set(id: string): void;
  value(id: string): bigint | string;
}

/**
 * Plans a suite as the launch scripts deployed theirs: Controller, token, Minter, then each manager as target and
 * proxy, and the parameters. The Controller is left paused and with its deployer, and no tokens exist yet.
 * @param artifacts of the contracts that `SUITE` gives the profile, in any order
 */
export function planProfile(plan: TransactionPlan, artifacts: readonly Artifact[], options: PlanProfileOptions): DeployedProfile {
  const controller = plan.deploy("deploy:Controller", findArtifact(artifacts, "Controller"));
  const parts = createParts(plan, artifacts, options, controller);
  parts.deployAndRegister("LivepeerToken");
  parts.deployAndRegister("Minter", [controller, ...MINTER_PARAMETERS.map((id) => parts.value(id))]);
  planLaunch(parts);
  return parts.deployed;
}

/** The suite of 2018, in the order of its migrations. */
function planLaunch(parts: ProfilePlan): void {
  for (const name of ["BondingManager", "JobsManager", "RoundsManager", "ServiceRegistry"]) parts.deployProxied(name);
  for (const id of SET_PARAMETERS.launch) parts.set(id);
}

function createParts(plan: TransactionPlan, artifacts: readonly Artifact[], options: PlanProfileOptions, controller: Address): ProfilePlan {
  const { profile, parameters, gitCommitHash } = options;
  const deployed: DeployedProfile = { profile, controller, contracts: {}, targets: {} };
  const deploy = (name: string, args: readonly unknown[] = []): Address => plan.deploy(`deploy:${name}`, findArtifact(artifacts, name), args);
  const setInfo = (name: string, address: Address): void =>
    plan.call(`register:${name}`, controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [
      contractId(name),
      address,
      gitCommitHash,
    ]);
  const register = (name: string, address: Address): void => {
    setInfo(name, address);
    deployed.contracts[name] = address;
  };
  const value = (id: string): bigint | string => profileParameter(profile, id, parameters).value;
  return {
    plan,
    deployed,
    parameters,
    deploy,
    register,
    value,
    deployAndRegister(name, args = []) {
      const address = deploy(name, args);
      register(name, address);
      return address;
    },
    deployProxied(name) {
      const target = plan.deploy(`deploy:${targetIdName(name)}`, findArtifact(artifacts, name), [controller]);
      setInfo(targetIdName(name), target);
      deployed.targets[name] = target;
      const proxy = plan.deploy(`deploy:${name}`, findArtifact(artifacts, "ManagerProxy"), [controller, contractId(targetIdName(name))]);
      register(name, proxy);
      return proxy;
    },
    set(id) {
      const { parameter, value: chosen } = profileParameter(profile, id, parameters);
      const contract = deployed.contracts[parameter.contract];
      if (parameter.setter === null || contract === undefined) throw new Error(`${id} cannot be set while the suite is deployed`);
      plan.call(`set:${id}`, contract, parameter.setter, [chosen]);
    },
  };
}
