import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compileUnits } from "../../../src/solidity/compile.ts";
import { checkStorageUpgrade } from "../../../src/solidity/upgrade-check.ts";
import { CONTRACT_CACHES } from "./compiled-suite.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

test.each([
  ["JobsManagerDoubleClaim2019", "contracts/jobs/JobsManager.sol"],
  ["BondingManagerZeroStartFactors2021", "contracts/bonding/BondingManager.sol"],
  ["BondingManagerClaimOrder2018", "contracts/bonding/BondingManager.sol"],
])("%s has the ABI of the sound contract, and either can be upgraded to the other without a finding", async (historic, sound) => {
  const [from, to] = await compileUnits({
    root: ROOT,
    targets: [{ source: `contracts/historic/${historic}.sol` }, { source: sound }],
    cacheFolders: CONTRACT_CACHES,
  });
  if (from === undefined || to === undefined) throw new Error("not compiled");
  expect(from.artifact.abi).toEqual(to.artifact.abi);
  for (const pair of [{ from, to }, { from: to, to: from }]) {
    const verdict = await checkStorageUpgrade({ ...pair, proxy: "controller-registry" });
    expect(verdict.findings.filter((finding) => finding.severity !== "info")).toEqual([]);
    expect(verdict.ok).toBe(true);
  }
});
