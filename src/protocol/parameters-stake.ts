/**
 * Parameters of the phase in which stake decides about the protocol: the StakeGovernor and its timelock. Both change by a vote
 * alone, since what is voted is what the timelock calls.
 */
import { UINT256_MAX, parameter } from "./parameter.ts";
import type { Parameter } from "./parameter.ts";
import { when } from "./parameter-rules.ts";

const CURRENT = ["current"] as const;
const ONE = 10n ** 6n;
const PERCENT_1E6 = { unit: "percent-1e6", bounds: { min: 0n, max: ONE }, solidityType: "uint256" } as const;
const VOTED = { access: "governance-only", event: null } as const;
const LATER_VOTES = "for votes created from then on";

export const STAKE_PARAMETERS: readonly Parameter[] = [
  parameter({
    id: "StakeGovernor.votingDelay",
    meaning: "Rounds between the creation of a vote and the snapshot of stake",
    deployments: CURRENT,
    getter: "function votingDelay() view returns (uint256)",
    setter: "function setVotingDelay(uint256 newVotingDelay)",
    ...VOTED,
    unit: "rounds",
    solidityType: "uint256",
    bounds: { min: 0n, max: UINT256_MAX },
    defaults: { current: 1n },
    effect: LATER_VOTES,
    rules: [when("delay-unbearable", "warning", "at most 365 rounds", (value) => value > 365n, "nothing could be decided for more than 365 rounds, this number included")],
  }),
  parameter({
    id: "StakeGovernor.votingPeriod",
    meaning: "Rounds in which a vote is open",
    deployments: CURRENT,
    getter: "function votingPeriod() view returns (uint256)",
    setter: "function setVotingPeriod(uint256 newVotingPeriod)",
    ...VOTED,
    unit: "rounds",
    solidityType: "uint256",
    bounds: { min: 1n, max: UINT256_MAX },
    defaults: { current: 10n },
    effect: LATER_VOTES,
    rules: [when("period-unbearable", "warning", "at most 365 rounds", (value) => value > 365n, "nothing could be decided for more than 365 rounds, this number included")],
  }),
  parameter({
    id: "StakeGovernor.proposalThreshold",
    meaning: "Stake that the creator of a vote needs",
    deployments: CURRENT,
    getter: "function proposalThreshold() view returns (uint256)",
    setter: "function setProposalThreshold(uint256 newProposalThreshold)",
    ...VOTED,
    unit: "wei-lpt",
    solidityType: "uint256",
    bounds: { min: 0n, max: UINT256_MAX },
    defaults: { current: 100n * 10n ** 18n },
    effect: LATER_VOTES,
    hazards: ["Above everyone's stake, nobody can ever propose anything again: the protocol has no owner left."],
  }),
  parameter({
    id: "StakeGovernor.quorumNumerator",
    meaning: "Share of the active stake that must vote for a vote to count",
    deployments: CURRENT,
    getter: "function quorumNumerator() view returns (uint256)",
    setter: "function updateQuorumNumerator(uint256 newQuorumNumerator)",
    ...VOTED,
    ...PERCENT_1E6,
    defaults: { current: 333_300n },
    effect: LATER_VOTES,
    rules: [
      when("no-quorum", "warning", "quorum > 0%", (value) => value === 0n, "0% lets one vote decide over the protocol"),
      when("unreachable-quorum", "warning", "quorum < 100%", (value) => value === ONE, "100% of the active stake will hardly ever vote, and only a vote could lower it"),
    ],
    hazards: ["A quorum that stake no longer reaches leaves the protocol without an owner, and only a vote could lower it."],
  }),
  parameter({
    id: "StakeGovernor.quota",
    meaning: "Share of for and against that must be exceeded by for",
    deployments: CURRENT,
    getter: "function quota() view returns (uint256)",
    setter: null,
    instead: "Set once by initialize. Another quota needs an upgrade of the StakeGovernor which writes it.",
    ...PERCENT_1E6,
    defaults: { current: 500_000n },
  }),
  parameter({
    id: "StakeGovernor.transcoderQuorum",
    meaning: "Share of the active stake that transcoders themselves must vote with, their delegators' own votes not counted",
    deployments: CURRENT,
    getter: "function transcoderQuorum() view returns (uint256)",
    setter: "function setTranscoderQuorum(uint256 newTranscoderQuorum)",
    ...VOTED,
    ...PERCENT_1E6,
    // Half of the quorum.
    defaults: { current: 166_650n },
    effect: LATER_VOTES,
    rules: [
      when("no-transcoder-quorum", "warning", "transcoder quorum > 0%", (value) => value === 0n, "0% lets delegators decide without a single transcoder"),
      when("unreachable-transcoder-quorum", "warning", "transcoder quorum < 100%", (value) => value === ONE, "100% is out of reach as soon as one delegator votes itself, and only a vote could lower it"),
    ],
    hazards: ["A few transcoders can keep every vote from counting by staying away, the more so the higher it is."],
  }),
  parameter({
    id: "StakeGovernor.timelock",
    meaning: "The timelock that carries out what was voted and owns the Controller",
    deployments: CURRENT,
    getter: "function timelock() view returns (address)",
    setter: "function updateTimelock(address newTimelock)",
    ...VOTED,
    unit: "address",
    solidityType: "address",
    bounds: null,
    defaults: {},
    hazards: ["The Controller stays with the old timelock, which nobody can drive any more: hand it over in the same vote."],
  }),
  parameter({
    id: "StakeGovernor.token",
    meaning: "Where votes are counted: BondingVotes",
    deployments: CURRENT,
    getter: "function token() view returns (address)",
    setter: null,
    instead: "Follows the registry: after another BondingVotes is registered, anyone may call bumpGovernorVotesTokenAddress().",
    unit: "address",
    solidityType: "address",
    bounds: null,
    defaults: {},
  }),
  parameter({
    id: "StakeTimelock.minDelay",
    meaning: "Least time between queueing what was voted and carrying it out",
    deployments: CURRENT,
    getter: "function getMinDelay() view returns (uint256)",
    setter: "function updateDelay(uint256 newDelay)",
    access: "self-only",
    unit: "seconds",
    solidityType: "uint256",
    bounds: { min: 0n, max: UINT256_MAX },
    defaults: { current: 172_800n },
    effect: "for what is queued from then on",
    event: null,
    rules: [
      when("no-delay", "warning", "delay > 0", (value) => value === 0n, "without a delay nobody can leave, and no guardian can stop anything, before what was voted happens"),
      when("delay-endless", "warning", "at most one year", (value) => value > 31_536_000n, "more than a year; lowering it must itself wait this long"),
    ],
  }),
];
