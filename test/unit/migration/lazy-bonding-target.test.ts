import { join } from "node:path";
import { Interface, type InterfaceAbi } from "ethers";
import { expect, test } from "vitest";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compileContracts } from "../../../src/solidity/compile.ts";
import { CONTRACT_CACHES, compiledSuite } from "../contracts/compiled-suite.ts";

/** Functions that act on delegators or tell of them: whom they are about must be brought in before. */
const BRINGS_IN = [
  "bond", "bondWithHint", "bondForWithHint", "unbond", "unbondWithHint", "rebond", "rebondWithHint", "rebondFromUnbonded",
  "rebondFromUnbondedWithHint", "transferBond", "withdrawStake", "withdrawFees", "claimEarnings", "checkpointBondingState", "slashTranscoder",
  "getDelegator", "pendingStake", "pendingFees", "delegatorStatus",
];

/** Why nobody has to be brought in for the others. */
const LEAVES_ALONE: Record<string, string[]> = {
  "delegates are there from the start, and only they are transcoders": [
    "transcoder", "transcoderWithHint", "reward", "rewardWithHint", "updateTranscoderWithFees", "electActiveTranscoder", "getElectionCandidates",
    "getTranscoder", "getTranscoderPricePerSegment", "getTranscoderEarningsPoolForRound", "isRegisteredTranscoder", "isActiveTranscoder",
    "transcoderStatus", "transcoderTotalStake",
  ],
  "unbonding locks are loaded word by word": ["getDelegatorUnbondingLock", "isValidUnbondingLock"],
  "it is about no account": [
    "controller", "targetContractId", "setController", "setUnbondingPeriod", "setNumActiveTranscoders", "setTreasuryRewardCutRate",
    "setTreasuryBalanceCeiling", "setCurrentRoundTotalActiveStake", "unbondingPeriod", "currentRoundTotalActiveStake",
    "nextRoundTotalActiveStake", "treasuryRewardCutRate", "nextRoundTreasuryRewardCutRate", "treasuryBalanceCeiling", "getTotalBonded",
    "getTranscoderPoolSize", "getTranscoderPoolMaxSize", "getFirstTranscoderInPool", "getNextTranscoderInPool",
  ],
};

async function lazyTarget(): Promise<Artifact> {
  const root = join(import.meta.dirname, "../../..");
  const [artifact] = await compileContracts({ root, targets: [{ source: "contracts/migration/LazyBondingTarget.sol" }], cacheFolders: CONTRACT_CACHES });
  if (artifact === undefined) throw new Error("nothing was compiled");
  return artifact;
}

/** As the compiler pushes a selector that it then shifts to the left: without the zeros at its end. */
function inCode(selector: string): string {
  let value = BigInt(selector);
  while (value % 2n === 0n) value /= 2n;
  return value.toString(16);
}

test("every function of the BondingManager either brings in the delegators it is about, or has a reason not to", async () => {
  const lazy = await lazyTarget();
  const bonding = (await compiledSuite())("BondingManager");

  const known = new Set([...BRINGS_IN, ...Object.values(LEAVES_ALONE).flat()]);
  const found = new Set<string>();
  new Interface(bonding.abi as InterfaceAbi).forEachFunction(({ name, selector }) => {
    found.add(name);
    expect(known, `${name} is new: must it bring anyone in?`).toContain(name);
    expect(lazy.runtimeBytecode.includes(inCode(selector)), name).toBe(BRINGS_IN.includes(name));
  });
  expect([...known].filter((name) => !found.has(name))).toEqual([]);
});

test("what the target answers itself hides nothing of the BondingManager", async () => {
  const selectors = new Set<string>();
  new Interface((await compiledSuite())("BondingManager").abi as InterfaceAbi).forEachFunction(({ selector }) => selectors.add(selector));
  expect(selectors.size).toBeGreaterThan(40);
  new Interface((await lazyTarget()).abi as InterfaceAbi).forEachFunction(({ name, selector }) => expect(selectors.has(selector), name).toBe(false));
});
