// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Percentage} from "../math/Percentage.sol";
import {ScaledMinter} from "./ScaledMinter.sol";

/// @title Minter of the 2018 launch: rates in parts per million
contract Minter is ScaledMinter {
    constructor(
        address initialController,
        uint256 initialInflation,
        uint256 initialInflationChange,
        uint256 initialTargetBondingRate
    ) ScaledMinter(initialController, initialInflation, initialInflationChange, initialTargetBondingRate) {}

    /// @inheritdoc ScaledMinter
    function PERC_DIVISOR() public pure override returns (uint256) {
        return Percentage.ONE;
    }
}
