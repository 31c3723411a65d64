import { beforeAll, expect, test } from "vitest";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compiledSuite } from "./compiled-suite.ts";

let artifactOf: (name: string) => Artifact;
beforeAll(async () => {
  artifactOf = await compiledSuite();
});

/** `slot[+offset] label type`, in order. */
function slotsOf(name: string): string[] {
  const { storage, types } = artifactOf(name).storageLayout;
  return storage.map(({ slot, offset, label, type }) =>
    `${slot}${offset === 0 ? "" : `+${offset}`} ${label} ${types?.[type]?.label ?? type}`);
}

/** Fields of a struct in `name`'s storage, in order. */
function fieldsOf(name: string, struct: string): string[] {
  const found = Object.values(artifactOf(name).storageLayout.types ?? {}).find((type) => type.label === `struct ${struct}`);
  if (found?.members === undefined) throw new Error(`${name} stores no ${struct}`);
  return found.members.map(({ slot, label }) => `${slot} ${label}`);
}

const PROXY = ["0 controller contract IController", "1 targetContractId bytes32"];
const ROUNDS = [
  ...PROXY,
  "2 roundLength uint256",
  "3 roundLockAmount uint256",
  "4 lastInitializedRound uint256",
  "5 lastRoundLengthUpdateRound uint256",
  "6 lastRoundLengthUpdateStartBlock uint256",
  "7 _blockHashForRound mapping(uint256 => bytes32)",
  "8 lipUpgradeRound mapping(uint256 => uint256)",
];
const JOBS = [
  ...PROXY,
  "2 verificationRate uint64",
  "3 verificationPeriod uint256",
  "4 verificationSlashingPeriod uint256",
  "5 failedVerificationSlashAmount uint256",
  "6 missedVerificationSlashAmount uint256",
  "7 doubleClaimSegmentSlashAmount uint256",
  "8 finderFee uint256",
  "9 broadcasters mapping(address => struct JobsState.Broadcaster)",
  "10 jobs mapping(uint256 => struct JobsState.Job)",
  "11 numJobs uint256",
];

test("the proxy keeps its controller and target id in the first two slots", () => {
  expect(slotsOf("ManagerProxy")).toEqual(PROXY);
});

test("the Controller packs owner and pause switch before the registry", () => {
  expect(slotsOf("Controller")).toEqual([
    "0 owner address",
    "0+20 paused bool",
    "1 registry mapping(bytes32 => struct Controller.ContractInfo)",
  ]);
  expect(fieldsOf("Controller", "Controller.ContractInfo")).toEqual(["0 contractAddress", "1 gitCommitHash"]);
});

test("the Governor keeps its owner before the staged updates", () => {
  expect(slotsOf("Governor")).toEqual(["0 owner address", "1 updates mapping(bytes32 => uint256)"]);
});

test.each(["Minter", "PreciseMinter"])("the %s has the published order", (name) => {
  expect(slotsOf(name)).toEqual([
    "0 controller contract IController",
    "1 inflation uint256",
    "2 inflationChange uint256",
    "3 targetBondingRate uint256",
    "4 currentMintableTokens uint256",
    "5 currentMintedTokens uint256",
  ]);
});

test("the RoundsManager has the published order", () => {
  expect(slotsOf("RoundsManager")).toEqual(ROUNDS);
});

test("the AdjustableRoundsManager appends its clock, which at the launch was in slots 7 and 8: two maps are there now", () => {
  expect(slotsOf("AdjustableRoundsManager")).toEqual([...ROUNDS, "9 num uint256", "10 hash bytes32"]);
});

