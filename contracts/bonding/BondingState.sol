// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ManagerProxyTarget} from "../registry/ManagerProxyTarget.sol";
import {IRoundsManager} from "../rounds/IRoundsManager.sol";
import {ILivepeerToken} from "../token/ILivepeerToken.sol";
import {IMinter} from "../token/IMinter.sol";
import {EarningsPool} from "./EarningsPool.sol";
import {IBondingManager} from "./IBondingManager.sol";
import {SortedDoublyLL} from "./SortedDoublyLL.sol";

/// @title All state of the BondingManager, and who may touch it
/// @dev The parts of the contract inherit this one and declare no variable, so the order below is the layout.
///
///     0 controller, 1 targetContractId               proxy
///     2 unbondingPeriod                              2..14 as in the deployed protocol
///     3 delegators           4 transcoders
///     5 currentRoundTotalActiveStake   6 nextRoundTotalActiveStake
///     7..11 transcoderPool
///     12 treasuryRewardCutRate   13 nextRoundTreasuryRewardCutRate   14 treasuryBalanceCeiling
///     15 _electionCandidates                         ours, for the elections of the JobsManager
///
/// Anything else is appended after 15. `pricePerSegment` is appended to `Transcoder`, which is only reached through a
/// mapping and may grow.
abstract contract BondingState is ManagerProxyTarget, IBondingManager {
    enum DelegatorStatus {
        Pending,
        Bonded,
        Unbonded
    }

    enum TranscoderStatus {
        NotRegistered,
        Registered
    }

    struct Transcoder {
        uint256 lastRewardRound;
        uint256 rewardCut;
        uint256 feeShare;
        mapping(uint256 round => EarningsPool.Data pool) earningsPoolPerRound;
        uint256 lastActiveStakeUpdateRound;
        uint256 activationRound;
        uint256 deactivationRound;
        uint256 activeCumulativeRewards;
        uint256 cumulativeRewards;
        uint256 cumulativeFees;
        uint256 lastFeeRound;
        uint256 pricePerSegment;
    }

    struct Delegator {
        uint256 bondedAmount;
        uint256 fees;
        address delegateAddress;
        uint256 delegatedAmount;
        uint256 startRound;
        uint256 lastClaimRound;
        uint256 nextUnbondingLockId;
        mapping(uint256 id => UnbondingLock lock) unbondingLocks;
    }

    struct UnbondingLock {
        uint256 amount;
        uint256 withdrawRound;
    }

    /// Two neighbours in the pool between which a changed key is expected; null when unknown.
    struct Hint {
        address prev;
        address next;
    }

    /// An active transcoder as it stood when the round began. Stake in units of 1e-18 LPT, price in wei.
    struct ElectionCandidate {
        address transcoder;
        uint96 stake;
        uint256 pricePerSegment;
    }

    /// @dev Stands for "not deactivated".
    uint256 internal constant NEVER = type(uint256).max;

    /// Rounds between unbonding and withdrawing.
    uint64 public unbondingPeriod;

    mapping(address account => Delegator delegator) internal delegators;

    mapping(address account => Transcoder transcoder) internal transcoders;

    /// Stake that is active in the current round.
    uint256 public currentRoundTotalActiveStake;

    /// @inheritdoc IBondingManager
    uint256 public nextRoundTotalActiveStake;

    /// @dev The set of the next round, sorted by stake.
    SortedDoublyLL.Data internal transcoderPool;

    /// The treasury's part of rewards in the current round, with 27 digits.
    uint256 public treasuryRewardCutRate;

    /// The treasury's part of rewards from the next round on, with 27 digits.
    uint256 public nextRoundTreasuryRewardCutRate;

    /// Balance of the treasury from which on it gets no more, in units of 1e-18 LPT; zero for no limit.
    uint256 public treasuryBalanceCeiling;

    mapping(uint256 round => ElectionCandidate[] candidates) internal _electionCandidates;

    modifier onlyRoundsManager() {
        _requireCaller("RoundsManager");
        _;
    }

    modifier onlyJobsManager() {
        _requireCaller("JobsManager");
        _;
    }

    /// @dev Whoever pays for work. With tickets both names are the same contract.
    modifier onlyJobsManagerOrTicketBroker() {
        if (msg.sender != _registered("TicketBroker")) _requireCaller("JobsManager");
        _;
    }

    modifier currentRoundInitialized() {
        if (!_roundsManager().currentRoundInitialized()) revert BondingRoundNotInitialized();
        _;
    }

    constructor(address initialController) ManagerProxyTarget(initialController) {}

    /// @inheritdoc IBondingManager
    function isRegisteredTranscoder(address account) public view returns (bool) {
        Delegator storage delegator = delegators[account];
        return delegator.delegateAddress == account && delegator.bondedAmount > 0;
    }

    /// @inheritdoc IBondingManager
    function isActiveTranscoder(address account) public view returns (bool) {
        Transcoder storage transcoder = transcoders[account];
        uint256 round = _currentRound();
        return transcoder.activationRound <= round && round < transcoder.deactivationRound;
    }

    /// @inheritdoc IBondingManager
    function transcoderTotalStake(address account) public view returns (uint256) {
        return delegators[account].delegatedAmount;
    }

    /// Pending until the round after bonding begins, then bonded; unbonded without stake.
    function delegatorStatus(address account) public view returns (DelegatorStatus) {
        Delegator storage delegator = delegators[account];
        if (delegator.bondedAmount == 0) return DelegatorStatus.Unbonded;
        if (delegator.startRound > _currentRound()) return DelegatorStatus.Pending;
        return DelegatorStatus.Bonded;
    }

    function _currentRound() internal view returns (uint256) {
        return _roundsManager().currentRound();
    }

    function _roundsManager() internal view returns (IRoundsManager) {
        return IRoundsManager(_registered("RoundsManager"));
    }

    function _minter() internal view returns (IMinter) {
        return IMinter(_registered("Minter"));
    }

    function _token() internal view returns (ILivepeerToken) {
        return ILivepeerToken(_registered("LivepeerToken"));
    }

    function _requireCaller(string memory required) private view {
        if (msg.sender != _registered(required)) revert BondingUnauthorizedCaller(msg.sender, required);
    }
}
