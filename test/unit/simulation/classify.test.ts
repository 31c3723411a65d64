import { AbiCoder, keccak256 } from "ethers";
import { describe, expect, test } from "vitest";
import type { Intent } from "../../../src/proposal/intent.ts";
import { contractId } from "../../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { ERC1967_SLOTS } from "../../../src/protocol/storage-slots.ts";
import type { AuthorityKind } from "../../../src/simulation/classify/bookkeeping.ts";
import { classifyChanges, type ClassifyContext } from "../../../src/simulation/classify/classify-changes.ts";
import type { CallNode, StateChange } from "../../../src/outcome/simulation.ts";
import { address, CONTROLLER, exampleProposal, GOVERNOR, NEW_CODE, PROXY, SAFE, SET_RATE, UPGRADE } from "../proposal/example-proposal.ts";

const word = (digits: string): Hex => `0x${digits.replace(/^0x/, "").toLowerCase().padStart(64, "0")}`;
const TIMELOCK = address("71");
const TOKEN = address("70");
const AUTHORITIES = new Map<Address, AuthorityKind>([[SAFE, "safe"], [GOVERNOR, "governor"], [TIMELOCK, "timelock"]]);

interface Given extends Partial<StateChange> {
  intents?: Intent[];
  context?: Partial<ClassifyContext>;
}

function classOf({ intents, context, ...change }: Given): string {
  const whole: StateChange = { address: PROXY, kind: "storage", slot: word("99"), before: word("1"), after: word("2"), ...change };
  const text = (side: Hex): string => BigInt(side).toString();
  const texts = change.path === undefined || change.afterText !== undefined ? {} : { beforeText: text(whole.before), afterText: text(whole.after) };
  const [classified] = classifyChanges([{ ...whole, ...texts }], { proposal: exampleProposal(intents), authorities: AUTHORITIES, ...context });
  return classified?.class ?? "";
}

const entry = (field: string): Partial<StateChange> => ({ address: CONTROLLER, path: `registry[JobsManagerTarget].${field}` });
/** Where a mapping at position 1 keeps the entry of an id. */
const entrySlot = (offset: bigint): Hex =>
  word((BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [contractId("JobsManagerTarget"), 1n]))) + offset).toString(16));

describe("an upgrade through the registry", () => {
  test.each<[string, Given, string]>([
    ["asks for the address of the new code", { ...entry("contractAddress"), after: word(NEW_CODE) }, "intended"],
    ["asks for the commit", { ...entry("gitCommitHash"), after: word("22".repeat(20)) }, "intended"],
    ["is recognised where no layout names the registry", { address: CONTROLLER, slot: entrySlot(0n), after: word(NEW_CODE) }, "intended"],
    ["and so is its commit", { address: CONTROLLER, slot: entrySlot(1n), after: word("22".repeat(20)) }, "intended"],
    ["does not ask for other code", { ...entry("contractAddress"), after: word(address("bad")) }, "unexplained"],
    ["does not ask for another entry", { address: CONTROLLER, path: "registry[MinterTarget].contractAddress", after: word(NEW_CODE) }, "unexplained"],
    ["does not ask for the Controller's owner", { address: CONTROLLER, path: "owner", after: word(NEW_CODE) }, "unexplained"],
    ["does not ask for anything in the proxy", { path: "numJobs" }, "unexplained"],
  ])("%s", (_what, given, expected) => {
    expect(classOf({ intents: [UPGRADE], ...given })).toBe(expected);
  });
});

describe("an upgrade of an ERC-1967 proxy", () => {
  const uups: Intent = { ...UPGRADE, proxy: { kind: "uups", address: PROXY } };
  const beacon = address("bea");
  test.each<[string, Intent[], Given, string]>([
    ["asks for the slot of the code", [uups], { slot: ERC1967_SLOTS.implementation, path: "erc1967.implementation", after: word(NEW_CODE), afterText: NEW_CODE, beforeText: PROXY }, "intended"],
    ["not for its admin", [uups], { slot: ERC1967_SLOTS.admin, path: "erc1967.admin", after: word(NEW_CODE) }, "unexplained"],
    ["nor for variables, unless it runs an initializer", [uups], { path: "version" }, "unexplained"],
    ["which may write what has a name", [{ ...uups, initializer: "0x12345678" }], { path: "version" }, "intended"],
    ["and nothing else", [{ ...uups, initializer: "0x12345678" }], {}, "unexplained"],
    ["asks for the code of a beacon", [{ ...UPGRADE, proxy: { kind: "beacon", address: PROXY, beacon } }], { address: beacon, path: "implementation", after: word(NEW_CODE), afterText: NEW_CODE, beforeText: PROXY }, "intended"],
  ])("%s", (_what, intents, given, expected) => {
    expect(classOf({ intents, ...given })).toBe(expected);
  });
});

