import { expect, test } from "vitest";
import { proofOf, rehearse } from "./rehearse.ts";

test("who is unbonding gets a lock by a migration through key, Safe and Governor", { timeout: 240_000 }, async () => {
  const result = await rehearse("migration");
  expect(result.proposals.map(({ title }) => title)).toEqual(["Stop the protocol", "Let the BondingManager be the one with locks", "Start the protocol again"]);
  expect(proofOf(result, "ended verified")).toMatch(/^4 operations, 2 of them by the Governor; \d[\d.,]* LPT$/);
  expect(proofOf(result, "a second run")).toBe("0 transactions");
});
