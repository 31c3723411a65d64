import { expect, test } from "vitest";
import { proofOf, rehearse } from "./rehearse.ts";

test("an emergency is over in one transaction, and the actors go on", { timeout: 240_000 }, async () => {
  const result = await rehearse("emergency");
  expect(result.proposals.map(({ title }) => title)).toEqual(["Upgrade JobsManager to JobsManager while paused"]);
  expect(proofOf(result, "was slashed by")).toMatch(/^[1-9][\d.,]* LPT lost, [1-9][\d.,]* LPT paid to /);
  expect(proofOf(result, "the same reverts now")).toContain("JobsSameClaim");
  expect(proofOf(result, "work is claimed and paid")).toMatch(/[1-9]\d* claims, [1-9]\d* wei of fees, no further slash/);
});

test("a shorter round makes rounds jump, and who remembers the old length miss them", { timeout: 240_000 }, async () => {
  const result = await rehearse("round-length");
  expect(result.proposals).toHaveLength(2);
  // Told before anybody signs, and so it came, for each of the two lengths.
  const jumps = result.proofs.flatMap(({ detail }) => /floor\((\d+ \/ \d+)\) = [1-9]/.exec(detail)?.[1] ?? []);
  expect(jumps).toEqual([jumps[0], jumps[0], jumps[2], jumps[2]]);
  expect([jumps[0], jumps[2]]).toEqual([expect.stringMatching(/ 12$/), expect.stringMatching(/ 5$/)]);
  expect(proofOf(result, "remembers the old length misses rounds")).toMatch(/^[1-9]\d* of \d+ rounds missed/);
  expect(proofOf(result, "restarted")).toMatch(/^0 of [1-9]\d* rounds missed/);
  expect(proofOf(result, "reads the length goes on")).toMatch(/^0 of [1-9]\d* rounds missed/);
});
