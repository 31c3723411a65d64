import { describe, expect, test } from "vitest";
import { localAccounts } from "../../../../src/node/local-accounts.ts";
import { draw, drawOne } from "../../../../src/node/actors/draw.ts";
import { deriveCast, solverAddress, type CastOptions } from "../../../../src/node/runner/cast.ts";
import { LPT, shareOut } from "../../../../src/node/runner/enter.ts";
import { termsOf } from "../../../../src/node/runner/make-actors.ts";

const OPTIONS: CastOptions = { profile: "launch", seed: 7n, transcoders: 10, delegators: 12, misbehaviour: ["offline", "double-claim"] };

describe("a cast", () => {
  test("has an account of its own for everybody, and none of the other roles'", () => {
    const { members } = deriveCast(OPTIONS);
    const addresses = members.map(({ address }) => address);
    expect(members).toHaveLength(4 + 10 + 12);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(Object.values(localAccounts()).filter(({ address }) => addresses.includes(address))).toEqual([]);
    expect(members.find(({ role }) => role === "solver")?.address).toBe(solverAddress());
  });

  test("acts in an order in which a round begins before anything else", () => {
    const roles = deriveCast(OPTIONS).members.map(({ role }) => role);
    expect([...new Set(roles)]).toEqual(["round-initializer", "transcoder", "broadcaster", "solver", "watcher", "delegator"]);
    const current = deriveCast({ ...OPTIONS, profile: "current" }).members.map(({ role }) => role);
    expect([...new Set(current)]).toEqual(["round-initializer", "transcoder", "ticket-sender", "ticket-redeemer", "delegator"]);
  });

  test("gives misbehaviour to the last transcoders, the first to the very last", () => {
    const wrongdoers = deriveCast(OPTIONS).members.filter(({ misbehaviour }) => misbehaviour !== undefined);
    expect(wrongdoers.map(({ name, misbehaviour }) => [name, misbehaviour])).toEqual([
      ["transcoder 9", "double-claim"],
      ["transcoder 10", "offline"],
    ]);
  });

  test.each([
    [{ transcoders: 0 }, "There can be 1 to 100 transcoders, not 0."],
    [{ transcoders: 101 }, "There can be 1 to 100 transcoders, not 101."],
    [{ delegators: 1_001 }, "There can be up to 1000 delegators, not 1001."],
    [{ transcoders: 1 }, "2 misbehaviours need as many transcoders; there are 1."],
  ])("that is impossible is refused: %o", (change, message) => {
    expect(() => deriveCast({ ...OPTIONS, ...change })).toThrow(message);
  });
});

describe("stakes", () => {
  const cast = deriveCast(OPTIONS);
  const stakesOf = (options: CastOptions): bigint[] => [...shareOut(options, cast, 4_500_000n * LPT).values()];

  test("are whole LPT, fall from transcoder to transcoder, differ for everybody, and fit the budget", () => {
    const stakes = stakesOf(OPTIONS);
    const transcoders = stakes.slice(0, 10);
    expect(transcoders.every((stake, at) => at === 0 || stake < (transcoders[at - 1] ?? 0n))).toBe(true);
    expect(new Set(stakes).size).toBe(22);
    expect(stakes.every((stake) => stake > 0n && stake % LPT === 0n)).toBe(true);
    const sum = stakes.reduce((a, b) => a + b, 0n);
    expect(sum).toBeLessThanOrEqual(4_500_000n * LPT);
    expect(sum).toBeGreaterThan(4_499_900n * LPT);
  });

  test("follow from the seed", () => {
    expect(stakesOf(OPTIONS)).toEqual(stakesOf(OPTIONS));
    expect(stakesOf({ ...OPTIONS, seed: 8n })).not.toEqual(stakesOf(OPTIONS));
  });

  test("go to transcoders alone when nobody delegates", () => {
    const alone = { ...OPTIONS, delegators: 0 };
    const sum = [...shareOut(alone, deriveCast(alone), 1_000_000n * LPT).values()].reduce((a, b) => a + b, 0n);
    expect(sum).toBeGreaterThan(999_900n * LPT);
  });
});

test("the last transcoder is the cheapest, whatever the seed", () => {
  const transcoders = deriveCast(OPTIONS).members.filter(({ role }) => role === "transcoder");
  for (let seed = 0n; seed < 20n; seed += 1n) {
    const options = { ...OPTIONS, seed };
    const prices = transcoders.map((member) => termsOf(options, transcoders, member).priceWei ?? 0n);
    expect(prices.indexOf(prices.reduce((a, b) => (a <= b ? a : b)))).toBe(9);
    expect(new Set(prices).size).toBe(10);
  }
});

test("a draw depends on seed and question alone, and stays below its bound", () => {
  const questions = Array.from({ length: 200 }, (_, at) => `question ${at}`);
  const drawn = questions.map((question) => draw(7n, question, 10n));
  expect(questions.toReversed().map((question) => draw(7n, question, 10n))).toEqual(drawn.toReversed());
  expect(new Set(drawn).size).toBe(10);
  expect(drawn.every((number) => number >= 0n && number < 10n)).toBe(true);
  expect(draw(7n, "nothing", 0n)).toBe(0n);
  expect(() => drawOne(7n, "nobody", [])).toThrow(RangeError);
});
