import { expect, test } from "vitest";
import { proofOf, rehearse } from "./rehearse.ts";

test("power goes from a key to a Safe, a Governor and those with stake, and each old owner is left with nothing", { timeout: 240_000 }, async () => {
  const result = await rehearse("handover");
  expect(result.proposals).toHaveLength(9);
  expect(proofOf(result, "stake: nothing is revoked before")).toBe("sign-of-life, transfer, canary");
  expect(proofOf(result, "stake: on chain, StakeTimelock can what")).toMatch(/^2\d calls tried$/);
  expect(proofOf(result, "stake: on chain, Governor (LIP-25)")).toMatch(/^2\d calls tried; nor can Safe 0x\w{40}, which acted through it$/);
  expect(proofOf(result, "without a word on turnout")).toContain("no vote is over yet");
  expect(proofOf(result, "miss their quorum")).toContain("90% are wanted");
  expect(proofOf(result, "what turnout to expect")).toBe("100.0%, 100.0% by transcoders; 100.0%, 100.0% by transcoders");
});
