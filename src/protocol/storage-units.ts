/** What the numbers in the protocol's storage count, by contract and variable. */
import { PARAMETERS } from "./parameters.ts";
import { formatHuman, percentDivisor, type Unit } from "./units.ts";

/** `timestamp`: seconds since 1970. */
export type StorageUnit = Unit | "timestamp";

/** Keys of mappings and indices are left out: `delegators[].fees`. Parameters are in their catalogue. */
const VARIABLES: Readonly<Record<string, Partial<Record<StorageUnit, readonly string[]>>>> = {
  LivepeerToken: { "wei-lpt": ["_balances[]", "_allowances[][]", "_totalSupply"] },
  Minter: { "wei-lpt": ["currentMintableTokens", "currentMintedTokens"] },
  RoundsManager: { "round-number": ["lastInitializedRound", "lastRoundLengthUpdateRound"] },
  BondingManager: {
    "wei-lpt": [
      "delegators[].bondedAmount", "delegators[].delegatedAmount", "delegators[].unbondingLocks[].amount", "currentRoundTotalActiveStake",
      "nextRoundTotalActiveStake", "transcoderPool.nodes[].key", "transcoders[].earningsPoolPerRound[].totalStake",
      "transcoders[].activeCumulativeRewards", "transcoders[].cumulativeRewards", "_electionCandidates[][].stake",
    ],
    "wei-eth": ["delegators[].fees", "transcoders[].cumulativeFees", "transcoders[].pricePerSegment", "_electionCandidates[][].pricePerSegment"],
    "round-number": [
      "delegators[].startRound", "delegators[].lastClaimRound", "delegators[].unbondingLocks[].withdrawRound", "transcoders[].lastRewardRound",
      "transcoders[].lastActiveStakeUpdateRound", "transcoders[].activationRound", "transcoders[].deactivationRound", "transcoders[].lastFeeRound",
    ],
    "percent-1e6": [
      "transcoders[].rewardCut", "transcoders[].feeShare", "transcoders[].earningsPoolPerRound[].transcoderRewardCut",
      "transcoders[].earningsPoolPerRound[].transcoderFeeShare",
    ],
    "percent-1e27": ["nextRoundTreasuryRewardCutRate"],
  },
  JobsManager: {
    "wei-eth": ["broadcasters[].deposit", "jobs[].maxPricePerSegment", "jobs[].escrow"],
    "round-number": ["jobs[].creationRound"],
  },
  TicketBroker: {
    "wei-eth": ["reserves[].funds", "reserves[].claimedForRound[]", "reserves[].claimedByAddress[][]", "senders[].deposit"],
    "round-number": ["senders[].withdrawRound"],
  },
  BondingVotes: {
    "wei-lpt": ["bondingCheckpoints[].data[].bondedAmount", "bondingCheckpoints[].data[].delegatedAmount", "totalStakeCheckpoints.data[]"],
    "round-number": [
      "bondingCheckpoints[].startRounds[]", "bondingCheckpoints[].data[].lastClaimRound", "bondingCheckpoints[].data[].lastRewardRound",
      "totalStakeCheckpoints.rounds[]",
    ],
  },
  LivepeerGovernor: {
    "wei-lpt": [
      "_proposalTallies[].againstVotes", "_proposalTallies[].forVotes", "_proposalTallies[].abstainVotes", "_proposalTallies[].voters[].deductions",
    ],
    "round-number": ["_proposals[].voteStart", "_proposals[].voteEnd"],
  },
  StakeGovernor: {
    "wei-lpt": [
      "_proposalTallies[].againstVotes", "_proposalTallies[].forVotes", "_proposalTallies[].abstainVotes", "_proposalTallies[].voters[].deductions",
      "_transcoderVotes[]",
    ],
    "round-number": ["_proposals[].voteStart", "_proposals[].voteEnd"],
  },
  LivepeerTokenFaucet: { timestamp: ["nextValidRequest[]"] },
  Treasury: { timestamp: ["_timestamps[]"] },
  StakeTimelock: { timestamp: ["_timestamps[]"] },
  TokenVesting: { timestamp: ["cliff", "start"], seconds: ["duration"], "wei-lpt": ["released[]"] },
  TokenTimelock: { timestamp: ["releaseTime"] },
  Timelock: { timestamp: ["timestamps[]"], seconds: ["minDelay"] },
};

const variables = new Map(
  Object.entries(VARIABLES).flatMap(([contract, byUnit]) =>
    Object.entries(byUnit).flatMap(([unit, paths]) => paths.map((path) => [`${contract}.${path}`, unit as StorageUnit] as const)),
  ),
);

/**
 * The unit of a variable; undefined where none is known, or where the scale is not certain.
 * @param contract the name under which it is registered, or of its source
 * @param path with keys: `delegators[0x…].fees`
 * @param percentScale what 100% is in the rates of this very contract, where it tells (`Minter.PERC_DIVISOR()`)
 */
export function unitOfVariable(contract: string, path: string, percentScale?: bigint): StorageUnit | undefined {
  const open = path.replaceAll(/\[[^\]]*\]/g, "[]");
  const known = variables.get(`${contract}.${open}`);
  if (known !== undefined) return known;
  const id = `${contract}.${open.replace(/^_/, "").replace(/\[\]$/, "")}`;
  const units = [...new Set(PARAMETERS.filter((parameter) => parameter.id === id).map(({ unit }) => unit))];
  if (units.length === 1) return units[0];
  return percentScale === undefined ? undefined : units.find((unit) => percentDivisor(unit) === percentScale);
}

/** `1 in 1000`, `3%`, `100 LPT`, `2026-01-01 00:00:00 UTC`; undefined where the number says as much by itself. */
export function formatStored(value: bigint, unit: StorageUnit): string | undefined {
  if (unit === "timestamp") {
    const milliseconds = Number(value) * 1000;
    // A TimelockController keeps 1 for what is done.
    return value < 1_000_000_000n || milliseconds > 8_640_000_000_000_000 ? undefined : `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  }
  const human = formatHuman(value, unit);
  return human === value.toString() ? undefined : human;
}
