import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { compareEffects, describeDifferences } from "../../../src/simulation/effects/compare-effects.ts";
import { effectsOf, hashOfEffects, type Effect } from "../../../src/simulation/effects/effects.ts";
import { loadEffects, parseEffects, saveEffects } from "../../../src/simulation/effects/effects-file.ts";
import type { StateChange } from "../../../src/outcome/simulation.ts";

const POOL: Address = "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B";
const OTHER: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

const change = (path: string | undefined, before: bigint, after: bigint, more: Partial<StateChange> = {}): StateChange => ({
  address: POOL, kind: "storage", slot: word(1n), path, type: "uint256", before: word(before), after: word(after), beforeText: `${before}`, afterText: `${after}`, class: "intended", ...more,
});
const effect = (more: Partial<Effect> = {}): Effect => ({ address: POOL, path: "fee", type: "uint256", before: "1", after: "2", ...more });

describe("effects of a simulation", () => {
  test("leave out bookkeeping, accrual and nonces, and are sorted by account and path", () => {
    const changes = [
      change("b", 1n, 2n),
      change("a", 1n, 2n),
      change("index", 1n, 2n, { class: "accrual" }),
      change("nonce", 1n, 2n, { class: "bookkeeping" }),
      change(undefined, 1n, 2n, { kind: "nonce", class: "bookkeeping" }),
      change(undefined, 0n, 255n, { class: "unexplained", beforeText: undefined, afterText: undefined }),
      change("z", 1n, 2n, { address: OTHER }),
    ];
    expect(effectsOf(changes).map(({ path }) => path)).toEqual(["z", "a", "b", `slot ${word(1n)}`]);
    expect(effectsOf(changes).at(-1)).toMatchObject({ before: word(0n), after: word(255n) });
    expect(hashOfEffects(effectsOf(changes.toReversed()))).toBe(hashOfEffects(effectsOf(changes)));
  });

  test("hash alike whatever names the addresses in them have", () => {
    const named = change(`shares[Treasury (${OTHER})]`, 0n, 1n, { type: "address", afterText: `Treasury (${OTHER})`, beforeText: OTHER, contract: "Pool" });
    const bare = change(`shares[${OTHER}]`, 0n, 1n, { type: "address", afterText: OTHER, beforeText: OTHER });
    expect(hashOfEffects(effectsOf([named]))).toBe(hashOfEffects(effectsOf([bare])));
    expect(hashOfEffects(effectsOf([named]))).not.toBe(hashOfEffects(effectsOf([{ ...bare, afterText: POOL }])));
  });
});

describe("what is allowed and what happens", () => {
  test("is equal within ranges, ends included, and different beyond them", () => {
    const allowed = [effect({ before: { any: true }, after: { min: "10", max: "20" } })];
    for (const value of [10n, 20n]) expect(compareEffects(allowed, [change("fee", 3n, value)]).equal).toBe(true);
    for (const value of [9n, 21n]) expect(describeDifferences(compareEffects(allowed, [change("fee", 3n, value)]))).toEqual([`${POOL}.fee: ${value} after, allowed 10 to 20`]);
    expect(compareEffects([effect({ after: { min: "2" } })], [change("fee", 1n, 2n ** 255n)]).equal).toBe(true);
    expect(compareEffects([effect({ after: { max: "-1" }, type: "int8", before: "-5" })], [change("fee", 0n, 0n, { beforeText: "-5", afterText: "-2", type: "int8" })]).equal).toBe(true);
  });

  test("differs by what is missing, what nobody named, and what began elsewhere", () => {
    const { missing, unexpected, different } = compareEffects([effect(), effect({ path: "gone" }), effect({ path: "perhaps", after: { any: true } })], [change("fee", 0n, 2n), change("new", 1n, 2n)]);
    expect([missing.map(({ path }) => path), unexpected.map(({ path }) => path)]).toEqual([["gone"], ["new"]]);
    expect(describeDifferences({ equal: false, missing: [], unexpected: [], different })).toEqual([`${POOL}.fee: 0 before, allowed 1`]);
  });
});

