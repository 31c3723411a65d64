// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PrecisePercentage} from "../math/PrecisePercentage.sol";

/// @title One transcoder's terms and cumulative factors in one round (LIP-36)
/// @dev The reward factor grows by the share of stake that delegators earn; the fee factor sums fees per unit of the
/// stake at the base factor. Both have 27 digits. A reward factor of zero stands for 1. Storage, relative: 0 totalStake,
/// 1 transcoderRewardCut, 2 transcoderFeeShare, 3 cumulativeRewardFactor, 4 cumulativeFeeFactor.
library EarningsPool {
    struct Data {
        uint256 totalStake;
        uint256 transcoderRewardCut;
        uint256 transcoderFeeShare;
        uint256 cumulativeRewardFactor;
        uint256 cumulativeFeeFactor;
    }

    /// Factors as a value, the reward factor never zero.
    struct Factors {
        uint256 reward;
        uint256 fee;
    }

    /// Books `rewards` of the delegators on top of the factors `previous`.
    function addRewards(Data storage self, Factors memory previous, uint256 rewards) internal {
        self.cumulativeRewardFactor =
            previous.reward + PrecisePercentage.fractionOf(previous.reward, rewards, self.totalStake);
    }

    /// Books `fees` of the delegators: `previous` are the factors at the end of the round before.
    function addFees(Data storage self, Factors memory previous, uint256 fees) internal {
        uint256 base = self.cumulativeFeeFactor == 0 ? previous.fee : self.cumulativeFeeFactor;
        self.cumulativeFeeFactor = base + PrecisePercentage.fractionOf(previous.reward, fees, self.totalStake);
    }
}