test("the GenesisManager and the holders of grants have the published order", () => {
  expect(slotsOf("GenesisManager")).toEqual([
    "0 owner address",
    "1 token contract ILivepeerToken",
    "2 tokenDistribution address",
    "3 bankMultisig address",
    "4 minter address",
    "5 initialSupply uint256",
    "6 crowdSupply uint256",
    "7 companySupply uint256",
    "8 teamSupply uint256",
    "9 investorsSupply uint256",
    "10 communitySupply uint256",
    "11 teamGrantsAmount uint256",
    "12 investorsGrantsAmount uint256",
    "13 communityGrantsAmount uint256",
    "14 grantsStartTimestamp uint256",
    "15 vestingHolders mapping(address => address)",
    "16 timeLockedHolders mapping(address => address)",
    "17 stage enum GenesisManager.Stages",
  ]);
  expect(slotsOf("TokenVesting")).toEqual([
    "0 owner address",
    "1 beneficiary address",
    "2 cliff uint256",
    "3 start uint256",
    "4 duration uint256",
    "5 revocable bool",
    "6 released mapping(address => uint256)",
    "7 revoked mapping(address => bool)",
  ]);
  expect(slotsOf("TokenTimelock")).toEqual(["0 token contract IERC20", "1 beneficiary address", "2 releaseTime uint256"]);
});

test("the MerkleMine and the faucet have the published order", () => {
  expect(slotsOf("MerkleMine")).toEqual([
    "0 token contract IERC20",
    "1 genesisRoot bytes32",
    "2 totalGenesisTokens uint256",
    "3 totalGenesisRecipients uint256",
    "4 tokensPerAllocation uint256",
    "5 balanceThreshold uint256",
    "6 genesisBlock uint256",
    "7 callerAllocationStartBlock uint256",
    "8 callerAllocationEndBlock uint256",
    "9 callerAllocationPeriod uint256",
    "10 started bool",
    "11 generated mapping(address => bool)",
  ]);
  expect(slotsOf("LivepeerTokenFaucet")).toEqual([
    "0 owner address",
    "1 token contract IERC20",
    "2 requestAmount uint256",
    "3 requestWait uint256",
    "4 nextValidRequest mapping(address => uint256)",
    "5 isWhitelisted mapping(address => bool)",
  ]);
});

test("the Verifier has the order of the launch", () => {
  expect(slotsOf("LivepeerVerifier")).toEqual([
    "0 controller contract IController",
    "1 verificationCodeHash string",
    "2 solvers address[]",
    "3 isSolver mapping(address => bool)",
    "4 requests mapping(uint256 => struct LivepeerVerifier.Request)",
    "5 requestCount uint256",
  ]);
  expect(fieldsOf("LivepeerVerifier", "LivepeerVerifier.Request")).toEqual(["0 jobId", "1 claimId", "2 segmentNumber", "3 commitHash"]);
  expect(slotsOf("IdentityVerifier")).toEqual(["0 controller contract IController"]);
});

test("the historic builds move nothing", () => {
  expect(slotsOf("JobsManagerDoubleClaim2019")).toEqual(JOBS);
  for (const build of ["BondingManagerZeroStartFactors2021", "BondingManagerClaimOrder2018"]) {
    expect(slotsOf(build)).toEqual(slotsOf("BondingManager"));
  }
});

test("PollCreator, MerkleSnapshot and ServiceRegistry have the published order", () => {
  expect(slotsOf("PollCreator")).toEqual(["0 bondingManager contract IBondingManager"]);
  expect(slotsOf("MerkleSnapshot")).toEqual(["0 controller contract IController", "1 snapshot mapping(bytes32 => bytes32)"]);
  expect(slotsOf("ServiceRegistry")).toEqual([...PROXY, "2 records mapping(address => struct ServiceRegistry.Record)"]);
  expect(fieldsOf("ServiceRegistry", "ServiceRegistry.Record")).toEqual(["0 serviceURI"]);
});

