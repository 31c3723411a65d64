import { expect, test } from "vitest";
import { roundAt } from "../../../../src/node/runner/round-clock.ts";

const CLOCK = { lengthBlocks: 50n, lockAmountPpm: 100_000n, lastInitialized: 21n, baseRound: 20n, baseBlock: 1_000n };

test.each([
  [1_000n, 20n, 1_000n, 1_050n, 1_045n],
  [1_049n, 20n, 1_000n, 1_050n, 1_045n],
  [1_050n, 21n, 1_050n, 1_100n, 1_095n],
  [1_151n, 23n, 1_150n, 1_200n, 1_195n],
])("block %d lies in round %d", (block, number, startBlock, endBlock, lockedFromBlock) => {
  expect(roundAt(CLOCK, block)).toMatchObject({ number, startBlock, endBlock, lockedFromBlock, initialized: number === 21n });
});
