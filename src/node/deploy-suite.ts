import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { findArtifact } from "../genesis/find-artifact.ts";
import { planGenesis } from "../genesis/plan-genesis.ts";
import { planProfile } from "../genesis/plan-profile.ts";
import type { ParameterValues } from "../genesis/profile-parameters.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Profile } from "../protocol/profiles.ts";
import { SUITE } from "../protocol/suite.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { handOverToStake } from "./hand-over-to-stake.ts";
import { localAccounts } from "./local-accounts.ts";
import { LOCAL_BALANCE_WEI, localGenesis } from "./local-genesis.ts";
import type { Phase } from "./phase.ts";
import { solverAddress } from "./runner/cast.ts";
import { SetupSender } from "./setup-sender.ts";

export interface LocalProtocol {
  profile: Profile;
  phase: Phase;
  controller: Address;
  governor: Address | undefined;
  /** Who owns the Controller or its Governor; in the phase stake, who has the veto. */
  safe: Address | undefined;
  /** Registered name to address; proxies where there are any. */
  contracts: Record<string, Address>;
  /** The contract through which the Safe has its veto. */
  vetoGuardian: Address | undefined;
}

export interface SuiteOptions {
  profile: Profile;
  phase: Phase;
  /** Registered with every contract: 20 bytes. */
  gitCommitHash: Hex;
  /** By id in the catalogue, where the usual value of a local chain is not wanted. */
  parameters?: ParameterValues;
  /** In the phase stake: how long a 2-of-3 Safe can veto what was voted. 0 for no veto; default a year. */
  guardianDays?: number | undefined;
}

/** Short, so that a local round is reached by mining a few blocks; every other parameter has its first value. */
export const LOCAL_ROUND_LENGTH_BLOCKS = 50n;
/** As many as a poll of the published PollCreator is open for, in rounds of 5760 blocks. */
const POLL_ROUNDS = 10n;

/**
 * Deploys a profile of the suite on a fresh local chain: contracts and parameters as in `planProfile`, the genesis of
 * a chain for tests; last, ownership goes where the phase wants it.
 * @param artifacts of the contracts that `SUITE` gives the profile, in any order
 * @throws LPCTL_NODE_PHASE_IMPOSSIBLE when the profile has nobody whom the phase could give the Controller
 */
export async function deploySuite(rpc: Rpc, artifacts: readonly Artifact[], options: SuiteOptions): Promise<LocalProtocol> {
  const { profile, phase, gitCommitHash } = options;
  requirePossible(profile, phase);
  const accounts = localAccounts();
  const deployer = accounts.deployer.address;
  const sender = await SetupSender.from(rpc, deployer);
  const deployed = planProfile(sender.plan, artifacts, {
    profile,
    gitCommitHash,
    parameters: {
      "RoundsManager.roundLength": LOCAL_ROUND_LENGTH_BLOCKS,
      ...(profile === "launch" ? { "Verifier.solver": solverAddress() } : { "PollCreator.POLL_PERIOD": POLL_ROUNDS * LOCAL_ROUND_LENGTH_BLOCKS }),
      ...options.parameters,
    },
  });
  const { timestampSeconds } = await rpc.block("latest");
  const { distribution } = planGenesis(sender.plan, artifacts, localGenesis(deployer, timestampSeconds), deployed, gitCommitHash);
  const { controller } = deployed;
  const contracts: Record<string, Address> = { ...deployed.contracts, LivepeerTokenFaucet: distribution.address };
  for (const { address } of [accounts.transcoder, accounts.delegator, accounts.broadcaster]) {
    sender.call(contractOf(contracts, "LivepeerToken"), "function transfer(address to, uint256 value)", [address, LOCAL_BALANCE_WEI]);
  }
  await sender.flush();

  if (phase === "stake") {
    const { guardianDays, parameters = {} } = options;
    const handed = await handOverToStake(rpc, artifacts, { controller, gitCommitHash, parameters, guardianDays });
    return { profile, phase, controller, governor: undefined, safe: handed.safe, vetoGuardian: handed.vetoGuardian, contracts: { ...contracts, ...handed.contracts } };
  }
  const ownership = await handOver(rpc, artifacts, { controller, phase });
  return { profile, phase, controller, contracts, ...ownership, vetoGuardian: undefined };
}

async function handOver(
  rpc: Rpc,
  artifacts: readonly Artifact[],
  { controller, phase }: { controller: Address; phase: Exclude<Phase, "stake"> },
): Promise<{ governor: Address | undefined; safe: Address | undefined }> {
  if (phase === "eoa") return { governor: undefined, safe: undefined };
  const { deployer } = localAccounts();
  const { createLocalSafe } = await import("./create-local-safe.ts");
  const safe = await createLocalSafe(rpc);
  const sent = await SetupSender.from(rpc, deployer.address);
  if (phase === "safe") {
    sent.call(controller, "function transferOwnership(address newOwner)", [safe]);
    await sent.flush();
    return { governor: undefined, safe };
  }
  // The Governor changes hands only by an update of its own: stage it without delay, execute it.
  const { governorInterface, updateOf } = await import("../authority/governor.ts");
  const governor = sent.deploy(findArtifact(artifacts, "Governor"));
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

function contractOf(contracts: Readonly<Record<string, Address>>, name: string): Address {
  const address = contracts[name];
  if (address === undefined) throw new Error(`the suite has no ${name}`);
  return address;
}

function transferOwnershipData(newOwner: Address): Hex {
  return `0xf2fde38b${newOwner.slice(2).toLowerCase().padStart(64, "0")}`;
}

/** @throws LPCTL_NODE_PHASE_IMPOSSIBLE */
export function requirePossible(profile: Profile, phase: Phase): void {
  if (phase !== "stake" || profile === "current") return;
  throw new LpctlError({
    code: "LPCTL_NODE_PHASE_IMPOSSIBLE",
    exit: Exit.usage,
    message: `The profile ${profile} has no phase stake.`,
    why: "Votes by stake need the BondingVotes, which only the profile current has.",
    next: "lpctl node start --profile current --phase stake",
  });
}

/** What `deploySuite` wants compiled for a profile; without one, every contract that lpctl carries. */
export function suiteTargets(profile?: Profile): { source: string; contract: string }[] {
  return SUITE.filter(({ profiles }) => profile === undefined || profiles.includes(profile)).map(({ name, source }) => ({ source, contract: name }));
}
