import { Interface, getAddress } from "ethers";
import { expect, test } from "vitest";
import { contractId } from "../../../src/protocol/contract-id.ts";
import { decodeKnownCall, decodeKnownEvent, knownInterface } from "../../../src/protocol/decode-known.ts";
import { nameOfSlot } from "../../../src/protocol/storage-slots.ts";

const TARGET = getAddress("0x68b463bca7d561118636e9f028ff0f2e8398dd6a");

test("selectors and topics are those of the deployed contracts", () => {
  const selectors: Record<string, string> = {
    setContractInfo: "0xd737c2b0", updateController: "0xeb5dd94f", stage: "0x0d1e4bd3", execTransaction: "0x6a761202", getTransactionHash: "0xd8d11f78",
    approveHash: "0xd4d9bdcd", multiSend: "0x8d80ff0a", submitTransaction: "0xc6427474", migrateToNewMinter: "0x18d217ad", setLIPUpgradeRound: "0x13013e7a",
    initializeRound: "0xd4807fb2", createProxyWithNonce: "0x1688f0b9", upgradeToAndCall: "0x4f1ef286", updateDelay: "0x64d62353",
  };
  for (const [name, selector] of Object.entries(selectors)) expect(knownInterface().getFunction(selector)?.name).toBe(name);
  expect(knownInterface().getEvent("0xf9a6cf519167d81bc5cb3d26c60c0c9a19704aa908c148e82a861b570f4cd2d7")?.name).toBe("SetContractInfo");
  expect(knownInterface().getEvent("0xaf91f635f78d93ffa603808c9abd3099887413bc3e144b4b64c1fb966d6519c1")?.name).toBe("UpdateStaged");
});

test("a registry call is decoded with the name behind the id", () => {
  const data = knownInterface().encodeFunctionData("setContractInfo", [contractId("JobsManagerTarget"), TARGET, `0x${"ab".repeat(20)}`]);
  const call = decodeKnownCall(data);
  expect(call?.signature).toBe("setContractInfo(bytes32,address,bytes20)");
  expect(call?.args.map((arg) => arg.value)).toEqual([`${contractId("JobsManagerTarget")} (JobsManagerTarget)`, TARGET, `0x${"ab".repeat(20)}`]);
});

test("a nested update is decoded field by field", () => {
  const governor = new Interface(["function execute((address[] target, uint256[] value, bytes[] data, uint256 nonce) update)"]);
  const call = decodeKnownCall(governor.encodeFunctionData("execute", [{ target: [TARGET], value: [0n], data: ["0x8456cb59"], nonce: 7n }]));
  expect(call?.args[0]?.value).toBe(`{target: [${TARGET}], value: [0], data: [0x8456cb59], nonce: 7}`);
});

test("calldata with bytes that no reader would see is not decoded", () => {
  const data = knownInterface().encodeFunctionData("transferOwnership", [TARGET]);
  expect(decodeKnownCall(data)?.name).toBe("transferOwnership");
  expect(decodeKnownCall(`${data}00`)).toBeUndefined();
  expect(decodeKnownCall(data.slice(0, -2))).toBeUndefined();
  expect(decodeKnownCall("0x")).toBeUndefined();
  expect(decodeKnownCall("0xffffffff")).toBeUndefined();
});

test("events that differ only in what is indexed are told apart", () => {
  const hash = `0x${"11".repeat(32)}`;
  const newer = new Interface(["event ExecutionSuccess(bytes32 indexed txHash, uint256 payment)"]);
  const older = new Interface(["event ExecutionSuccess(bytes32 txHash, uint256 payment)"]);
  for (const contract of [newer, older]) {
    const log = contract.encodeEventLog("ExecutionSuccess", [hash, 0n]);
    expect(decodeKnownEvent(log)?.args.map((arg) => arg.value)).toEqual([hash, "0"]);
  }
});

test("strings from a chain are shown without their escape sequences", () => {
  const log = new Interface(["event ParameterUpdate(string param)"]).encodeEventLog("ParameterUpdate", ["\u001b[2Jowned"]);
  const value = decodeKnownEvent(log)?.args[0]?.value ?? "";
  expect(value).toContain("owned");
  expect(value).not.toContain("\u001b");
});

test("well-known slots have names", () => {
  expect(nameOfSlot("0x360894A13BA1A3210667C828492DB98DCA3E2076CC3735A920A3CA505D382BBC")?.name).toBe("erc1967.implementation");
  expect(nameOfSlot(`0x${"0".repeat(64)}`)).toBeUndefined();
});
