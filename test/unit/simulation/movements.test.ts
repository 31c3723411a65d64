import { id } from "ethers";
import { expect, test } from "vitest";
import { ZERO_ADDRESS, type Address, type Hex } from "../../../src/protocol/hex.ts";
import { findMovements, findPowerChanges } from "../../../src/simulation/movements.ts";
import type { CallNode, DecodedEvent, SimulatedStep, SimulationResult, StateChange } from "../../../src/outcome/simulation.ts";
import { address, CONTROLLER, SAFE } from "../proposal/example-proposal.ts";

const TOKEN = address("70");
const [ALICE, BOB] = [address("a1"), address("b0b")];
const word = (hex: string): Hex => `0x${hex.replace(/^0x/, "").toLowerCase().padStart(64, "0")}`;
const call = (from: Address, to: Address, valueWei: bigint, more: Partial<CallNode> = {}): CallNode => ({ type: "CALL", from, to, valueWei, input: "0x", output: "0x", gasUsed: 1n, children: [], ...more });
const event = (signature: string, topics: Hex[], data: Hex = "0x", more: Partial<DecodedEvent> = {}): DecodedEvent => ({ address: TOKEN, topics: [id(signature) as Hex, ...topics], data, ...more });

function simulation(step: Partial<SimulatedStep>, changes: StateChange[] = []): SimulationResult {
  const whole: SimulatedStep = { title: "t", from: ALICE, to: SAFE, valueWei: 0n, data: "0x", outcome: "success", gasUsed: 1n, calls: call(ALICE, SAFE, 0n), events: [], changes: [], ...step };
  return {
    proposalId: word("1"), chainId: 1n, block: { number: 1n, hash: word("2"), timestampSeconds: 1n }, engine: "anvil", steps: [whole], changes, effectsHash: word("3"),
    state: { proof: "proven", stateRoot: word("4") }, assumptions: [],
  };
}

test("ether is followed through the calls that did not fail", () => {
  const failed = call(SAFE, BOB, 9n, { error: "reverted", children: [call(BOB, ALICE, 9n)] });
  const delegated = call(SAFE, BOB, 5n, { type: "DELEGATECALL", children: [call(SAFE, TOKEN, 2n)] });
  expect(findMovements(simulation({ calls: call(ALICE, SAFE, 5n, { children: [failed, delegated] }) }))).toEqual([
    { asset: "ETH", from: ALICE, to: SAFE, amount: 5n },
    { asset: "ETH", from: SAFE, to: TOKEN, amount: 2n },
  ]);
  expect(findMovements(simulation({ outcome: "reverted", calls: call(ALICE, SAFE, 5n) }))).toEqual([]);
});

test("tokens are followed by their events, made and destroyed ones too", () => {
  const transfer = "Transfer(address,address,uint256)";
  const events = [
    event(transfer, [word(ALICE), word(BOB)], word("64"), { addressName: "LivepeerToken" }),
    event(transfer, [word("0"), word(BOB)], word("1")),
    event(transfer, [word(ALICE), word(BOB), word("7")]),
    event(transfer, [word(ALICE), word(BOB)], "0x1234"),
  ];
  expect(findMovements(simulation({ events }))).toEqual([
    { asset: TOKEN, assetName: "LivepeerToken", from: ALICE, to: BOB, amount: 100n },
    { asset: TOKEN, from: ZERO_ADDRESS, to: BOB, amount: 1n },
    { asset: TOKEN, from: ALICE, to: BOB, amount: 1n },
  ]);
});

test("power is told by variables where they have names, else by events", () => {
  const owner: StateChange = { address: CONTROLLER, contract: "Controller", kind: "storage", slot: word("0"), path: "owner", before: word(ALICE), after: word(BOB), beforeText: ALICE, afterText: BOB };
  const rate: StateChange = { ...owner, path: "rate" };
  const role = id("MINTER_ROLE") as Hex;
  const events = [
    event("OwnershipTransferred(address,address)", [word(ALICE), word(BOB)], "0x", { address: CONTROLLER }),
    event("OwnershipTransferred(address,address)", [word(ALICE), word(BOB)]),
    event("RoleGranted(bytes32,address,address)", [role, word(BOB), word(ALICE)], "0x", { args: [{ name: "role", type: "bytes32", value: `MINTER_ROLE (${role})` }] }),
    event("Approval(address,address,uint256)", [word(SAFE), word(BOB)], word("5")),
  ];
  expect(findPowerChanges(simulation({ events }, [owner, rate])).map(({ address: at, what, before, after }) => [at, what, before, after])).toEqual([
    [CONTROLLER, "owner", ALICE, BOB],
    [TOKEN, "owner", ALICE, BOB],
    [TOKEN, `role MINTER_ROLE of ${BOB}`, "no", "yes"],
    [TOKEN, `allowance of ${BOB} for tokens of ${SAFE}`, "not told", "5"],
  ]);
});
