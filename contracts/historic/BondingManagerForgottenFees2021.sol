// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingManager} from "../bonding/BondingManager.sol";
import {EarningsPool} from "../bonding/EarningsPool.sol";

/// @title BondingManager with the fault of March 2021: never deploy it where stake is real
/// @notice It brings reward factors to 27 digits and leaves fee factors at 6. Fees are a difference of fee factors over a
/// reward factor, so all that was earned and not yet claimed shrinks to nothing. BondingManagerRescaled does both.
/// @dev For rehearsals. Storage is that of BondingManager.
contract BondingManagerForgottenFees2021 is BondingManager {
    constructor(address initialController) BondingManager(initialController) {}

    /// Does what BondingManagerRescaled does, but for the sibling.
    function rescaleFactors(address[] calldata accounts) external {
        uint256 round = _currentRound();
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (!hasCoarseFactors(accounts[i])) continue;
            for (uint256 past = 0; past <= round; ++past) {
                EarningsPool.Data storage pool = transcoders[accounts[i]].earningsPoolPerRound[past];
                pool.cumulativeRewardFactor *= 1e21;
            }
        }
    }

    /// Whether the reward factors of `account` have 6 digits.
    function hasCoarseFactors(address account) public view returns (bool) {
        return transcoders[account].earningsPoolPerRound[0].cumulativeRewardFactor == 1e6;
    }
}
