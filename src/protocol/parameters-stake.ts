/**
 * Parameters of the phase in which stake decides about the protocol: the StakeGovernor and its timelock. Both change by a vote
 * alone, since what is voted is what the timelock calls.
 */
import { governorParameter, governorQuota, governorToken, timelockDelay } from "./governor-parameter.ts";
import type { Parameter } from "./parameter.ts";
import { when } from "./parameter-rules.ts";

const ONE = 10n ** 6n;
const LATER_VOTES = "for votes created from then on";

export const STAKE_PARAMETERS: readonly Parameter[] = [
  governorParameter("StakeGovernor", "votingDelay", {
    meaning: "Rounds between the creation of a vote and the snapshot of stake",
    defaults: { current: 1n },
    effect: LATER_VOTES,
    rules: [when("delay-unbearable", "warning", "at most 365 rounds", (value) => value > 365n, "nothing could be decided for more than 365 rounds, this number included")],
  }),
  governorParameter("StakeGovernor", "votingPeriod", {
    meaning: "Rounds in which a vote is open",
    defaults: { current: 10n },
    effect: LATER_VOTES,
    rules: [when("period-unbearable", "warning", "at most 365 rounds", (value) => value > 365n, "nothing could be decided for more than 365 rounds, this number included")],
  }),
  governorParameter("StakeGovernor", "proposalThreshold", {
    meaning: "Stake that the creator of a vote needs",
    defaults: { current: 100n * 10n ** 18n },
    effect: LATER_VOTES,
    hazards: ["Above everyone's stake, nobody can ever propose anything again: the protocol has no owner left."],
  }),
  governorParameter("StakeGovernor", "quorumNumerator", {
    meaning: "Share of the active stake that must vote for a vote to count",
    defaults: { current: 333_300n },
    effect: LATER_VOTES,
    rules: [
      when("no-quorum", "warning", "quorum > 0%", (value) => value === 0n, "0% lets one vote decide over the protocol"),
      when("unreachable-quorum", "warning", "quorum < 100%", (value) => value === ONE, "100% of the active stake will hardly ever vote, and only a vote could lower it"),
    ],
    hazards: ["A quorum that stake no longer reaches leaves the protocol without an owner, and only a vote could lower it."],
  }),
  governorQuota("StakeGovernor", "Share of for and against that must be exceeded by for"),
  governorParameter("StakeGovernor", "transcoderQuorum", {
    meaning: "Share of the active stake that transcoders themselves must vote with, their delegators' own votes not counted",
    // Half of the quorum.
    defaults: { current: 166_650n },
    effect: LATER_VOTES,
    rules: [
      when("no-transcoder-quorum", "warning", "transcoder quorum > 0%", (value) => value === 0n, "0% lets delegators decide without a single transcoder"),
      when("unreachable-transcoder-quorum", "warning", "transcoder quorum < 100%", (value) => value === ONE, "100% is out of reach as soon as one delegator votes itself, and only a vote could lower it"),
    ],
    hazards: ["A few transcoders can keep every vote from counting by staying away, the more so the higher it is."],
  }),
  governorParameter("StakeGovernor", "timelock", {
    meaning: "The timelock that carries out what was voted and owns the Controller",
    defaults: {},
    hazards: ["The Controller stays with the old timelock, which nobody can drive any more: hand it over in the same vote."],
  }),
  governorToken("StakeGovernor"),
  timelockDelay("StakeTimelock", {
    meaning: "Least time between queueing what was voted and carrying it out",
    defaults: { current: 172_800n },
    effect: "for what is queued from then on",
    rules: [
      when("no-delay", "warning", "delay > 0", (value) => value === 0n, "without a delay nobody can leave, and no guardian can stop anything, before what was voted happens"),
      when("delay-endless", "warning", "at most one year", (value) => value > 31_536_000n, "more than a year; lowering it must itself wait this long"),
    ],
  }),
];
