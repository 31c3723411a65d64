import { expect, test } from "vitest";
import { proofOf, rehearse } from "./rehearse.ts";

test("the launch protocol becomes the current one in one batch", { timeout: 240_000 }, async () => {
  const result = await rehearse("launch-to-current");
  expect(result.proposals).toHaveLength(1);
  expect(proofOf(result, "promises of the proposal hold")).toContain("registry entry of LivepeerGovernor");
  expect(proofOf(result, "before what they are set on is registered")).toContain("ManagerProxyTargetNotRegistered");
  expect(proofOf(result, "before the upgrade round")).toContain("upgrade-round-after-bonding-manager");
  expect(proofOf(result, "another Minter while the protocol runs")).toContain("ManagerSystemNotPaused");
  expect(proofOf(result, "are kept")).toContain("delegator: unbonding lock 0");
  expect(proofOf(result, "in parts of 1000000000 instead of 1000000")).toMatch(/^inflation 0\.\d+%, inflationChange 0\.0003%, targetBondingRate 50%: (?<rate>\d+)\/3\/500000 -> \k<rate>000\/3000\/500000000$/);
  expect(proofOf(result, "would have minted through the old one")).toMatch(/^([\d.,]+ LPT) of .*, \1 by the new one's$/);
  expect(proofOf(result, "is out of reach")).toContain("MinterUnauthorizedCaller");
  expect(proofOf(result, "a winning ticket")).toMatch(/^99\d+ wei of fees for a face value of 10+ wei$/);
  expect(proofOf(result, "vote with all active stake")).toMatch(/^([\d.,]+ LPT) of \1; /);
  expect(proofOf(result, "redeem tickets")).toMatch(/[1-9]\d* rewards, [1-9]\d* tickets$/);
});
