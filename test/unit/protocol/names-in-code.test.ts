import { describe, expect, test } from "vitest";
import { contractId, KNOWN_CONTRACT_NAMES } from "../../../src/protocol/contract-id.ts";
import { namesInCode } from "../../../src/protocol/names-in-code.ts";
import { compileArtifacts } from "../../e2e/local-project.ts";

describe("names in code", () => {
  test("are found in the contracts of the suite as they ask for them", async () => {
    const artifactOf = await compileArtifacts(["contracts/bonding/BondingManager.sol:BondingManager", "contracts/token/Minter.sol:Minter"]);
    expect(namesInCode(artifactOf("BondingManager").runtimeBytecode, KNOWN_CONTRACT_NAMES)).toEqual(expect.arrayContaining(["BondingVotes", "LivepeerToken", "Minter", "RoundsManager", "Treasury"]));
    expect(namesInCode(artifactOf("Minter").runtimeBytecode, KNOWN_CONTRACT_NAMES)).toEqual(["BondingManager", "JobsManager", "LivepeerToken", "Minter", "RoundsManager"]);
  });

  test("are found as their id, and not inside longer names", () => {
    expect(namesInCode(`0x7f${contractId("Treasury").slice(2)}`, ["Treasury", "Minter"])).toEqual(["Treasury"]);
    const bridgeMinter = Buffer.from("BridgeMinter").toString("hex");
    expect(namesInCode(`0x6b${bridgeMinter}`, ["BridgeMinter", "Minter"])).toEqual(["BridgeMinter"]);
  });
});
