/** What StakeGovernor, VetoGuardian and DividedOwner have beyond the LivepeerGovernor and the timelock. */
export const stakeGovernorAbi: readonly string[] = [
  "function QUEUE_ROUNDS() view returns (uint256)",
  "function initialize(uint256 initialVotingDelay, uint256 initialVotingPeriod, uint256 initialProposalThreshold, uint256 initialQuorum, uint256 initialQuota, uint256 initialTranscoderQuorum)",
  "function requiredTranscoderVotes(uint256 round) view returns (uint256)",
  "function setTranscoderQuorum(uint256 newTranscoderQuorum)",
  "function transcoderQuorum() view returns (uint256)",
  "function transcoderVotes(uint256 proposalId) view returns (uint256)",
  "event TranscoderQuorumSet(uint256 oldTranscoderQuorum, uint256 newTranscoderQuorum)",
  "error BondingVotesGovernorNotRegistered(string name)",
  "error GovernorCountingInvalidQuota(uint256 quota)",
  "error StakeGovernorInvalidTranscoderQuorum(uint256 transcoderQuorum)",
];

export const vetoGuardianAbi: readonly string[] = [
  "function expiresAt() view returns (uint256)",
  "function guardian() view returns (address)",
  "function retire()",
  "function timelock() view returns (address)",
  "function veto(bytes32 operationId)",
  "function vetoGuardian() view returns (address)",
  "event Retired()",
  "event Vetoed(bytes32 indexed operationId)",
  "error StakeTimelockInvalidGovernor()",
  "error VetoGuardianExpired(uint256 expiresAt)",
  "error VetoGuardianInvalid(address timelock, address guardian, uint256 expiresAt)",
  "error VetoGuardianNotExpired(uint256 expiresAt)",
  "error VetoGuardianUnauthorized(address account)",
];

export const dividedOwnerAbi: readonly string[] = [
  "function authorityFor(address target, bytes4 selector) view returns (address)",
  "function execute(address[] targets, uint256[] values, bytes[] payloads) payable",
  "function owner() view returns (address)",
  "function setAuthority(address target, bytes4 selector, address authority)",
  "function transferOwnership(address newOwner)",
  "event AuthoritySet(address indexed target, bytes4 indexed selector, address authority)",
  "event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)",
  "error DividedOwnerInvalidTarget(address target)",
  "error DividedOwnerTargetWithoutCode(uint256 index, address target)",
  "error DividedOwnerUnauthorized(address caller, address target, bytes4 selector, address authority)",
  "error DividedOwnerUnequalLengths(uint256 targets, uint256 values, uint256 payloads)",
  "error DividedOwnerUnequalValue(uint256 sent, uint256 needed)",
];
