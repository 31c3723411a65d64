// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Percentage} from "../math/Percentage.sol";
import {PrecisePercentage} from "../math/PrecisePercentage.sol";
import {BondingForOthers} from "./BondingForOthers.sol";
import {EarningsPool} from "./EarningsPool.sol";
import {IBondingManager} from "./IBondingManager.sol";
import {SortedDoublyLL} from "./SortedDoublyLL.sol";

/// @title What transcoders do and get: terms, rewards, fees, penalties
abstract contract BondingWork is BondingForOthers {
    using EarningsPool for EarningsPool.Data;
    using SortedDoublyLL for SortedDoublyLL.Data;

    /// Sets the caller's terms: the part of rewards it keeps and the part of fees it gives away, parts per million. Joins
    /// the pool when there is room.
    function transcoder(uint256 rewardCut, uint256 feeShare) external {
        transcoderWithHint(rewardCut, feeShare, address(0), address(0));
    }

    /// Sets the caller's terms and its price per segment in wei, as at the 2018 launch. The price counts in elections
    /// from the next round on.
    function transcoder(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment) external {
        transcoders[msg.sender].pricePerSegment = pricePerSegment;
        transcoderWithHint(rewardCut, feeShare, address(0), address(0));
        emit TranscoderUpdate(msg.sender, rewardCut, feeShare, pricePerSegment, transcoderPool.contains(msg.sender));
    }

    /// Mints the caller's part of this round's inflation for itself and its delegators. Once per round.
    function reward() external {
        rewardWithHint(address(0), address(0));
    }

    /// @inheritdoc IBondingManager
    /// @dev The transcoder alone pays, its delegators do not. Its earnings are claimed first, so that the penalty is a
    /// part of all it has. It leaves the pool and the active set at once.
    function slashTranscoder(address account, address finder, uint256 slashAmount, uint256 finderFee)
        external
        whenSystemNotPaused
        onlyJobsManager
        currentRoundInitialized
    {
        _claimEarnings(account);
        Delegator storage delegator = delegators[account];
        uint256 penalty = Percentage.percentOf(delegator.bondedAmount, slashAmount);
        uint256 finderReward = finder == address(0) ? 0 : Percentage.percentOf(penalty, finderFee);

        address delegate = delegator.delegateAddress;
        if (transcoderPool.contains(account)) _leavePool(account, _currentRound());
        if (penalty > 0) {
            delegator.bondedAmount -= penalty;
            _decreaseTotalStake(delegate, penalty, Hint(address(0), address(0)));
            if (delegator.bondedAmount == 0) {
                delegator.delegateAddress = address(0);
                delegator.startRound = 0;
            }
        }
        _checkpointBoth(account, delegate);
        emit TranscoderSlashed(account, finder, penalty, finderReward);

        if (finderReward > 0) _minter().trustedTransferTokens(finder, finderReward);
        if (penalty > finderReward) _minter().trustedBurnTokens(penalty - finderReward);
    }

    /// @inheritdoc IBondingManager
    /// @dev Fees always count in the current round, whatever round they were earned in. Only an active transcoder can be
    /// paid: without a stake of this round the factors would promise delegators more than was paid in.
    function updateTranscoderWithFees(address account, uint256 fees, uint256)
        external
        whenSystemNotPaused
        onlyJobsManagerOrTicketBroker
        currentRoundInitialized
    {
        if (!isRegisteredTranscoder(account)) revert BondingTranscoderNotRegistered(account);
        if (!isActiveTranscoder(account)) revert BondingTranscoderNotActive(account);

        uint256 round = _currentRound();
        Transcoder storage self = transcoders[account];
        EarningsPool.Data storage pool = self.earningsPoolPerRound[round];
        uint256 ownRewards = self.activeCumulativeRewards;
        if (self.lastRewardRound < round) {
            // The reward of this round would have set all three.
            pool.transcoderRewardCut = self.rewardCut;
            pool.transcoderFeeShare = self.feeShare;
            _carryStakeInto(account, round);
            ownRewards = self.cumulativeRewards;
        }

        uint256 shared = Percentage.percentOf(fees, pool.transcoderFeeShare);
        self.cumulativeFees += fees - shared + PrecisePercentage.fractionOf(shared, ownRewards, pool.totalStake);
        EarningsPool.Factors memory before = _factorsAt(self, round - 1);
        pool.addFees(before, shared);
        self.lastFeeRound = round;
    }

    /// `transcoder`, naming the caller's neighbours in the pool.
    function transcoderWithHint(uint256 rewardCut, uint256 feeShare, address newPosPrev, address newPosNext)
        public
        whenSystemNotPaused
        currentRoundInitialized
    {
        if (_roundsManager().currentRoundLocked()) revert BondingRoundLocked();
        if (!Percentage.isValid(rewardCut)) revert BondingInvalidPercentage("rewardCut", rewardCut);
        if (!Percentage.isValid(feeShare)) revert BondingInvalidPercentage("feeShare", feeShare);
        if (!isRegisteredTranscoder(msg.sender)) revert BondingTranscoderNotRegistered(msg.sender);

        Transcoder storage self = transcoders[msg.sender];
        if (isActiveTranscoder(msg.sender) && self.lastRewardRound != _currentRound()) {
            revert BondingRewardNotCalled(msg.sender);
        }
        self.rewardCut = rewardCut;
        self.feeShare = feeShare;
        if (!transcoderPool.contains(msg.sender)) {
            _tryToJoinPool(msg.sender, delegators[msg.sender].delegatedAmount, Hint(newPosPrev, newPosNext));
        }
        emit TranscoderUpdate(msg.sender, rewardCut, feeShare);
    }

    /// `reward`, naming the caller's neighbours in the pool after it.
    function rewardWithHint(address newPosPrev, address newPosNext)
        public
        whenSystemNotPaused
        currentRoundInitialized
    {
        if (!isActiveTranscoder(msg.sender)) revert BondingTranscoderNotActive(msg.sender);
        uint256 round = _currentRound();
        Transcoder storage self = transcoders[msg.sender];
        if (self.lastRewardRound == round) revert BondingRewardAlreadyCalled(msg.sender);

        EarningsPool.Data storage pool = self.earningsPoolPerRound[round];
        pool.transcoderRewardCut = self.rewardCut;
        pool.transcoderFeeShare = self.feeShare;
        _carryStakeInto(msg.sender, round);

        _stopAtCeiling();
        uint256 amount = _payTreasury(_minter().createReward(pool.totalStake, currentRoundTotalActiveStake));
        _bookReward(self, pool, round, amount);
        _increaseTotalStake(msg.sender, amount, Hint(newPosPrev, newPosNext));
        _checkpoint(msg.sender);
        emit Reward(msg.sender, amount);
    }

    /// A transcoder's terms, its place in the active set, and what it earned for itself.
    function getTranscoder(address account)
        external
        view
        returns (
            uint256 lastRewardRound,
            uint256 rewardCut,
            uint256 feeShare,
            uint256 lastActiveStakeUpdateRound,
            uint256 activationRound,
            uint256 deactivationRound,
            uint256 activeCumulativeRewards,
            uint256 cumulativeRewards,
            uint256 cumulativeFees,
            uint256 lastFeeRound
        )
    {
        Transcoder storage self = transcoders[account];
        lastRewardRound = self.lastRewardRound;
        rewardCut = self.rewardCut;
        feeShare = self.feeShare;
        lastActiveStakeUpdateRound = self.lastActiveStakeUpdateRound;
        activationRound = self.activationRound;
        deactivationRound = self.deactivationRound;
        activeCumulativeRewards = self.activeCumulativeRewards;
        cumulativeRewards = self.cumulativeRewards;
        cumulativeFees = self.cumulativeFees;
        lastFeeRound = self.lastFeeRound;
    }

    /// Price per segment that `account` asks, in wei.
    function getTranscoderPricePerSegment(address account) external view returns (uint256) {
        return transcoders[account].pricePerSegment;
    }

    /// @inheritdoc IBondingManager
    function getTranscoderEarningsPoolForRound(address account, uint256 round)
        external
        view
        returns (
            uint256 totalStake,
            uint256 transcoderRewardCut,
            uint256 transcoderFeeShare,
            uint256 cumulativeRewardFactor,
            uint256 cumulativeFeeFactor
        )
    {
        EarningsPool.Data storage pool = transcoders[account].earningsPoolPerRound[round];
        totalStake = pool.totalStake;
        transcoderRewardCut = pool.transcoderRewardCut;
        transcoderFeeShare = pool.transcoderFeeShare;
        cumulativeRewardFactor = pool.cumulativeRewardFactor;
        cumulativeFeeFactor = pool.cumulativeFeeFactor;
    }

    /// Whether `account` has stake bonded to itself.
    function transcoderStatus(address account) external view returns (TranscoderStatus) {
        return isRegisteredTranscoder(account) ? TranscoderStatus.Registered : TranscoderStatus.NotRegistered;
    }

    function _bookReward(Transcoder storage self, EarningsPool.Data storage pool, uint256 round, uint256 amount)
        private
    {
        EarningsPool.Factors memory before = _factorsAt(self, round - 1);
        // Fees of this round are shared at the factor of the round before, which can no longer be looked up once this
        // round is the last with a reward.
        EarningsPool.Data storage previousPool = self.earningsPoolPerRound[round - 1];
        if (previousPool.cumulativeRewardFactor == 0) previousPool.cumulativeRewardFactor = before.reward;

        uint256 commission = Percentage.percentOf(amount, pool.transcoderRewardCut);
        uint256 shared = amount - commission;
        self.activeCumulativeRewards = self.cumulativeRewards;
        self.cumulativeRewards +=
            commission + PrecisePercentage.fractionOf(shared, self.activeCumulativeRewards, pool.totalStake);
        pool.addRewards(before, shared);
        self.lastRewardRound = round;
    }
}