test("the BondingVotes has the published order", () => {
  expect(slotsOf("BondingVotes")).toEqual([
    ...PROXY,
    "2 bondingCheckpoints mapping(address => struct BondingVotes.BondingCheckpointsByRound)",
    "3 totalStakeCheckpoints struct BondingVotes.TotalActiveStakeByRound",
  ]);
  expect(fieldsOf("BondingVotes", "BondingVotes.BondingCheckpointsByRound")).toEqual(["0 startRounds", "1 data"]);
  expect(fieldsOf("BondingVotes", "BondingVotes.TotalActiveStakeByRound")).toEqual(["0 rounds", "1 data"]);
  expect(fieldsOf("BondingVotes", "BondingVotes.BondingCheckpoint")).toEqual([
    "0 bondedAmount", "1 delegateAddress", "2 delegatedAmount", "3 lastClaimRound", "4 lastRewardRound",
  ]);
});

test("the TicketBroker has the published order", () => {
  expect(slotsOf("TicketBroker")).toEqual([
    ...PROXY,
    "2 reserves mapping(address => struct TicketState.Reserve)",
    "3 senders mapping(address => struct TicketState.Sender)",
    "4 unlockPeriod uint256",
    "5 usedTickets mapping(bytes32 => bool)",
    "6 ticketValidityPeriod uint256",
  ]);
  expect(fieldsOf("TicketBroker", "TicketState.Reserve")).toEqual(["0 funds", "1 claimedForRound", "2 claimedByAddress"]);
  expect(fieldsOf("TicketBroker", "TicketState.Sender")).toEqual(["0 deposit", "1 withdrawRound"]);
});

test("the LivepeerGovernor has the published order, gaps included", () => {
  expect(slotsOf("LivepeerGovernor")).toEqual([
    ...PROXY,
    "2 _initialized uint8",
    "2+1 _initializing bool",
    "3 __gap uint256[50]",
    "53 __gap uint256[50]",
    "103 _hashedName bytes32",
    "104 _hashedVersion bytes32",
    "105 _name string",
    "106 _version string",
    "107 __gap uint256[48]",
    "155 __gap uint256[50]",
    "205 __gap uint256[50]",
    "255 _name string",
    "256 _proposals mapping(uint256 => struct GovernorUpgradeable.ProposalCore)",
    "257 _governanceCall struct DoubleEndedQueueUpgradeable.Bytes32Deque",
    "259 __gap uint256[46]",
    "305 _votingDelay uint256",
    "306 _votingPeriod uint256",
    "307 _proposalThreshold uint256",
    "308 __gap uint256[47]",
    "355 _timelock contract TimelockControllerUpgradeable",
    "356 _timelockIds mapping(uint256 => bytes32)",
    "357 __gap uint256[48]",
    "405 token contract IERC5805Upgradeable",
    "406 __gap uint256[50]",
    "456 _quorumNumerator uint256",
    "457 _quorumNumeratorHistory struct CheckpointsUpgradeable.Trace224",
    "458 __gap uint256[48]",
    "506 _proposalTallies mapping(uint256 => struct GovernorCountingOverridable.ProposalTally)",
    "507 quota uint256",
    "508 __gap uint256[48]",
  ]);
  expect(fieldsOf("LivepeerGovernor", "GovernorUpgradeable.ProposalCore")).toEqual([
    "0 voteStart", "0 proposer", "0 __gap_unused0", "1 voteEnd", "1 __gap_unused1", "2 executed", "2 canceled",
  ]);
  expect(fieldsOf("LivepeerGovernor", "GovernorCountingOverridable.ProposalTally")).toEqual([
    "0 againstVotes", "1 forVotes", "2 abstainVotes", "3 voters",
  ]);
  expect(fieldsOf("LivepeerGovernor", "GovernorCountingOverridable.ProposalVoterState")).toEqual([
    "0 hasVoted", "0 support", "1 deductions",
  ]);
});

test("the StakeGovernor appends to the order of the LivepeerGovernor", () => {
  expect(slotsOf("StakeGovernor")).toEqual([
    ...slotsOf("LivepeerGovernor"),
    "556 _transcoderVotes mapping(uint256 => uint256)",
    "557 _transcoderQuorumHistory struct CheckpointsUpgradeable.Trace224",
  ]);
  expect(slotsOf("DividedOwner")).toEqual(["0 owner address", "1 _authorities mapping(address => mapping(bytes4 => address))"]);
});

