// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingManager} from "../bonding/BondingManager.sol";
import {EarningsPool} from "../bonding/EarningsPool.sol";

/// @title BondingManager whose cumulative factors have 6 digits, as before LIP-71
/// @notice A factor of 1 is 1,000,000. What a round earns below a millionth of the stake is lost to its delegators and stays
/// in the vault for nobody.
/// @dev For rehearsals of a change of scale. Every sum with factors takes its scale from the factor it starts from, so it is
/// enough to give each delegate a first one: in its round 0, where lookups end that find nothing newer. Storage is that of
/// BondingManager.
contract BondingManagerCoarseFactors2020 is BondingManager {
    uint256 private constant ONE = 1e6;

    constructor(address initialController) BondingManager(initialController) {}

    /// @dev Runs before anything is delegated to `delegate`, so nothing is ever measured without a first factor.
    function _freezeFactors(address delegate, uint256 round) internal override {
        EarningsPool.Data storage first = transcoders[delegate].earningsPoolPerRound[0];
        if (first.cumulativeRewardFactor == 0) first.cumulativeRewardFactor = ONE;
        super._freezeFactors(delegate, round);
    }
}
