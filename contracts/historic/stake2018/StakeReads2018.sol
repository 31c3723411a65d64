// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SortedDoublyLL} from "../../bonding/SortedDoublyLL.sol";
import {LaunchEarningsPool} from "./LaunchEarningsPool.sol";
import {StakeWork2018} from "./StakeWork2018.sol";

/// @title What can be read of the stake of 2018, by the names of the launch
/// @dev Without storage of its own.
abstract contract StakeReads2018 is StakeWork2018 {
    using LaunchEarningsPool for LaunchEarningsPool.Data;
    using SortedDoublyLL for SortedDoublyLL.Data;

    /// Stake of `account` with everything earned up to `endRound`, in units of 1e-18 LPT.
    function pendingStake(address account, uint256 endRound) external view returns (uint256 stake) {
        (stake,) = _pending(account, endRound);
    }

    /// Fees of `account` with everything earned up to `endRound`, in wei.
    function pendingFees(address account, uint256 endRound) external view returns (uint256 fees) {
        (, fees) = _pending(account, endRound);
    }

    /// A transcoder's last reward, its terms, and those it asked for.
    function getTranscoder(address account)
        external
        view
        returns (
            uint256 lastRewardRound,
            uint256 rewardCut,
            uint256 feeShare,
            uint256 pricePerSegment,
            uint256 pendingRewardCut,
            uint256 pendingFeeShare,
            uint256 pendingPricePerSegment
        )
    {
        Transcoder storage self = transcoders[account];
        return (
            self.lastRewardRound,
            self.rewardCut,
            self.feeShare,
            self.pricePerSegment,
            self.pendingRewardCut,
            self.pendingFeeShare,
            self.pendingPricePerSegment
        );
    }

    /// What is left of the earnings of `account` in `round`, and the stake that shares them.
    function getTranscoderEarningsPoolForRound(address account, uint256 round)
        external
        view
        returns (uint256 rewardPool, uint256 feePool, uint256 totalStake, uint256 claimableStake)
    {
        LaunchEarningsPool.Data storage pool = transcoders[account].earningsPoolPerRound[round];
        return (pool.rewardPool, pool.feePool, pool.totalStake, pool.claimableStake);
    }

    /// All stake that is bonded, with rewards that nobody has claimed, in units of 1e-18 LPT.
    function getTotalBonded() external view returns (uint256) {
        return totalBonded;
    }

    /// All stake delegated to `account`, its own included.
    function transcoderTotalStake(address account) external view returns (uint256) {
        return _delegator(account).delegatedAmount;
    }

    /// Whether `account` has a place in the pool.
    function isRegisteredTranscoder(address account) external view returns (bool) {
        return transcoderPool.contains(account);
    }

    /// Whether `account` is active in `round`.
    function isActiveTranscoder(address account, uint256 round) external view returns (bool) {
        return activeTranscoderSet[round].isActive[account];
    }

    /// How many transcoders the pool may hold.
    function getTranscoderPoolMaxSize() external view returns (uint256) {
        return transcoderPool.maxSize;
    }

    /// How many transcoders the pool holds.
    function getTranscoderPoolSize() external view returns (uint256) {
        return transcoderPool.size;
    }

    /// The transcoder with the most stake; null when the pool is empty.
    function getFirstTranscoderInPool() external view returns (address) {
        return transcoderPool.head;
    }

    /// The transcoder after `account`; null at the end.
    function getNextTranscoderInPool(address account) external view returns (address) {
        return transcoderPool.getNext(account);
    }

    function _pending(address account, uint256 endRound) private view returns (uint256 stake, uint256 fees) {
        LaunchDelegator storage self = _delegator(account);
        (stake, fees) = (self.bondedAmount, self.fees);
        if (endRound <= self.lastClaimRound || endRound > _currentRound()) {
            revert BondingClaimOutOfRange(self.lastClaimRound, endRound);
        }
        address delegate = self.delegateAddress;
        if (delegate == address(0)) return (stake, fees);
        for (uint256 round = self.lastClaimRound + 1; round <= endRound; ++round) {
            LaunchEarningsPool.Data storage pool = transcoders[delegate].earningsPoolPerRound[round];
            (uint256 rewards, uint256 earnedFees) = pool.shares(stake, delegate == account);
            stake += rewards;
            fees += earnedFees;
        }
    }
}
