import { Interface } from "ethers";
import { describe, expect, test } from "vitest";
import { postconditions, readsToPin } from "../../../src/proposal/conditions.ts";
import { deriveCalls } from "../../../src/proposal/derive-calls.ts";
import type { Intent } from "../../../src/proposal/intent.ts";
import { contractId } from "../../../src/protocol/contract-id.ts";
import { address, CONTROLLER, NEW_CODE, PROXY, SET_RATE, UPGRADE } from "./example-proposal.ts";

const ADMIN = address("ad");
const BEACON = address("bea");
const encode = (signature: string, args: unknown[]): string => new Interface([`function ${signature}`]).encodeFunctionData(signature.split("(")[0] ?? "", args);

describe("the calls of an intent", () => {
  test.each<[string, Intent, string, string]>([
    [
      "record the code of a registry proxy with its commit",
      UPGRADE,
      CONTROLLER,
      encode("setContractInfo(bytes32,address,bytes20)", [contractId("JobsManagerTarget"), NEW_CODE, UPGRADE.gitCommitHash]),
    ],
    [
      "go to the admin of a transparent proxy",
      { ...UPGRADE, proxy: { kind: "transparent", address: PROXY, admin: ADMIN }, initializer: "0x12345678" },
      ADMIN,
      encode("upgradeAndCall(address,address,bytes)", [PROXY, NEW_CODE, "0x12345678"]),
    ],
    ["go to a UUPS proxy itself", { ...UPGRADE, proxy: { kind: "uups", address: PROXY } }, PROXY, encode("upgradeToAndCall(address,bytes)", [NEW_CODE, "0x"])],
    ["go to the beacon", { ...UPGRADE, proxy: { kind: "beacon", address: PROXY, beacon: BEACON } }, BEACON, encode("upgradeTo(address)", [NEW_CODE])],
    ["set a parameter", SET_RATE, PROXY, encode("setVerificationRate(uint64)", [500n])],
    [
      "set an entry with a key before its value",
      { ...SET_RATE, setter: "function setLIPUpgradeRound(uint256 lip, uint256 round)", setterArgs: ["36"], value: "1000" },
      PROXY,
      encode("setLIPUpgradeRound(uint256,uint256)", [36n, 1000n]),
    ],
    [
      "hand over ownership",
      { kind: "transfer-ownership", contract: "Controller", target: CONTROLLER, newOwner: ADMIN },
      CONTROLLER,
      encode("transferOwnership(address)", [ADMIN]),
    ],
    ["pause", { kind: "pause", controller: CONTROLLER }, CONTROLLER, encode("pause()", [])],
    ["unpause", { kind: "unpause", controller: CONTROLLER }, CONTROLLER, encode("unpause()", [])],
  ])("%s", (_what, intent, to, data) => {
    expect(deriveCalls([intent])).toEqual([{ to, valueWei: 0n, data }]);
  });

  test("keep the order of the intents", () => {
    expect(deriveCalls([SET_RATE, UPGRADE])).toEqual(deriveCalls([UPGRADE, SET_RATE]).toReversed());
  });

  test("are taken as given where the intent is the calls", () => {
    const calls = [{ to: ADMIN, valueWei: 3n, data: "0xabcdef12" as const }];
    expect(deriveCalls([{ kind: "calls", calls }])).toEqual(calls);
  });

  test("are refused where the upgrade could not run the initializer", () => {
    expect(() => deriveCalls([{ ...UPGRADE, proxy: { kind: "beacon", address: PROXY, beacon: BEACON }, initializer: "0x12345678" }])).toThrow("cannot run an initializer");
  });
});

describe("the conditions of an intent", () => {
  test("pin and promise the value that the getter tells", () => {
    const [condition] = postconditions([SET_RATE]);
    expect(condition?.read).toEqual({ kind: "call", label: "JobsManager.verificationRate", to: PROXY, data: encode("verificationRate()", []) });
    expect(BigInt(condition?.expect ?? "0x0")).toBe(500n);
    expect(readsToPin([SET_RATE])).toEqual([condition?.read]);
  });

  test("pin the registry's entry, the proxy's target id and the new code", () => {
    expect(readsToPin([UPGRADE]).map(({ kind, label }) => [kind, label])).toEqual([
      ["call", "registry entry of JobsManagerTarget"],
      ["call", "target id of JobsManager"],
      ["code", `code of ${NEW_CODE}`],
    ]);
    expect(postconditions([UPGRADE])).toContainEqual(expect.objectContaining({ expect: UPGRADE.implementationCodeHash }));
  });

  test("read each thing once, and promise what the last intent writes", () => {
    const again: Intent = { ...SET_RATE, value: "250" };
    expect(readsToPin([SET_RATE, again])).toHaveLength(1);
    const promised = postconditions([SET_RATE, again]);
    expect(promised.map((condition) => BigInt(condition.expect))).toEqual([250n]);
  });

  test("promise nothing for calls as given", () => {
    const intent: Intent = { kind: "calls", calls: [{ to: ADMIN, valueWei: 0n, data: "0x" }] };
    expect([readsToPin([intent]), postconditions([intent])]).toEqual([[], []]);
  });
});