test("the JobsManager has the order of the launch", () => {
  expect(slotsOf("JobsManager")).toEqual(JOBS);
  expect(fieldsOf("JobsManager", "JobsState.Broadcaster")).toEqual(["0 deposit", "1 withdrawBlock"]);
  expect(fieldsOf("JobsManager", "JobsState.Job")).toEqual([
    "0 jobId", "1 streamId", "2 transcodingOptions", "3 maxPricePerSegment", "4 broadcasterAddress",
    "5 transcoderAddress", "6 creationRound", "7 creationBlock", "8 endBlock", "9 claims", "10 escrow",
  ]);
  expect(fieldsOf("JobsManager", "JobsState.Claim")).toEqual([
    "0 claimId", "1 segmentRange", "3 claimRoot", "4 claimBlock", "5 endVerificationBlock",
    "6 endVerificationSlashingBlock", "7 segmentVerifications", "8 status",
  ]);
});

test("JobsManagerV2 appends and moves nothing", () => {
  expect(slotsOf("JobsManagerV2")).toEqual([...JOBS, "12 maxSegmentsPerClaim uint256"]);
});

test("the BondingManager has the current order, and its own state after that", () => {
  expect(slotsOf("BondingManager")).toEqual([
    ...PROXY,
    "2 unbondingPeriod uint64",
    "3 delegators mapping(address => struct BondingState.Delegator)",
    "4 transcoders mapping(address => struct BondingState.Transcoder)",
    "5 currentRoundTotalActiveStake uint256",
    "6 nextRoundTotalActiveStake uint256",
    "7 transcoderPool struct SortedDoublyLL.Data",
    "12 treasuryRewardCutRate uint256",
    "13 nextRoundTreasuryRewardCutRate uint256",
    "14 treasuryBalanceCeiling uint256",
    "15 _electionCandidates mapping(uint256 => struct BondingState.ElectionCandidate[])",
  ]);
  expect(fieldsOf("BondingManager", "BondingState.Delegator")).toEqual([
    "0 bondedAmount", "1 fees", "2 delegateAddress", "3 delegatedAmount", "4 startRound", "5 lastClaimRound",
    "6 nextUnbondingLockId", "7 unbondingLocks",
  ]);
  expect(fieldsOf("BondingManager", "BondingState.Transcoder")).toEqual([
    "0 lastRewardRound", "1 rewardCut", "2 feeShare", "3 earningsPoolPerRound", "4 lastActiveStakeUpdateRound",
    "5 activationRound", "6 deactivationRound", "7 activeCumulativeRewards", "8 cumulativeRewards", "9 cumulativeFees",
    "10 lastFeeRound", "11 pricePerSegment",
  ]);
  expect(fieldsOf("BondingManager", "EarningsPool.Data")).toEqual([
    "0 totalStake", "1 transcoderRewardCut", "2 transcoderFeeShare", "3 cumulativeRewardFactor", "4 cumulativeFeeFactor",
  ]);
  expect(fieldsOf("BondingManager", "SortedDoublyLL.Data")).toEqual(["0 head", "1 tail", "2 maxSize", "3 size", "4 nodes"]);
  expect(fieldsOf("BondingManager", "SortedDoublyLL.Node")).toEqual(["0 key", "1 nextId", "2 prevId"]);
});

test("every contract fits into the code size limit with room to spare", () => {
  const names = ["BondingManager", "JobsManagerV2", "PreciseMinter", "RoundsManager", "TicketBroker", "LivepeerGovernor", "StakeGovernor", "StakeTimelock"];
  for (const name of names) {
    expect((artifactOf(name).runtimeBytecode.length - 2) / 2).toBeLessThan(24_576 - 2_000);
  }
});