describe("an effects file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lpctl-effects-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const file = (effects: unknown): string => JSON.stringify({ schema: 1, effects });
  const whyNot = (text: string): string => {
    try {
      parseEffects(text, "effects.json");
    } catch (error) {
      if (error instanceof LpctlError && error.code === "LPCTL_EFFECTS_INVALID") return error.details === undefined ? String(error.why) : String(error.why);
      throw error;
    }
    return "accepted";
  };

  test("comes back as it was written, and no other fits the hash of the proposal", async () => {
    const path = join(folder, "effects.json");
    const effects = [effect(), effect({ address: OTHER, after: { min: "0", max: "5" } })];
    await saveEffects(path, effects);
    expect(await loadEffects(path, hashOfEffects(effects))).toEqual(effects);
    await expect(loadEffects(path, hashOfEffects([effect()]))).rejects.toMatchObject({ code: "LPCTL_EFFECTS_EDITED" });
    await expect(loadEffects(join(folder, "none.json"))).rejects.toMatchObject({ code: "LPCTL_EFFECTS_UNREADABLE" });
  });

  test.each([
    ["cut off", file([effect()]).slice(0, -9), /JSON|end|Unterminated|Expected/],
    ["an empty file", "", /JSON/],
    ["a list", "[]", /object/],
    ["of another version", JSON.stringify({ schema: 2, effects: [] }), /schema/],
    ["with a key given twice", '{"schema":1,"schema":1,"effects":[]}', /given twice/],
    ["with a word nobody knows", file([{ ...effect(), allow: true }]), /effects\.0.*allow/],
    ["with the same place twice", file([effect(), { ...effect(), address: POOL.toLowerCase(), after: "9" }]), /named twice|checksum|address/],
    ["with two values for one place", file([effect(), effect({ after: "9" })]), /named twice/],
    ["with a range upside down", file([effect({ after: { min: "5", max: "4" } })]), /"min" is greater than "max"/],
    ["with a range that allows nothing to say", file([effect({ after: {} as never })]), /needs "min", "max" or both/],
    ["with a negative range for what is never negative", file([effect({ after: { min: "-1", max: "4" } })]), /-1 is outside of uint256/],
    ["with a range beyond the type", file([effect({ type: "uint8", after: { min: "1", max: "256" } })]), /256 is outside of uint8/],
    ["with a number of a thousand digits", file([effect({ after: { max: "9".repeat(1000) } })]), /not a whole number/],
    ["with 2 ** 256", file([effect({ path: "balance", type: undefined, after: { max: (2n ** 256n).toString() } })]), /outside of uint256/],
    ["with a number instead of text", file([effect({ after: { max: 500 as never } })]), /written as text/],
    ["with a bare number", file([effect({ after: 500 as never })]), /takes a value as text/],
    ["with a fraction", file([effect({ after: { max: "1.5" } })]), /not a whole number/],
    ["with 2 ** 256 for what no type is known of", file([effect({ type: undefined, after: { max: (2n ** 256n).toString() } })]), /outside of 256 bits/],
    ["with a range of addresses", file([effect({ type: "address", after: { max: "9" } })]), /a range is for numbers/],
    ["with \"any\" turned off", file([effect({ after: { any: false } as never })]), /"any" is true/],
    ["with a path that a terminal would obey", file([effect({ path: "fee\u001b[31m" })]), /terminal/],
    ["with no path", file([effect({ path: "" })]), /path/],
    ["with half an address", file([{ ...effect(), address: "0xab58" }]), /address/],
  ])("%s is refused", (_what, text, why) => {
    expect(whyNot(text)).toMatch(why);
  });

  test("of 10,000 entries is read at once", { timeout: 60_000 }, () => {
    const many = Array.from({ length: 10_000 }, (_, index) => effect({ path: `values[${index}]`, after: { min: "1", max: "9" } }));
    const began = process.cpuUsage();
    const effects = parseEffects(file(many), "effects.json");
    const { missing } = compareEffects(effects, []);
    expect(missing).toHaveLength(10_000);
    expect(hashOfEffects(effects)).toMatch(/^0x/);
    expect(process.cpuUsage(began).user / 1_000).toBeLessThan(10_000);
  });
});
