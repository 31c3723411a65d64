import { describe, expect, test } from "vitest";
import { readSafeFacts, safesIn } from "../../../src/lifecycle/facts/read-safe-facts.ts";
import { isDead } from "../../../src/protocol/dead-address.ts";
import type { SafeNode } from "../../../src/authority/node.ts";
import type { Rpc } from "../../../src/chain/rpc.ts";
import { ZERO_HASH } from "../../../src/protocol/hex.ts";
import { address } from "../proposal/example-proposal.ts";

const safe = (digits: string, owners: SafeNode["owners"]): SafeNode => ({ kind: "safe", address: address(digits), version: "1.4.1", threshold: 1, nonce: 0n, owners, modules: [], guard: null });

describe("the owners of a Safe", () => {
  test.each(["0x000000000000000000000000000000000000dEaD", "0xdEAD000000000000000000000000000000000000", "0x0000000000000000000000000000000000000009", "0x1111111111111111111111111111111111111111"] as const)("that are %s are nobody", (dead) => {
    expect(isDead(dead)).toBe(true);
  });

  test.each(["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x00000000219ab540356cBB839Cbe05303d7705Fa", "0x1111111111111111111111111111111111111112"] as const)("that are %s may be somebody", (alive) => {
    expect(isDead(alive)).toBe(false);
  });

  test("that are Safes which can never act are as good as nobody", async () => {
    const stuck = { ...safe("b4", [{ kind: "eoa", address: address("a1") }, { kind: "eoa", address: "0x000000000000000000000000000000000000dEaD" }]), threshold: 2 };
    const circle = safe("b6", [{ kind: "unknown", address: address("b7"), why: "circle" }]);
    const able = safe("b5", [{ kind: "unknown", address: address("c0") }]);
    const reading = { storage: () => Promise.resolve(ZERO_HASH), code: () => Promise.resolve("0x") } as unknown as Rpc;
    const [facts] = await readSafeFacts(reading, safe("b3", [stuck, circle, able]));
    expect(facts?.owners.map(({ isDead: dead }) => dead)).toEqual([true, true, false]);
  });

  test("are followed through Safes that own Safes, Governors and timelocks", () => {
    const [inner, key] = [safe("b1", []), { kind: "eoa" as const, address: address("a1") }];
    const outer = safe("b2", [inner, key]);
    const timelock = { kind: "timelock" as const, address: address("c1"), minDelaySeconds: 1n, proposers: [{ kind: "governor" as const, address: address("c2"), owner: outer }], executors: "anyone" as const, cancellers: [] };
    expect(safesIn(timelock)).toEqual([outer, inner]);
    expect(safesIn(key)).toEqual([]);
  });
});
