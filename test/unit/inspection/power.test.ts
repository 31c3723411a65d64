import { describe, expect, test } from "vitest";
import { formatPower } from "../../../src/inspection/format-power.ts";
import { describePower, type Power } from "../../../src/inspection/read-power.ts";
import { ZERO_ADDRESS, ZERO_HASH, type Address } from "../../../src/protocol/hex.ts";
import type { OwnerAccount, SafeAccount } from "../../../src/safe/owner-graph.ts";
import type { SafeVersion } from "../../../src/safe/safe-contracts.ts";
import { address } from "../proposal/example-proposal.ts";

const [A, B, C] = [address("a1"), address("a2"), address("a3")];
const [TOP, MIDDLE, LOWER] = [address("5a1"), address("5a2"), address("5a3")];
const key = (at: Address): OwnerAccount => ({ kind: "key", address: at, delegatesTo: null });
const contract = (at: Address): OwnerAccount => ({ kind: "contract", address: at, why: "contract of unknown kind" });
const nobody = (at: Address): OwnerAccount => ({ kind: "nobody", address: at, why: "nobody has the key of this address" });
const safe = (at: Address, threshold: number, owners: Address[], more: { version?: SafeVersion; modules?: Address[]; guard?: Address; handler?: SafeAccount["handler"] } = {}): SafeAccount => {
  const version = more.version ?? "1.4.1";
  return {
    kind: "safe",
    address: at,
    handler: more.handler ?? { kind: "official", address: address("4a"), name: "CompatibilityFallbackHandler", version },
    facts: {
      address: at,
      version,
      singleton: address("51"),
      singletonName: "SafeL2",
      singletonCodeHash: ZERO_HASH,
      proxyCodeHash: ZERO_HASH,
      owners,
      threshold: BigInt(threshold),
      nonce: 0n,
      modules: more.modules ?? [],
      guard: more.guard ?? ZERO_ADDRESS,
      moduleGuard: ZERO_ADDRESS,
      fallbackHandler: address("4a"),
      blockNumber: 1n,
    },
  };
};
const powerOf = (root: Address, ...accounts: OwnerAccount[]): Power => describePower({ roots: [root], accounts: new Map(accounts.map((account) => [account.address, account])), blockNumber: 1n });
const textOf = (power: Power): string => formatPower(power).join("\n");

describe("whose hands a contract is in", () => {
  test("a plain Safe takes as many as it asks for, and hangs on nobody", () => {
    const power = powerOf(TOP, safe(TOP, 2, [A, B, C]), key(A), key(B), key(C));
    expect(power).toMatchObject({ canAct: "yes", smallest: { atLeast: 2 }, alone: [], indispensable: [], indispensableSafes: [], stuck: [], pairs: [] });
    expect(textOf(power)).toBe(`\nWhom it takes\n  By signing, 2 people are enough, and no fewer; for example ${A}, ${B}.`);
  });

  test("a person in two Safes counts once, and may be all it takes", () => {
    const power = powerOf(TOP, safe(TOP, 2, [MIDDLE, LOWER]), safe(MIDDLE, 1, [A, B]), safe(LOWER, 1, [A, C]), key(A), key(B), key(C));
    expect(power).toMatchObject({ smallest: { people: [A] }, alone: [A], indispensable: [], indispensableSafes: [MIDDLE, LOWER] });
    expect(textOf(power)).toContain(`${A} alone can do all of this.`);
  });

  test("modules are said first: one that is a key needs nobody else", () => {
    const power = powerOf(TOP, safe(TOP, 2, [A, B], { modules: [C] }), key(A), key(B), key(C));
    expect(power).toMatchObject({ smallest: { people: [A, B] }, smallestThroughModules: { people: [C] }, modules: [{ safe: TOP, module: C, kind: "key" }], indispensable: [A, B] });
    expect(textOf(power).split("\n").slice(1, 4)).toEqual(["Past the signatures", `  The module ${C} (a key that needs nobody else) acts in the name of the Safe ${TOP} without any signature.`, `  Through modules, 1 person is enough, and no fewer; for example ${C}.`]);
  });

  test("a Safe that asks for more than its owners can give cannot act, nor what needs it", () => {
    const power = powerOf(TOP, safe(TOP, 2, [A, MIDDLE]), safe(MIDDLE, 2, [B, address("dead")]), key(A), key(B), nobody(address("dead")));
    expect(power).toMatchObject({ canAct: "no", smallest: null, stuck: [{ safe: TOP, possible: 1 }, { safe: MIDDLE, threshold: 2, possible: 1, unknown: 0 }] });
    expect(textOf(power)).toContain("Nobody: no set of keys is enough.");
    expect(textOf(power)).toContain(`The Safe ${MIDDLE} cannot act any more: it asks for 2, and only 1 of its owners can ever sign.`);
    expect(textOf(power)).toContain(`${address("dead")} owns the Safe ${MIDDLE}, and nobody has the key of this address.`);
  });

  test("Safes that own each other wait for each other, unless somebody stands outside", () => {
    const circle = [safe(TOP, 2, [MIDDLE, A]), safe(MIDDLE, 1, [TOP]), key(A)];
    expect(powerOf(TOP, ...circle).canAct).toBe("no");
    expect(powerOf(TOP, safe(TOP, 2, [MIDDLE, A]), safe(MIDDLE, 1, [TOP, B]), key(A), key(B))).toMatchObject({ canAct: "yes", smallest: { people: [A, B] } });
  });

  test("a contract of unknown kind is no person, but may be what is missing", () => {
    const power = powerOf(TOP, safe(TOP, 2, [A, address("c0")]), key(A), contract(address("c0")));
    expect(power).toMatchObject({ canAct: "perhaps", smallest: null, contracts: [{ address: address("c0") }], stuck: [{ safe: TOP, possible: 1, unknown: 1 }] });
    expect(textOf(power)).toContain("a contract that lpctl cannot look into has to take part");
  });

  test.each<[string, boolean, SafeVersion, SafeAccount, string]>([
    ["an old Safe above and one of 1.5.0 below", false, "1.4.1", safe(MIDDLE, 1, [A], { version: "1.5.0" }), "no longer answers"],
    ["no fallback handler below", false, "1.5.0", safe(MIDDLE, 1, [A], { handler: { kind: "none" } }), "no fallback handler"],
    ["a handler below that Safe never released", false, "1.5.0", safe(MIDDLE, 1, [A], { handler: { kind: "foreign", address: C } }), "no code that Safe released"],
    ["a handler below of another generation", false, "1.5.0", safe(MIDDLE, 1, [A], { handler: { kind: "official", address: C, name: "CompatibilityFallbackHandler", version: "1.5.0" } }), "with the fallback handler of 1.5.0"],
    ["a new Safe above and an old one below", true, "1.5.0", safe(MIDDLE, 1, [A], { version: "1.3.0" }), "it approves on chain, or signs"],
  ])("the pair is named before anybody signs: %s", (_what, contractSignature, version, child, words) => {
    const power = powerOf(TOP, safe(TOP, 1, [MIDDLE], { version }), child, key(A));
    expect(power.pairs).toMatchObject([{ parent: TOP, child: MIDDLE, contractSignature }]);
    expect(textOf(power)).toContain(words);
  });

  test("guards and foreign handlers are named", () => {
    const text = textOf(powerOf(TOP, safe(TOP, 1, [A], { guard: B, handler: { kind: "foreign", address: C } }), key(A)));
    expect(text).toContain(`The guard ${B} looks at every transaction`);
    expect(text).toContain(`passes calls it does not know to ${C}`);
  });
});
