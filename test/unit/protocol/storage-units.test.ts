import { expect, test } from "vitest";
import { formatStored, unitOfVariable } from "../../../src/protocol/storage-units.ts";

const shown = (contract: string, path: string, value: bigint, scale?: bigint): string | undefined => {
  const unit = unitOfVariable(contract, path, scale);
  return unit === undefined ? undefined : formatStored(value, unit);
};

test("says what a stored number counts, by contract and variable", () => {
  expect(shown("JobsManager", "verificationRate", 1000n)).toBe("1 in 1000");
  expect(shown("BondingManager", "delegators[0x70997970C51812dc3A010C7d01b50e0d17dc79C8].unbondingLocks[3].amount", 5n * 10n ** 17n)).toBe("0.5 LPT");
  expect(shown("BondingManager", "transcoders[Alice (0x70997970C51812dc3A010C7d01b50e0d17dc79C8)].rewardCut", 30_000n)).toBe("3%");
  expect(shown("RoundsManager", "lipUpgradeRound[36]", 1600n)).toBe("round 1600");
  expect(shown("LivepeerGovernor", "_votingDelay", 1n)).toBe("1 round");
  expect(shown("Treasury", "_minDelay", 86_400n)).toBe("1 day");
  expect(shown("TokenTimelock", "releaseTime", 1_767_225_600n)).toBe("2026-01-01 00:00:00 UTC");
  expect(shown("Treasury", "_timestamps[0x00]", 1n)).toBeUndefined();
  expect(shown("Stranger", "verificationRate", 1n)).toBeUndefined();
});

test("reads a Minter's rates only in the scale that this very Minter has", () => {
  expect(shown("Minter", "inflation", 137_000n)).toBeUndefined();
  expect(shown("Minter", "inflation", 137_000n, 10n ** 9n)).toBe("0.0137%");
  expect(shown("Minter", "inflation", 137n, 10n ** 6n)).toBe("0.0137%");
});
