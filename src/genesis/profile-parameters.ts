import type { Parameter } from "../protocol/parameter.ts";
import { PARAMETERS } from "../protocol/parameters.ts";
import type { Profile } from "../protocol/profiles.ts";

/** By id in the catalogue: `RoundsManager.roundLength`. */
export type ParameterValues = Readonly<Record<string, bigint | string>>;

const SHARED_BONDING = ["BondingManager.unbondingPeriod", "BondingManager.numActiveTranscoders"];
const SHARED_ROUNDS = ["RoundsManager.roundLength", "RoundsManager.roundLockAmount"];

/** What the Minter is constructed with, in the order of its arguments after the Controller. */
export const MINTER_PARAMETERS = ["Minter.inflation", "Minter.inflationChange", "Minter.targetBondingRate"] as const;

/** What is set by calls once the contracts are there, in this order. */
export const SET_PARAMETERS: Readonly<Record<Profile, readonly string[]>> = {
  launch: [
    ...SHARED_BONDING,
    "JobsManager.verificationRate",
    "JobsManager.verificationPeriod",
    "JobsManager.verificationSlashingPeriod",
    "JobsManager.failedVerificationSlashAmount",
    "JobsManager.missedVerificationSlashAmount",
    "JobsManager.doubleClaimSegmentSlashAmount",
    "JobsManager.finderFee",
    ...SHARED_ROUNDS,
  ],
  current: [
    ...SHARED_BONDING,
    "BondingManager.treasuryRewardCutRate",
    "BondingManager.treasuryBalanceCeiling",
    "TicketBroker.unlockPeriod",
    "TicketBroker.ticketValidityPeriod",
    ...SHARED_ROUNDS,
  ],
};

/** What the LivepeerGovernor is initialized with, in the order of its arguments. */
export const VOTING_PARAMETERS = [
  "LivepeerGovernor.votingDelay",
  "LivepeerGovernor.votingPeriod",
  "LivepeerGovernor.proposalThreshold",
  "LivepeerGovernor.quorumNumerator",
  "LivepeerGovernor.quota",
] as const;

/** The parameter as a profile has it, and the value it is deployed with. */
export function profileParameter(profile: Profile, id: string, given: ParameterValues): { parameter: Parameter; value: bigint | string } {
  const parameter = PARAMETERS.find((candidate) => candidate.id === id && candidate.deployments.includes(profile));
  if (parameter === undefined) throw new Error(`the catalogue has no ${id} in the profile ${profile}`);
  const value = given[id] ?? parameter.defaults[profile];
  if (typeof value !== "bigint" && typeof value !== "string") throw new Error(`the catalogue has no value for ${id} in the profile ${profile}`);
  return { parameter, value };
}
