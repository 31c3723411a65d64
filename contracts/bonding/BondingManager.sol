// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingState} from "./BondingState.sol";
import {BondingWork} from "./BondingWork.sol";
import {SortedDoublyLL} from "./SortedDoublyLL.sol";

/// @title BondingManager
/// @notice Stake, delegation, the set of active transcoders, rewards, fees and penalties. Earnings follow LIP-36
/// (cumulative factors) and stake leaves in parts through unbonding locks, as in the deployed protocol; prices per
/// segment, elections and fees by job are those of the 2018 launch, which the JobsManager needs.
/// @dev Behind a ManagerProxy. The parts, each on top of the one before: BondingState (all storage),
/// BondingCheckpoints, BondingTreasury, BondingEarnings, TranscoderPool, BondingDelegation, BondingForOthers,
/// BondingWork.
contract BondingManager is BondingWork {
    using SortedDoublyLL for SortedDoublyLL.Data;

    constructor(address initialController) BondingState(initialController) {}

    /// Sets the rounds between unbonding and withdrawing. Locks that exist keep their round.
    function setUnbondingPeriod(uint64 newUnbondingPeriod) external onlyControllerOwner {
        unbondingPeriod = newUnbondingPeriod;
        emit ParameterUpdate("unbondingPeriod");
    }

    /// Sets how many transcoders can be active at once. It can only grow.
    function setNumActiveTranscoders(uint256 numActiveTranscoders) external onlyControllerOwner {
        uint256 current = transcoderPool.maxSize;
        if (numActiveTranscoders <= current) revert BondingPoolCannotShrink(numActiveTranscoders, current);
        transcoderPool.setMaxSize(numActiveTranscoders);
        emit ParameterUpdate("numActiveTranscoders");
    }
}
