import { expect, test } from "vitest";
import type { MigrationEntry } from "../../../../src/migration/journal/migration-entries.ts";
import { MigrationState } from "../../../../src/migration/journal/migration-state.ts";
import type { Address, Hex } from "../../../../src/protocol/hex.ts";

const hash = (value: number): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const PLAN: MigrationEntry = {
  kind: "plan", version: 2, migration: "001-rows", chainId: 1n, genesisHash: hash(1), sender: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" as Address,
  firstNonce: 0n, operationsHash: hash(2), operations: 100_000, steps: 100_000,
};

function attempt(step: number): MigrationEntry {
  return { kind: "attempt", step, operation: `row-${step}`, nonce: BigInt(step), gasLimit: 1n, maxFeePerGasWei: 1n, maxPriorityFeePerGasWei: 1n, hash: hash(step), raw: "0x02" };
}

function confirmed(step: number): MigrationEntry {
  return { kind: "confirmed", step, operation: `row-${step}`, hash: hash(step), status: "success", blockNumber: BigInt(step), blockHash: hash(7) };
}

function stateOf(...entries: MigrationEntry[]): MigrationState {
  const state = new MigrationState();
  entries.forEach((entry, at) => state.apply(entry, at + 1));
  return state;
}

test("holds a bit for each of 100,000 steps that are final, and nothing else of them", () => {
  const state = stateOf(PLAN);
  let most = 0;
  for (let step = 0; step < 100_000; step++) {
    state.apply(attempt(step), 1);
    state.apply(confirmed(step), 1);
    if (step % 64 === 63) state.apply({ kind: "final", blockNumber: BigInt(step - 32) }, 1);
    if (step % 64 === 62) most = Math.max(most, [...state.states()].length);
  }
  expect(state.done).toBe(100_000);
  expect(most).toBeLessThan(128);
  expect(state.isSettled(99_000)).toBe(true);
  expect(state.isSettled(99_999)).toBe(false);
});

test("takes back what a reorganisation took out, as long as it is not final", () => {
  const state = stateOf(PLAN, attempt(0), confirmed(0), { kind: "reorged", step: 0, operation: "row-0", hash: hash(0) });
  expect([state.done, state.inFlight]).toEqual([0, 1]);
  state.apply(confirmed(0), 5);
  state.apply({ kind: "final", blockNumber: 0n }, 6);
  expect(() => state.apply({ kind: "reorged", step: 0, operation: "row-0", hash: hash(0) }, 7)).toThrow("line 7");
});

test("keeps what somebody else did open until it was looked at again, and takes it back", () => {
  const skipped: MigrationEntry = { kind: "skipped", step: 0, operation: "row-0", blockNumber: 7n };
  const state = stateOf(PLAN, skipped);
  expect([state.done, state.skipped, state.isSkipped(0), state.isSettled(0), state.oldestSkipped]).toEqual([1, 1, true, false, 7n]);
  expect(() => state.apply(attempt(0), 3)).toThrow("line 3");
  state.apply({ kind: "undone", step: 0, operation: "row-0" }, 4);
  expect([state.done, state.skipped, state.stateAt(0).status]).toEqual([0, 0, "waiting"]);
  state.apply(skipped, 5);
  // Of what was mined, that block is final: what was skipped was not looked at.
  state.apply({ kind: "final", blockNumber: 9n }, 6);
  expect(state.isSettled(0)).toBe(false);
  state.apply({ kind: "final", blockNumber: 6n, skipped: true }, 7);
  expect(state.isSettled(0)).toBe(false);
  state.apply({ kind: "final", blockNumber: 9n, skipped: true }, 8);
  expect([state.isSettled(0), state.done, state.oldestSkipped]).toEqual([true, 1, undefined]);
  expect(() => state.apply({ kind: "undone", step: 0, operation: "row-0" }, 9)).toThrow("line 9");
});

test("is verified until something happens after it", () => {
  const verified: MigrationEntry = { kind: "verified", blockNumber: 1n };
  expect(stateOf(PLAN, attempt(0), confirmed(0), verified, { kind: "final", blockNumber: 0n }).isVerified).toBe(true);
  expect(stateOf(PLAN, attempt(0), confirmed(0), verified, { kind: "reorged", step: 0, operation: "row-0", hash: hash(0) }).isVerified).toBe(false);
});

test.each<[string, MigrationEntry[]]>([
  ["anything before a plan", [attempt(0)]],
  ["a second plan", [PLAN, PLAN]],
  ["a step that the plan does not have", [PLAN, attempt(100_000)]],
  ["the outcome of what nobody was asked for", [PLAN, { kind: "enacted", step: 0, operation: "row-0" }]],
  ["an attempt at what was skipped", [PLAN, { kind: "skipped", step: 0, operation: "row-0" }, attempt(0)]],
])("refuses %s", (_, entries) => {
  expect(() => stateOf(...entries)).toThrow();
});
