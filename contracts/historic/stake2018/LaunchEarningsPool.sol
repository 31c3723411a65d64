// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Percentage} from "../../math/Percentage.sol";

/// @title What one transcoder and its delegators share of one round, as at the 2018 launch
/// @notice Claims are paid from the pool and make it smaller; what is left is shared by the stake that has not claimed.
/// @dev A commission is a part of what is left when the transcoder claims, so shares depend on who claims first. That is
/// how it was. Storage, relative: 0 rewardPool, 1 feePool, 2 totalStake, 3 claimableStake, 4 transcoderRewardCut,
/// 5 transcoderFeeShare.
library LaunchEarningsPool {
    struct Data {
        uint256 rewardPool;
        uint256 feePool;
        uint256 totalStake;
        uint256 claimableStake;
        uint256 transcoderRewardCut;
        uint256 transcoderFeeShare;
    }

    /// Begins the pool of a round with the transcoder's stake and terms.
    function begin(Data storage self, uint256 stake, uint256 rewardCut, uint256 feeShare) internal {
        self.totalStake = stake;
        self.claimableStake = stake;
        self.transcoderRewardCut = rewardCut;
        self.transcoderFeeShare = feeShare;
    }

    /// Takes the shares of `stake` out of the pool.
    function claim(Data storage self, uint256 stake, bool isTranscoder) internal returns (uint256 rewards, uint256 fees) {
        (rewards, fees) = shares(self, stake, isTranscoder);
        self.rewardPool -= rewards;
        self.feePool -= fees;
        self.claimableStake -= stake;
    }

    /// What `stake` could take out of the pool now.
    function shares(Data storage self, uint256 stake, bool isTranscoder)
        internal
        view
        returns (uint256 rewards, uint256 fees)
    {
        if (self.claimableStake == 0) return (0, 0);
        uint256 commission = Percentage.percentOf(self.rewardPool, self.transcoderRewardCut);
        uint256 sharedFees = Percentage.percentOf(self.feePool, self.transcoderFeeShare);
        uint256 points = stake * Percentage.ONE / self.claimableStake;
        rewards = Percentage.percentOf(self.rewardPool - commission, points);
        fees = Percentage.percentOf(sharedFees, points);
        if (!isTranscoder) return (rewards, fees);
        rewards += commission;
        fees += self.feePool - sharedFees;
    }
}
