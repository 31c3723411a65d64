/** The contracts that lpctl carries: name and where its source lies inside the package. */
export const SUITE: readonly { name: string; source: string }[] = [
  { name: "Controller", source: "contracts/registry/Controller.sol" },
  { name: "ManagerProxy", source: "contracts/registry/ManagerProxy.sol" },
  { name: "LivepeerToken", source: "contracts/token/LivepeerToken.sol" },
  { name: "Minter", source: "contracts/token/Minter.sol" },
  { name: "RoundsManager", source: "contracts/rounds/RoundsManager.sol" },
  { name: "BondingManager", source: "contracts/bonding/BondingManager.sol" },
  { name: "JobsManager", source: "contracts/jobs/JobsManager.sol" },
  { name: "JobsManagerV2", source: "contracts/jobs/JobsManagerV2.sol" },
  { name: "Governor", source: "contracts/governance/Governor.sol" },
];
