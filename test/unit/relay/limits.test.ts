import { expect, test } from "vitest";
import { RateLimiter } from "../../../src/relay/http/limits.ts";
import { HttpProblem } from "../../../src/relay/http/problem.ts";

test("each address has its own requests, and is told when there are more", () => {
  const limiter = new RateLimiter({ requestsPerSecond: 2, requestBurst: 3 });
  const status = (address: string, nowMs: number): unknown => {
    try {
      limiter.take(address, nowMs);
    } catch (error) {
      return error instanceof HttpProblem ? [error.status, error.headers["retry-after"]] : error;
    }
    return "taken";
  };
  expect([0, 0, 0, 0].map((at) => status("10.0.0.1", at))).toEqual(["taken", "taken", "taken", [429, "1"]]);
  expect(status("10.0.0.2", 0)).toBe("taken");
  // Two a second, one after the other; refusals cost nothing.
  expect([400, 500, 600, 1_000].map((at) => status("10.0.0.1", at))).toEqual([[429, "1"], "taken", [429, "1"], "taken"]);
  expect([60_000, 60_000, 60_000, 60_000].map((at) => status("10.0.0.1", at))).toEqual(["taken", "taken", "taken", [429, "1"]]);
});
