import { expect, test } from "vitest";
import { proofOf, rehearse } from "./rehearse.ts";

test("a wrong tree is cancelled in its review, and the right one pays what everybody had", { timeout: 240_000 }, async () => {
  const result = await rehearse("confluence");
  expect(result.proposals.map(({ title }) => title)).toEqual(["Let the contract bond for accounts", expect.stringMatching(/^Stage the tree 0x/), expect.stringMatching(/^Cancel 0x/), expect.stringMatching(/^Stage the tree 0x/)]);
  expect(proofOf(result, "delegator has on the new chain")).toMatch(/^([1-9]\d{20,}) wei of \1$/);
});
