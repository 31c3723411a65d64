import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compileContracts } from "../../../src/solidity/compile.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

const TARGETS = [
  "contracts/registry/Controller.sol",
  "contracts/registry/ManagerProxy.sol",
  "contracts/token/LivepeerToken.sol",
  "contracts/token/Minter.sol",
  "contracts/token/PreciseMinter.sol",
  "contracts/token/LivepeerTokenFaucet.sol",
  "contracts/rounds/RoundsManager.sol",
  "contracts/rounds/AdjustableRoundsManager.sol",
  "contracts/bonding/BondingManager.sol",
  "contracts/jobs/JobsManager.sol",
  "contracts/jobs/JobsManagerV2.sol",
  "contracts/jobs/LivepeerVerifier.sol",
  "contracts/jobs/IdentityVerifier.sol",
  "contracts/genesis/GenesisManager.sol",
  "contracts/genesis/TokenVesting.sol",
  "contracts/genesis/TokenTimelock.sol",
  "contracts/genesis/MerkleMine.sol",
  "contracts/historic/JobsManagerDoubleClaim2019.sol",
  "contracts/historic/BondingManagerZeroStartFactors2021.sol",
  "contracts/historic/BondingManagerClaimOrder2018.sol",
  "contracts/historic/MinterPausedDeposit2018.sol",
  "contracts/governance/Governor.sol",
  "contracts/governance/PollCreator.sol",
  "contracts/governance/Poll.sol",
  "contracts/governance/BondingVotes.sol",
  "contracts/governance/Treasury.sol",
  "contracts/governance/LivepeerGovernor.sol",
  "contracts/governance/StakeGovernor.sol",
  "contracts/governance/StakeTimelock.sol",
  "contracts/governance/VetoGuardian.sol",
  "contracts/governance/DividedOwner.sol",
  "contracts/payments/TicketBroker.sol",
  "contracts/snapshots/MerkleSnapshot.sol",
  "contracts/services/ServiceRegistry.sol",
];

/** Every test file is a process of its own, and would compile the whole suite again. An entry is found by its sources. */
export const CONTRACT_CACHES = [join(ROOT, "dist/solc-cache"), join(ROOT, "node_modules/.cache/lpctl-contracts")];

let compiled: Promise<Map<string, Artifact>> | undefined;

/** The protocol's contracts by name. */
export async function compiledSuite(): Promise<(name: string) => Artifact> {
  compiled ??= compileContracts({ root: ROOT, targets: TARGETS.map((source) => ({ source })), cacheFolders: CONTRACT_CACHES }).then(
    (artifacts) => new Map(artifacts.map((artifact) => [artifact.name, artifact])),
  );
  const byName = await compiled;
  return (name) => {
    const artifact = byName.get(name);
    if (artifact === undefined) throw new Error(`${name} is not compiled by compiled-suite.ts`);
    return artifact;
  };
}
