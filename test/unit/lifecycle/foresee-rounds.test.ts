import { describe, expect, test } from "vitest";
import { roundsAfter } from "../../../src/lifecycle/facts/foresee-rounds.ts";

describe("a new round length", () => {
  const now = { round: 7n, startBlock: 350n, length: 50n };
  test.each<[string, bigint, bigint, { from: bigint; to: bigint; elapsed: bigint }]>([
    ["jumps by the whole new rounds that have elapsed", 386n, 12n, { from: 7n, to: 10n, elapsed: 36n }],
    ["jumps in the very block in which a new round is full", 362n, 12n, { from: 7n, to: 8n, elapsed: 12n }],
    ["does not jump while less than a new round has elapsed", 361n, 12n, { from: 7n, to: 7n, elapsed: 11n }],
    ["does not jump when it is longer", 399n, 60n, { from: 7n, to: 7n, elapsed: 49n }],
    ["is counted from the round in which it is executed", 413n, 12n, { from: 8n, to: 9n, elapsed: 13n }],
  ])("%s", (_what, block, newLength, expected) => {
    expect(roundsAfter({ ...now, block, newLength })).toEqual(expected);
  });
});
