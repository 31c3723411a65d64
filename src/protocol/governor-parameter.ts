import { parameter, UINT256_MAX, type Parameter } from "./parameter.ts";

type Shared = Pick<Parameter, "getter" | "setter" | "unit" | "solidityType" | "bounds">;
type Own = Pick<Parameter, "meaning" | "defaults"> & Partial<Pick<Parameter, "effect" | "rules" | "hazards" | "instead">>;

const ANY_UINT = { solidityType: "uint256", bounds: { min: 0n, max: UINT256_MAX } } as const;
const PERCENT_1E6 = { unit: "percent-1e6", bounds: { min: 0n, max: 10n ** 6n }, solidityType: "uint256" } as const;
const ADDRESS = { unit: "address", solidityType: "address", bounds: null } as const;

/** Read and set alike in the LivepeerGovernor and the StakeGovernor. */
const SHARED = {
  votingDelay: { getter: "function votingDelay() view returns (uint256)", setter: "function setVotingDelay(uint256 newVotingDelay)", unit: "rounds", ...ANY_UINT },
  votingPeriod: {
    getter: "function votingPeriod() view returns (uint256)",
    setter: "function setVotingPeriod(uint256 newVotingPeriod)",
    unit: "rounds",
    solidityType: "uint256",
    bounds: { min: 1n, max: UINT256_MAX },
  },
  proposalThreshold: { getter: "function proposalThreshold() view returns (uint256)", setter: "function setProposalThreshold(uint256 newProposalThreshold)", unit: "wei-lpt", ...ANY_UINT },
  quorumNumerator: { getter: "function quorumNumerator() view returns (uint256)", setter: "function updateQuorumNumerator(uint256 newQuorumNumerator)", ...PERCENT_1E6 },
  transcoderQuorum: { getter: "function transcoderQuorum() view returns (uint256)", setter: "function setTranscoderQuorum(uint256 newTranscoderQuorum)", ...PERCENT_1E6 },
  quota: { getter: "function quota() view returns (uint256)", setter: null, ...PERCENT_1E6 },
  timelock: { getter: "function timelock() view returns (address)", setter: "function updateTimelock(address newTimelock)", ...ADDRESS },
  token: { getter: "function token() view returns (address)", setter: null, ...ADDRESS },
} as const satisfies Record<string, Shared>;

/** A parameter of a governor of stake: only a vote of its own changes it. */
export function governorParameter(governor: "LivepeerGovernor" | "StakeGovernor", name: keyof typeof SHARED, own: Own): Parameter {
  const shared: Shared = SHARED[name];
  return parameter({ id: `${governor}.${name}`, deployments: ["current"], ...shared, ...(shared.setter === null ? {} : { access: "governance-only", event: null }), ...own });
}

/** Neither governor has a setter for it. */
export function governorQuota(governor: "LivepeerGovernor" | "StakeGovernor", meaning: string): Parameter {
  return governorParameter(governor, "quota", { meaning, instead: `Set once by initialize. Another quota needs an upgrade of the ${governor} which writes it.`, defaults: { current: 500_000n } });
}

export function governorToken(governor: "LivepeerGovernor" | "StakeGovernor"): Parameter {
  return governorParameter(governor, "token", {
    meaning: "Where votes are counted: BondingVotes",
    instead: "Follows the registry: after another BondingVotes is registered, anyone may call bumpGovernorVotesTokenAddress().",
    defaults: {},
  });
}

/** The delay of a timelock that a governor of stake drives: it changes its own by a call to itself. */
export function timelockDelay(timelock: "Treasury" | "StakeTimelock", own: Own): Parameter {
  const getter = "function getMinDelay() view returns (uint256)";
  const setter = "function updateDelay(uint256 newDelay)";
  return parameter({ id: `${timelock}.minDelay`, deployments: ["current"], getter, setter, access: "self-only", unit: "seconds", ...ANY_UINT, event: null, ...own });
}
