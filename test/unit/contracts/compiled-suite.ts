import { fileURLToPath } from "node:url";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compileContracts } from "../../../src/solidity/compile.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

const TARGETS = [
  "contracts/registry/Controller.sol",
  "contracts/registry/ManagerProxy.sol",
  "contracts/token/LivepeerToken.sol",
  "contracts/token/Minter.sol",
  "contracts/rounds/RoundsManager.sol",
  "contracts/bonding/BondingManager.sol",
  "contracts/jobs/JobsManager.sol",
  "contracts/jobs/JobsManagerV2.sol",
  "contracts/governance/Governor.sol",
  "contracts/governance/PollCreator.sol",
  "contracts/governance/Poll.sol",
  "contracts/governance/BondingVotes.sol",
  "contracts/governance/Treasury.sol",
  "contracts/snapshots/MerkleSnapshot.sol",
  "contracts/services/ServiceRegistry.sol",
  "test/fixtures/contracts/ImmediateVerifier.sol",
];

let compiled: Promise<Map<string, Artifact>> | undefined;

/** The protocol's contracts by name, compiled once for all tests of a run. */
export async function compiledSuite(): Promise<(name: string) => Artifact> {
  compiled ??= compileContracts({ root: ROOT, targets: TARGETS.map((source) => ({ source })) }).then(
    (artifacts) => new Map(artifacts.map((artifact) => [artifact.name, artifact])),
  );
  const byName = await compiled;
  return (name) => {
    const artifact = byName.get(name);
    if (artifact === undefined) throw new Error(`${name} is not compiled by compiled-suite.ts`);
    return artifact;
  };
}
