import { expect, test } from "vitest";
import { KNOWN_CONTRACT_NAMES, contractId, nameOfContractId, proxyNameOfTarget, targetIdName } from "../../../src/protocol/contract-id.ts";

// Recorded from deployed registries.
const RECORDED = {
  BondingManager: "0x2517d59a36a86548e38734e8ab416f42afff4bca78706a66ad65750dae7f9e37",
  JobsManagerTarget: "0xa7cc642cb2cde9dce411aabbb7ab573a3cb9c56857f4c5370f981a28763f1cfa",
  Verifier: "0x121833d5ee4fda5e1a4034c2b7be8155c158142541dea26f39122c796649233f",
  LivepeerGovernorTarget: "0xd4c5f51c55641d608f9aa8c83a618a0b4bafdf778911c37f61b63c6be7a6992e",
  Governor: "0xd0990c50b6714f222e6fd1faaf5345bf1aa2867d2861fc2cc43b364e7d948647",
  L2Migrator: "0x74b6d21e0d4650f622c903126d418c1a52bcc99ea7acb0db0809fc0eeae6c7c3",
};

test("registry keys are the hash of the name and nothing else", () => {
  for (const [name, id] of Object.entries(RECORDED)) expect(contractId(name)).toBe(id);
});

test("every known name and its target are found back from their key, in any case", () => {
  for (const name of KNOWN_CONTRACT_NAMES) {
    expect(nameOfContractId(contractId(name).toUpperCase().replace("0X", "0x"))).toBe(name);
    expect(nameOfContractId(contractId(targetIdName(name)))).toBe(targetIdName(name));
  }
});

test("names of another suite are found when they are given", () => {
  const id = contractId("VaultTarget");
  expect(nameOfContractId(id)).toBeUndefined();
  expect(nameOfContractId(id, ["Vault"])).toBe("VaultTarget");
});

test("a target's name leads to its proxy", () => {
  expect(proxyNameOfTarget("JobsManagerTarget")).toBe("JobsManager");
  expect(proxyNameOfTarget("Target")).toBeUndefined();
  expect(proxyNameOfTarget("Minter")).toBeUndefined();
});
