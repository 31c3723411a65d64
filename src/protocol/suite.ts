import { PROFILES, type Profile } from "./profiles.ts";

/** A contract that lpctl carries. */
export interface SuiteContract {
  name: string;
  /** Where its source lies inside the package. */
  source: string;
  /** Which profiles deploy it; none for what only an upgrade brings, or a genesis creates. */
  profiles: readonly Profile[];
}

const LAUNCH = ["launch"] as const;
const CURRENT = ["current"] as const;

/** The contracts that lpctl carries. */
export const SUITE: readonly SuiteContract[] = [
  { name: "Controller", source: "contracts/registry/Controller.sol", profiles: PROFILES },
  { name: "ManagerProxy", source: "contracts/registry/ManagerProxy.sol", profiles: PROFILES },
  { name: "LivepeerToken", source: "contracts/token/LivepeerToken.sol", profiles: PROFILES },
  { name: "Minter", source: "contracts/token/Minter.sol", profiles: LAUNCH },
  { name: "PreciseMinter", source: "contracts/token/PreciseMinter.sol", profiles: CURRENT },
  { name: "RoundsManager", source: "contracts/rounds/RoundsManager.sol", profiles: PROFILES },
  { name: "BondingManager", source: "contracts/bonding/BondingManager.sol", profiles: PROFILES },
  { name: "ServiceRegistry", source: "contracts/services/ServiceRegistry.sol", profiles: PROFILES },
  { name: "Governor", source: "contracts/governance/Governor.sol", profiles: PROFILES },
  { name: "LivepeerTokenFaucet", source: "contracts/token/LivepeerTokenFaucet.sol", profiles: PROFILES },
  { name: "GenesisManager", source: "contracts/genesis/GenesisManager.sol", profiles: PROFILES },
  { name: "MerkleMine", source: "contracts/genesis/MerkleMine.sol", profiles: [] },
  { name: "TokenVesting", source: "contracts/genesis/TokenVesting.sol", profiles: [] },
  { name: "TokenTimelock", source: "contracts/genesis/TokenTimelock.sol", profiles: [] },
  { name: "JobsManager", source: "contracts/jobs/JobsManager.sol", profiles: LAUNCH },
  { name: "LivepeerVerifier", source: "contracts/jobs/LivepeerVerifier.sol", profiles: LAUNCH },
  { name: "JobsManagerV2", source: "contracts/jobs/JobsManagerV2.sol", profiles: [] },
  { name: "TicketBroker", source: "contracts/payments/TicketBroker.sol", profiles: CURRENT },
  { name: "BondingVotes", source: "contracts/governance/BondingVotes.sol", profiles: CURRENT },
  { name: "Treasury", source: "contracts/governance/Treasury.sol", profiles: CURRENT },
  { name: "LivepeerGovernor", source: "contracts/governance/LivepeerGovernor.sol", profiles: CURRENT },
  { name: "PollCreator", source: "contracts/governance/PollCreator.sol", profiles: CURRENT },
  { name: "StakeGovernor", source: "contracts/governance/StakeGovernor.sol", profiles: CURRENT },
  { name: "StakeTimelock", source: "contracts/governance/StakeTimelock.sol", profiles: CURRENT },
  { name: "VetoGuardian", source: "contracts/governance/VetoGuardian.sol", profiles: [] },
  { name: "DividedOwner", source: "contracts/governance/DividedOwner.sol", profiles: [] },
  { name: "MerkleSnapshot", source: "contracts/snapshots/MerkleSnapshot.sol", profiles: CURRENT },
];

/** Builds with faults of the past that rehearsals start from. Never deployed by a profile. */
export const HISTORIC: readonly Pick<SuiteContract, "name" | "source">[] = [
  { name: "JobsManagerDoubleClaim2019", source: "contracts/historic/JobsManagerDoubleClaim2019.sol" },
  { name: "BondingManagerClaimOrder2018", source: "contracts/historic/BondingManagerClaimOrder2018.sol" },
  { name: "MinterPausedDeposit2018", source: "contracts/historic/MinterPausedDeposit2018.sol" },
];
