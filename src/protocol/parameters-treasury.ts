/**
 * Parameters of the treasury's governance (LIP-89, LIP-91): the LivepeerGovernor changes its own by a vote,
 * the timelock which holds the funds changes its own by a call to itself. The Controller's owner cannot.
 */
import { UINT256_MAX, parameter } from "./parameter.ts";
import type { Parameter } from "./parameter.ts";
import { when } from "./parameter-rules.ts";

const CURRENT = ["current"] as const;
const ANY_UINT = { solidityType: "uint256", bounds: { min: 0n, max: UINT256_MAX } } as const;
const PERCENT_1E6 = { unit: "percent-1e6", bounds: { min: 0n, max: 10n ** 6n }, solidityType: "uint256" } as const;
const VOTED = { access: "governance-only", event: null } as const;
const LATER_PROPOSALS = "for proposals made from then on";

export const TREASURY_PARAMETERS: readonly Parameter[] = [
  parameter({
    id: "LivepeerGovernor.votingDelay",
    meaning: "Rounds between a proposal and the snapshot of stake",
    deployments: CURRENT,
    getter: "function votingDelay() view returns (uint256)",
    setter: "function setVotingDelay(uint256 newVotingDelay)",
    ...VOTED,
    unit: "rounds",
    ...ANY_UINT,
    defaults: { current: 1n },
    effect: LATER_PROPOSALS,
  }),
  parameter({
    id: "LivepeerGovernor.votingPeriod",
    meaning: "Rounds in which a proposal can be voted on",
    deployments: CURRENT,
    getter: "function votingPeriod() view returns (uint256)",
    setter: "function setVotingPeriod(uint256 newVotingPeriod)",
    ...VOTED,
    unit: "rounds",
    solidityType: "uint256",
    bounds: { min: 1n, max: UINT256_MAX },
    defaults: { current: 10n },
    effect: LATER_PROPOSALS,
  }),
  parameter({
    id: "LivepeerGovernor.proposalThreshold",
    meaning: "Stake that a proposer needs",
    deployments: CURRENT,
    getter: "function proposalThreshold() view returns (uint256)",
    setter: "function setProposalThreshold(uint256 newProposalThreshold)",
    ...VOTED,
    unit: "wei-lpt",
    ...ANY_UINT,
    defaults: { current: 100n * 10n ** 18n },
    effect: LATER_PROPOSALS,
    hazards: ["Above everyone's stake, nobody can ever propose to lower it again."],
  }),
  parameter({
    id: "LivepeerGovernor.quorumNumerator",
    meaning: "Share of the active stake that must vote for a proposal to count",
    deployments: CURRENT,
    getter: "function quorumNumerator() view returns (uint256)",
    setter: "function updateQuorumNumerator(uint256 newQuorumNumerator)",
    ...VOTED,
    ...PERCENT_1E6,
    defaults: { current: 333_300n },
    effect: LATER_PROPOSALS,
    rules: [
      when("no-quorum", "warning", "quorum > 0%", (value) => value === 0n, "0% lets one vote decide over the treasury"),
      when("unreachable-quorum", "warning", "quorum < 100%", (value) => value === 10n ** 6n, "100% of the active stake will hardly ever vote, and only a vote could lower it"),
    ],
  }),
  parameter({
    id: "LivepeerGovernor.quota",
    meaning: "Share of for and against that must be for",
    deployments: CURRENT,
    getter: "function quota() view returns (uint256)",
    setter: null,
    instead: "Set once by initialize. Another quota needs an upgrade of the LivepeerGovernor which writes it.",
    ...PERCENT_1E6,
    defaults: { current: 500_000n },
  }),
  parameter({
    id: "LivepeerGovernor.timelock",
    meaning: "The timelock that executes proposals and holds the funds",
    deployments: CURRENT,
    getter: "function timelock() view returns (address)",
    setter: "function updateTimelock(address newTimelock)",
    ...VOTED,
    unit: "address",
    solidityType: "address",
    bounds: null,
    defaults: {},
    hazards: ["Proposals already queued stay in the old timelock. The funds do not move."],
  }),
  parameter({
    id: "LivepeerGovernor.token",
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
    id: "Treasury.minDelay",
    meaning: "Least time between queueing and executing a proposal",
    deployments: CURRENT,
    getter: "function getMinDelay() view returns (uint256)",
    setter: "function updateDelay(uint256 newDelay)",
    access: "self-only",
    unit: "seconds",
    ...ANY_UINT,
    defaults: { current: 0n },
    effect: "for proposals queued from then on",
    event: null,
    rules: [when("delay-endless", "warning", "at most one year", (value) => value > 31_536_000n, "more than a year; lowering it must itself wait this long")],
    hazards: ["The delay of the treasury's timelock only. The protocol's Governor stores no delay: each update names its own."],
  }),
];
