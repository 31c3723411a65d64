// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EarningsPool} from "../bonding/EarningsPool.sol";
import {BondingManager} from "../bonding/BondingManager.sol";
import {PrecisePercentage} from "../math/PrecisePercentage.sol";

/// @title BondingManager with the fault of January 2021: never deploy it where stake is real
/// @notice A claim that ends, or a bond that begins, in a round in which the transcoder has no factors leaves none there.
/// The next claim then starts from factors of nothing, and gets everything the transcoder's delegators ever earned once
/// more, in stake and in fees. BondingManager is the repair where no newer factors passed such a round; stake that was
/// claimed with the fault stays, and so do the rounds that newer factors passed: they need a repair of their own.
/// @dev For rehearsals. The next reward writes the reward factor of the round before, so a fault in stake lasts only when
/// a claim or a missed round comes first. Storage is that of BondingManager, so a target of either can replace the other.
contract BondingManagerZeroStartFactors2021 is BondingManager {
    constructor(address initialController) BondingManager(initialController) {}

    /// @dev What was forgotten.
    function _freezeFactors(address, uint256) internal override {}

    /// @dev The start of a claim was looked up in its own round and nowhere else.
    function _startFactors(Transcoder storage transcoder, uint256 round)
        internal
        view
        override
        returns (EarningsPool.Factors memory factors)
    {
        EarningsPool.Data storage pool = transcoder.earningsPoolPerRound[round];
        factors.reward = pool.cumulativeRewardFactor == 0 ? PrecisePercentage.ONE : pool.cumulativeRewardFactor;
        factors.fee = pool.cumulativeFeeFactor;
    }
}
