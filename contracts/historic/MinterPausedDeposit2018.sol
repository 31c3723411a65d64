// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Minter} from "../token/Minter.sol";
import {ScaledMinter} from "../token/ScaledMinter.sol";

/// @title Minter with the deadlock of the 2018 launch: nothing can ever be moved into it
/// @notice `migrateToNewMinter` wants a stopped protocol and ends with `depositETH` of the new Minter, which here wants a
/// running one. Between two of these no order of calls works, with ether or without. Minter is the repair: what moves
/// out of this one goes into it.
/// @dev For rehearsals of a Minter's replacement.
contract MinterPausedDeposit2018 is Minter {
    constructor(
        address initialController,
        uint256 initialInflation,
        uint256 initialInflationChange,
        uint256 initialTargetBondingRate
    ) Minter(initialController, initialInflation, initialInflationChange, initialTargetBondingRate) {}

    /// @inheritdoc ScaledMinter
    /// @dev Takes nothing while the protocol is stopped.
    function depositETH() external payable override onlyMinterOrJobsManager whenSystemNotPaused returns (bool) {
        return true;
    }
}
