import { expect, test } from "vitest";
import { proofOf, rehearse } from "./rehearse.ts";

test("a policy keeps a proposal from being signed until a poll has passed", { timeout: 240_000 }, async () => {
  const result = await rehearse("poll");
  expect(result.proposals).toHaveLength(1);
  expect(proofOf(result, "before there is a poll")).toContain("poll-missing");
  expect(proofOf(result, "while the poll is open")).toContain("poll-running");
  expect(proofOf(result, "decides the poll")).toBe("2400 LPT for and 1000 LPT against; without the override 600 LPT for and 2800 LPT against");
});
