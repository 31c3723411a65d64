import { tryReadFunction } from "../chain/read-function.ts";
import { findByName } from "../chain/registry.ts";
import type { VerificationTerms } from "../economics/deterrence.ts";
import type { Economy, MonetaryPolicy } from "../economics/economy.ts";
import type { Address } from "../protocol/hex.ts";
import { percentDivisor } from "../protocol/units.ts";
import type { Project } from "./project.ts";
import type { ProtocolParameters } from "./read-parameters.ts";
import { readProjectRegistry } from "./read-registry.ts";

/** Which parameter of the catalogue is which term of the policy. */
export const POLICY_PARAMETERS = {
  "Minter.inflationChange": "inflationChange",
  "Minter.targetBondingRate": "targetBondingRate",
  "BondingManager.treasuryRewardCutRate": "treasuryCut",
  "BondingManager.treasuryBalanceCeiling": "treasuryCeilingWei",
  "RoundsManager.roundLength": "roundLengthBlocks",
} as const satisfies Record<string, keyof MonetaryPolicy>;

export const VERIFICATION_PARAMETERS = {
  "JobsManager.verificationRate": "verificationRate",
  "JobsManager.failedVerificationSlashAmount": "failedSlashPpm",
  "JobsManager.missedVerificationSlashAmount": "missedSlashPpm",
  "JobsManager.doubleClaimSegmentSlashAmount": "doubleClaimSlashPpm",
  "JobsManager.finderFee": "finderFeePpm",
} as const satisfies Record<string, keyof VerificationTerms>;

/** Parameters of this deployment that something is reckoned from. */
export interface Reckoned {
  economy: Economy | undefined;
  verification: VerificationTerms | undefined;
  /** Why the scale of the Minter's rates is only assumed; undefined when the chain proves it. */
  doubt: string | undefined;
}

/**
 * What inflation and rewards of the deployment follow from, at the block that the project reads at; undefined where there is no
 * Minter, no token or no round of this kind, and verification undefined where jobs are not verified by challenges.
 * @param rewardCut what transcoders keep of rewards, parts per million: each has its own
 */
export async function readEconomy(project: Project, { live, current }: ProtocolParameters, rewardCut: bigint): Promise<Reckoned> {
  const numberOf = (id: string): bigint | undefined => {
    const value = current[id];
    return typeof value === "bigint" ? value : undefined;
  };
  const verification = termsOf(VERIFICATION_PARAMETERS, numberOf);
  const inflation = live.find(({ parameter }) => parameter.id === "Minter.inflation");
  const doubt = inflation === undefined || inflation.certain ? undefined : inflation.why;
  const divisor = inflation === undefined ? undefined : percentDivisor(inflation.parameter.unit);
  const [change, target, roundLengthBlocks] = [numberOf("Minter.inflationChange"), numberOf("Minter.targetBondingRate"), numberOf("RoundsManager.roundLength")];
  if (inflation === undefined || typeof inflation.value !== "bigint" || divisor === undefined || change === undefined || target === undefined || roundLengthBlocks === undefined || roundLengthBlocks === 0n) {
    return { economy: undefined, verification, doubt };
  }
  const registry = await readProjectRegistry(project);
  const address = (name: string): Address | undefined => findByName(registry, name)?.address;
  const ask = async (contract: Address | undefined, signature: string, args: readonly unknown[] = []): Promise<bigint | undefined> => {
    const answer = contract === undefined ? undefined : (await tryReadFunction(project.rpc, contract, signature, args))?.[0];
    return typeof answer === "bigint" ? answer : undefined;
  };
  const [treasury, token, bonding] = [address("Treasury"), address("LivepeerToken"), address("BondingManager")];
  const [global, own, next, total, round, nextCut, treasuryWei] = await Promise.all([
    ask(address("Minter"), "function getGlobalTotalSupply() view returns (uint256)"),
    ask(token, "function totalSupply() view returns (uint256)"),
    // What the round to come begins with; the launch knows only what is bonded.
    ask(bonding, "function nextRoundTotalActiveStake() view returns (uint256)"),
    ask(bonding, "function getTotalBonded() view returns (uint256)"),
    ask(address("RoundsManager"), "function currentRound() view returns (uint256)"),
    ask(bonding, "function nextRoundTreasuryRewardCutRate() view returns (uint256)"),
    treasury === undefined ? undefined : ask(token, "function balanceOf(address account) view returns (uint256)", [treasury]),
  ]);
  const [supplyWei, bondedWei] = [global ?? own, next ?? total];
  if (supplyWei === undefined || bondedWei === undefined || supplyWei === 0n) return { economy: undefined, verification, doubt };
  return {
    verification,
    doubt,
    economy: {
      divisor,
      round: round ?? 0n,
      supplyWei,
      bondedWei: bondedWei > supplyWei ? supplyWei : bondedWei,
      inflation: inflation.value,
      hasTreasury: treasury !== undefined && nextCut !== undefined,
      treasuryWei: treasuryWei ?? 0n,
      policy: {
        inflationChange: change,
        targetBondingRate: target,
        treasuryCut: nextCut ?? 0n,
        treasuryCeilingWei: numberOf("BondingManager.treasuryBalanceCeiling") ?? 0n,
        rewardCut,
        roundLengthBlocks,
      },
    },
  };
}

/** All of the terms, or undefined where one of them could not be read. */
function termsOf(names: typeof VERIFICATION_PARAMETERS, numberOf: (id: string) => bigint | undefined): VerificationTerms | undefined {
  const terms: Partial<Record<keyof VerificationTerms, bigint | undefined>> = {};
  for (const [id, term] of Object.entries(names)) terms[term] = numberOf(id);
  const { verificationRate, failedSlashPpm, missedSlashPpm, doubleClaimSlashPpm, finderFeePpm } = terms;
  if (verificationRate === undefined || verificationRate === 0n || failedSlashPpm === undefined || missedSlashPpm === undefined || doubleClaimSlashPpm === undefined || finderFeePpm === undefined) return undefined;
  return { verificationRate, failedSlashPpm, missedSlashPpm, doubleClaimSlashPpm, finderFeePpm };
}
