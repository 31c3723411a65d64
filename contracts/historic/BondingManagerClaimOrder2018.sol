// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingManager} from "../bonding/BondingManager.sol";
import {EarningsPool} from "../bonding/EarningsPool.sol";
import {Percentage} from "../math/Percentage.sol";

/// @title BondingManager with the fault of August 2018: never deploy it where stake is real
/// @notice What a delegator gets depends on who claims first. When a transcoder claims in a round it was rewarded in, its
/// commission is taken once more from what is still unclaimed of that reward; delegators who claim before it lose nothing,
/// those who claim after it get less, and the difference stays in the vault for nobody. BondingManager is the repair.
/// @dev For rehearsals. In 2018 each round had a pool that every claim was paid from, and the commission was a part of what
/// was left in it. There is no such pool with cumulative factors, so this build lowers the factor of the round instead. It
/// differs in that only the last reward is affected, not every unclaimed round, that a delegator who claims first leaves
/// the others' shares as they are, and that fees are shared soundly. Storage is that of BondingManager, so a target of
/// either can replace the other.
contract BondingManagerClaimOrder2018 is BondingManager {
    constructor(address initialController) BondingManager(initialController) {}

    /// @dev The commission was kept apart already when the reward was booked: this takes it from the delegators again.
    function _ownEarningsClaimed(Transcoder storage transcoder, uint256 round) internal override {
        if (transcoder.lastRewardRound != round) return;
        EarningsPool.Data storage pool = transcoder.earningsPoolPerRound[round];
        uint256 earned = pool.cumulativeRewardFactor - _factorsAt(transcoder, round - 1).reward;
        pool.cumulativeRewardFactor -= Percentage.percentOf(earned, pool.transcoderRewardCut);
    }
}
