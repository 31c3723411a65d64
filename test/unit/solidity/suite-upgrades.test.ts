import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compileUnits } from "../../../src/solidity/compile.ts";
import { traitsOfUpgrade } from "../../../src/solidity/traits-of-upgrade.ts";
import { checkStorageUpgrade } from "../../../src/solidity/upgrade-check.ts";
import { CONTRACT_CACHES } from "../contracts/compiled-suite.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

test("the protocol's own upgrades pass, and the broken one is refused with variable, slots and types", async () => {
  const units = await compileUnits({
    root: ROOT,
    targets: [
      { source: "contracts/jobs/JobsManager.sol", contract: "JobsManager" },
      { source: "contracts/jobs/JobsManagerV2.sol", contract: "JobsManagerV2" },
      { source: "test/fixtures/contracts/JobsManagerRenamed.sol" },
      { source: "test/fixtures/contracts/JobsManagerBroken.sol", contract: "JobsManagerBroken" },
    ],
    cacheFolders: CONTRACT_CACHES,
  });
  const [from, v2, renamed, broken] = units;
  if (from === undefined || v2 === undefined || renamed === undefined || broken === undefined) throw new Error("not compiled");
  const check = (to: typeof from) => checkStorageUpgrade({ from, to, proxy: "controller-registry" });

  const good = await check(v2);
  expect(good.ok).toBe(true);
  expect(good.findings.filter((finding) => finding.severity !== "info")).toEqual([]);
  expect(good.slots.find((slot) => slot.state === "new")).toMatchObject({ slot: "12", label: "maxSegmentsPerClaim" });

  const deprecated = await check(renamed);
  expect(deprecated.ok).toBe(true);
  expect(deprecated.slots.find((slot) => slot.state === "deprecated")?.before?.label).toBe("finderFee");

  const bad = await check(broken);
  expect(bad.ok).toBe(false);
  const text = bad.findings.filter((finding) => finding.severity === "refuse").map((finding) => `${finding.title} ${finding.detail ?? ""}`).join("\n");
  expect(text).toContain("`verificationRate`");
  expect(text).toContain("slot 2");
  expect(text).toContain("uint64");
});

test("no contract behind a proxy has a finding when it is replaced by itself", async () => {
  const sources = ["jobs/JobsManager", "bonding/BondingManager", "rounds/RoundsManager", "payments/TicketBroker", "services/ServiceRegistry", "governance/BondingVotes", "governance/LivepeerGovernor", "governance/StakeGovernor"];
  const units = await compileUnits({ root: ROOT, targets: sources.map((source) => ({ source: `contracts/${source}.sol` })), cacheFolders: CONTRACT_CACHES });
  for (const unit of units) {
    const { findings, slots } = await checkStorageUpgrade({ from: unit, to: unit, proxy: "controller-registry" });
    expect(findings.filter((finding) => finding.severity !== "info"), unit.artifact.name).toEqual([]);
    expect(traitsOfUpgrade(unit, unit, slots).newVariables).toEqual([]);
    expect(traitsOfUpgrade(unit, unit, slots).initializers.filter(({ isOld }) => !isOld)).toEqual([]);
  }
});

test("upgrades of other people's protocols pass by their own rules", async () => {
  const vault = "test/fixtures/contracts/erc1967";
  const units = await compileUnits({
    root: ROOT,
    targets: [
      { source: `${vault}/Vault.sol`, contract: "Vault" },
      { source: `${vault}/Vault.sol`, contract: "VaultV2" },
      { source: `${vault}/VaultUUPS.sol`, contract: "VaultUUPS" },
      { source: `${vault}/VaultUUPS.sol`, contract: "VaultUUPSV2" },
    ],
  });
  const [plain, plainV2, uups, uupsV2] = units;
  if (plain === undefined || plainV2 === undefined || uups === undefined || uupsV2 === undefined) throw new Error("not compiled");
  for (const [from, to] of [[plain, plainV2], [uups, uupsV2]] as const) {
    const verdict = await checkStorageUpgrade({ from, to, proxy: "erc1967" });
    expect(verdict.findings.filter((finding) => finding.severity === "refuse")).toEqual([]);
  }
  const lost = await checkStorageUpgrade({ from: uups, to: plainV2, proxy: "erc1967" });
  expect(lost.findings.map((finding) => finding.code)).toContain("upgrade-function-missing");
});
