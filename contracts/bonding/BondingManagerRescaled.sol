// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingManager} from "./BondingManager.sol";
import {EarningsPool} from "./EarningsPool.sol";

/// @title BondingManager that can bring factors of 6 digits to its own 27 (LIP-71)
/// @notice The reward factor and the fee factor are read together: fees are a difference of fee factors over a reward
/// factor. So both change in one step, in all rounds of a transcoder, or in none. In 2021 the rounds were told apart by
/// number and each factor by code of its own, and each was forgotten once.
/// @dev Between the upgrade and its own step, a transcoder goes on in the scale of the factor it started from. Storage is
/// that of BondingManager.
contract BondingManagerRescaled is BondingManager {
    /// What 1 was before.
    uint256 private constant COARSE_ONE = 1e6;
    uint256 private constant STEP = 1e21;

    event FactorsRescaled(address indexed transcoder, uint256 rounds);

    constructor(address initialController) BondingManager(initialController) {}

    /// Brings the factors of each of `accounts` to 27 digits. Anyone may call it, any number of times: who has none of 6
    /// digits is passed over.
    function rescaleFactors(address[] calldata accounts) external {
        uint256 round = _currentRound();
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (hasCoarseFactors(accounts[i])) _rescale(accounts[i], round);
        }
    }

    /// Whether the factors of `account` have 6 digits: the first of all, which is 1, tells.
    function hasCoarseFactors(address account) public view returns (bool) {
        return transcoders[account].earningsPoolPerRound[0].cumulativeRewardFactor == COARSE_ONE;
    }

    /// @dev A round that has a fee factor need not have a reward factor, so each is scaled by what it is itself. Rounds are
    /// gone through here: a list that a caller gives could leave one out.
    function _rescale(address account, uint256 round) private {
        uint256 rescaled;
        for (uint256 i = 0; i <= round; ++i) {
            EarningsPool.Data storage pool = transcoders[account].earningsPoolPerRound[i];
            uint256 rewardFactor = pool.cumulativeRewardFactor;
            uint256 feeFactor = pool.cumulativeFeeFactor;
            if (rewardFactor == 0 && feeFactor == 0) continue;
            if (rewardFactor != 0) pool.cumulativeRewardFactor = rewardFactor * STEP;
            if (feeFactor != 0) pool.cumulativeFeeFactor = feeFactor * STEP;
            ++rescaled;
        }
        emit FactorsRescaled(account, rescaled);
    }
}
