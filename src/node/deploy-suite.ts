import type { Rpc } from "../chain/rpc.ts";
import { contractId, targetIdName } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { LAUNCH_PARAMETERS } from "../protocol/parameters-launch.ts";
import { SUITE } from "../protocol/suite.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { localAccounts } from "./local-accounts.ts";
import type { Phase } from "./phase.ts";
import { SetupSender } from "./setup-sender.ts";

export interface LocalProtocol {
  phase: Phase;
  controller: Address;
  governor: Address | undefined;
  safe: Address | undefined;
  contracts: Record<string, Address>;
}

/** Short, so that a local round is reached by mining a few blocks; every other parameter has its launch value. */
export const LOCAL_ROUND_LENGTH_BLOCKS = 50n;
const SUPPLY_WEI = 10_000_000n * 10n ** 18n;
const PROXIED = ["RoundsManager", "BondingManager", "JobsManager"] as const;

/**
 * Deploys the suite on a fresh local chain as the launch scripts did: Controller, token, Minter, then each
 * manager as target and proxy, parameters, supply, unpause; last, ownership goes where the phase wants it.
 * @param artifacts of the contracts in `SUITE`, in any order
 */
export async function deploySuite(
  rpc: Rpc,
  artifacts: readonly Artifact[],
  phase: Phase,
  gitCommitHash: Hex,
): Promise<LocalProtocol> {
  const accounts = localAccounts();
  const deployer = accounts.deployer.address;
  const sender = await SetupSender.from(rpc, deployer);
  const artifact = (name: string): Artifact => {
    const found = artifacts.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`${name} is not among the compiled contracts of the suite`);
    return found;
  };

  const controller = sender.deploy(artifact("Controller"));
  const register = (name: string, address: Address): void =>
    sender.call(controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [
      contractId(name),
      address,
      gitCommitHash,
    ]);

  const token = sender.deploy(artifact("LivepeerToken"));
  register("LivepeerToken", token);
  const minter = sender.deploy(artifact("Minter"), [
    controller,
    launchValue("Minter.inflation"),
    launchValue("Minter.inflationChange"),
    launchValue("Minter.targetBondingRate"),
  ]);
  register("Minter", minter);

  const contracts: Record<string, Address> = { LivepeerToken: token, Minter: minter };
  for (const name of PROXIED) {
    register(targetIdName(name), sender.deploy(artifact(name), [controller]));
    const proxy = sender.deploy(artifact("ManagerProxy"), [controller, contractId(targetIdName(name))]);
    register(name, proxy);
    contracts[name] = proxy;
  }
  setParameters(sender, contracts);

  const holders = [accounts.transcoder, accounts.delegator, accounts.broadcaster];
  for (const { address } of holders) {
    sender.call(token, "function mint(address to, uint256 amount)", [address, SUPPLY_WEI / 10n]);
  }
  sender.call(token, "function mint(address to, uint256 amount)", [deployer, SUPPLY_WEI - 3n * (SUPPLY_WEI / 10n)]);
  sender.call(token, "function transferOwnership(address newOwner)", [minter]);
  sender.call(controller, "function unpause()");
  await sender.flush();

  const ownership = await handOver(rpc, artifact("Governor"), controller, phase);
  return { phase, controller, contracts, ...ownership };
}

function setParameters(sender: SetupSender, contracts: Readonly<Record<string, Address>>): void {
  const order = [
    "RoundsManager.roundLength",
    "RoundsManager.roundLockAmount",
    "BondingManager.unbondingPeriod",
    "JobsManager.verificationRate",
    "JobsManager.verificationPeriod",
    "JobsManager.verificationSlashingPeriod",
    "JobsManager.failedVerificationSlashAmount",
    "JobsManager.missedVerificationSlashAmount",
    "JobsManager.doubleClaimSegmentSlashAmount",
    "JobsManager.finderFee",
  ];
  for (const id of order) {
    const parameter = LAUNCH_PARAMETERS.find((candidate) => candidate.id === id);
    const target = parameter === undefined ? undefined : contracts[parameter.contract];
    if (parameter?.setter === undefined || parameter.setter === null || target === undefined) {
      throw new Error(`the catalogue has no setter for ${id}`);
    }
    const value = id === "RoundsManager.roundLength" ? LOCAL_ROUND_LENGTH_BLOCKS : launchValue(id);
    sender.call(target, parameter.setter, [value]);
  }
  const bondingManager = contracts["BondingManager"];
  if (bondingManager !== undefined) {
    sender.call(bondingManager, "function setNumActiveTranscoders(uint256 numActiveTranscoders)", [
      launchValue("BondingManager.numActiveTranscoders"),
    ]);
  }
}

async function handOver(
  rpc: Rpc,
  governorArtifact: Artifact,
  controller: Address,
  phase: Phase,
): Promise<{ governor: Address | undefined; safe: Address | undefined }> {
  if (phase === "eoa") return { governor: undefined, safe: undefined };
  const { createLocalSafe } = await import("./create-local-safe.ts");
  const safe = await createLocalSafe(rpc);
  const sent = await SetupSender.from(rpc, localAccounts().deployer.address);
  if (phase === "safe") {
    sent.call(controller, "function transferOwnership(address newOwner)", [safe]);
    await sent.flush();
    return { governor: undefined, safe };
  }
  // The Governor changes hands only by an update of its own: stage it without delay, execute it.
  const { governorInterface, updateOf } = await import("../authority/governor.ts");
  const governor = sent.deploy(governorArtifact);
  const handover = updateOf(
    [{ to: governor, valueWei: 0n, data: transferOwnershipData(safe) }],
    0n,
  );
  for (const [name, args] of [
    ["stage", [handover, 0n]],
    ["execute", [handover]],
  ] as const) {
    const fragment = governorInterface.getFunction(name);
    if (fragment === null) throw new Error(`the Governor has ${name}`);
    sent.call(governor, fragment.format("full"), [...args]);
  }
  sent.call(controller, "function transferOwnership(address newOwner)", [governor]);
  await sent.flush();
  return { governor, safe };
}

function transferOwnershipData(newOwner: Address): Hex {
  return `0xf2fde38b${newOwner.slice(2).toLowerCase().padStart(64, "0")}`;
}

function launchValue(id: string): bigint {
  const value = LAUNCH_PARAMETERS.find((candidate) => candidate.id === id)?.defaults.launch;
  if (typeof value !== "bigint") throw new Error(`the catalogue has no launch value for ${id}`);
  return value;
}

/** What `deploySuite` wants compiled. */
export function suiteTargets(): { source: string; contract: string }[] {
  return SUITE.map(({ name, source }) => ({ source, contract: name }));
}
