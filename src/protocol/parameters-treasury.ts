/**
 * Parameters of the treasury's governance (LIP-89, LIP-91): the LivepeerGovernor changes its own by a vote,
 * the timelock which holds the funds changes its own by a call to itself. The Controller's owner cannot.
 */
import { governorParameter, governorQuota, governorToken, timelockDelay } from "./governor-parameter.ts";
import type { Parameter } from "./parameter.ts";
import { when } from "./parameter-rules.ts";

const LATER_PROPOSALS = "for proposals made from then on";

export const TREASURY_PARAMETERS: readonly Parameter[] = [
  governorParameter("LivepeerGovernor", "votingDelay", {
    meaning: "Rounds between a proposal and the snapshot of stake",
    defaults: { current: 1n },
    effect: LATER_PROPOSALS,
  }),
  governorParameter("LivepeerGovernor", "votingPeriod", {
    meaning: "Rounds in which a proposal can be voted on",
    defaults: { current: 10n },
    effect: LATER_PROPOSALS,
  }),
  governorParameter("LivepeerGovernor", "proposalThreshold", {
    meaning: "Stake that a proposer needs",
    defaults: { current: 100n * 10n ** 18n },
    effect: LATER_PROPOSALS,
    hazards: ["Above everyone's stake, nobody can ever propose to lower it again."],
  }),
  governorParameter("LivepeerGovernor", "quorumNumerator", {
    meaning: "Share of the active stake that must vote for a proposal to count",
    defaults: { current: 333_300n },
    effect: LATER_PROPOSALS,
    rules: [
      when("no-quorum", "warning", "quorum > 0%", (value) => value === 0n, "0% lets one vote decide over the treasury"),
      when("unreachable-quorum", "warning", "quorum < 100%", (value) => value === 10n ** 6n, "100% of the active stake will hardly ever vote, and only a vote could lower it"),
    ],
  }),
  governorQuota("LivepeerGovernor", "Share of for and against that must be for"),
  governorParameter("LivepeerGovernor", "timelock", {
    meaning: "The timelock that executes proposals and holds the funds",
    defaults: {},
    hazards: ["Proposals already queued stay in the old timelock. The funds do not move."],
  }),
  governorToken("LivepeerGovernor"),
  timelockDelay("Treasury", {
    meaning: "Least time between queueing and executing a proposal",
    defaults: { current: 0n },
    effect: "for proposals queued from then on",
    rules: [when("delay-endless", "warning", "at most one year", (value) => value > 31_536_000n, "more than a year; lowering it must itself wait this long")],
    hazards: ["The delay of the treasury's timelock only. The protocol's Governor stores no delay: each update names its own."],
  }),
];