describe("a parameter", () => {
  const at = (path: string, after: bigint): Given => ({ intents: [SET_RATE], path, after: word(after.toString(16)) });
  const drivenIn = (address: Address) => ({ control: { driven: [{ address, path: "index", why: "time" }, { address, path: "totals[*].stake", why: "time", except: ["totals[9].stake"] }], ran: [], blind: [] } });
  const driven = drivenIn(PROXY);
  test.each<[string, Given, string]>([
    ["is what was asked for", at("verificationRate", 500n), "intended"],
    ["and what its setter writes in the same contract", at("lastRate", 1n), "intended"],
    ["but not elsewhere", { ...at("verificationRate", 500n), address: TOKEN }, "unexplained"],
    ["nor what has no name", { intents: [SET_RATE] }, "unexplained"],
    ["comes after time, which moves an index anyway", { ...at("index", 5n), context: driven }, "accrual"],
    ["and the entries of rounds to come", { ...at("totals[77].stake", 5n), context: driven }, "accrual"],
    ["but not one that stays when the others move on", { ...at("totals[9].stake", 5n), address: TOKEN, context: drivenIn(TOKEN) }, "unexplained"],
    ["which is intended where the call writes it", { ...at("totals[9].stake", 5n), context: driven }, "intended"],
    ["but not what was asked for, even if time could move it", { ...at("verificationRate", 500n), context: { control: { driven: [{ address: PROXY, path: "verificationRate", why: "time" }], ran: [], blind: [] } } }, "intended"],
  ])("%s", (_what, given, expected) => {
    expect(classOf(given)).toBe(expected);
  });
});

describe("the books of the authorities", () => {
  test.each<[string, Given, string]>([
    ["a Safe's nonce", { address: SAFE, path: "nonce" }, "bookkeeping"],
    ["not a nonce that goes back", { address: SAFE, path: "nonce", before: word("5") }, "unexplained"],
    ["an approval", { address: SAFE, path: `approvedHashes[${TOKEN}][0x12]` }, "bookkeeping"],
    ["not a Safe's owners", { address: SAFE, path: `owners[${TOKEN}]` }, "unexplained"],
    ["not its modules", { address: SAFE, path: `modules[${TOKEN}]` }, "unexplained"],
    ["an update that leaves the queue", { address: GOVERNOR, path: "updates[0x12]", before: word("9"), after: word("0") }, "bookkeeping"],
    ["not one that stays in it", { address: GOVERNOR, path: "updates[0x34]", before: word("0"), after: word("9") }, "unexplained"],
    ["an operation that is done", { address: TIMELOCK, path: "timestamps[0x12]", before: word("0"), after: word("1") }, "bookkeeping"],
    ["not one that is scheduled", { address: TIMELOCK, path: "timestamps[0x34]", before: word("0"), after: word("6650") }, "unexplained"],
    ["an account's nonce", { kind: "nonce", slot: undefined }, "bookkeeping"],
    ["not the nonce of a contract that is no Safe", { path: "nonce" }, "unexplained"],
  ])("%s", (_what, given, expected) => {
    expect(classOf({ intents: [UPGRADE], ...given })).toBe(expected);
  });
});

describe("other intents", () => {
  const heir = address("e1");
  const handover: Intent = { kind: "transfer-ownership", contract: "Controller", target: CONTROLLER, newOwner: heir };
  const migration: Intent = { kind: "migrate-minter", minter: address("a1"), newMinter: address("a2"), token: TOKEN };
  const spend: Intent = { kind: "calls", calls: [{ to: TOKEN, valueWei: 7n, data: "0x12345678" }] };
  const asAddress = (account: Address): Given => ({ after: word(account), afterText: account, beforeText: SAFE });
  const sends = (from: Address, to: Address, more: Partial<CallNode> = {}): CallNode => ({ type: "CALL", from, to, valueWei: 7n, input: "0x", output: "0x", gasUsed: 1n, children: [], ...more });
  test.each<[string, Given, string]>([
    ["a handover gives the contract to the heir", { intents: [handover], address: CONTROLLER, path: "owner", ...asAddress(heir) }, "intended"],
    ["or names the heir for later", { intents: [handover], address: CONTROLLER, path: "_pendingOwner", ...asAddress(heir) }, "intended"],
    ["not to somebody else", { intents: [handover], address: CONTROLLER, path: "owner", ...asAddress(SAFE) }, "unexplained"],
    ["pausing pauses", { intents: [{ kind: "pause", controller: CONTROLLER }], address: CONTROLLER, path: "paused", before: word("0"), after: word("1"), beforeText: "false", afterText: "true" }, "intended"],
    ["and does not unpause", { intents: [{ kind: "pause", controller: CONTROLLER }], address: CONTROLLER, path: "paused", before: word("1"), after: word("0"), beforeText: "true", afterText: "false" }, "unexplained"],
    ["a migration moves the token's owner", { intents: [migration], address: TOKEN, path: "owner", ...asAddress(address("a2")) }, "intended"],
    ["and the old Minter's tokens", { intents: [migration], address: TOKEN, path: `_balances[${address("a1")}]` }, "intended"],
    ["not anybody's", { intents: [migration], address: TOKEN, path: `_balances[${SAFE}]` }, "unexplained"],
    ["a call writes in the contract it calls", { intents: [spend], address: TOKEN, path: "total" }, "intended"],
    ["with a name", { intents: [spend], address: TOKEN }, "unexplained"],
    ["and nowhere else", { intents: [spend], path: "total" }, "unexplained"],
    ["and moves the ether it carries", { intents: [spend], address: TOKEN, kind: "balance", slot: undefined }, "intended"],
    ["and on to whom the contract sends it", { intents: [spend], address: heir, kind: "balance", slot: undefined, context: { calls: [sends(TOKEN, heir)] } }, "intended"],
    ["not when that reverted", { intents: [spend], address: heir, kind: "balance", slot: undefined, context: { calls: [sends(TOKEN, heir, { error: "reverted" })] } }, "unexplained"],
    ["nobody's code changes", { intents: [spend], address: heir, kind: "code", slot: undefined }, "unexplained"],
    ["unless people name it", { intents: [spend], address: heir, kind: "code", slot: undefined, context: { isNamed: (account, path) => account === heir && path === "code" } }, "intended"],
  ])("%s", (_what, given, expected) => {
    expect(classOf(given)).toBe(expected);
  });
});
