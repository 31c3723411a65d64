// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ScaledMinter} from "./ScaledMinter.sol";

/// @title Minter of today: rates in parts of 1e9 (LIP-40)
/// @notice Behind the getters and setters of the launch the same number means a thousandth of what it meant there: 137
/// parts per million are 137,000 here.
contract PreciseMinter is ScaledMinter {
    constructor(
        address initialController,
        uint256 initialInflation,
        uint256 initialInflationChange,
        uint256 initialTargetBondingRate
    ) ScaledMinter(initialController, initialInflation, initialInflationChange, initialTargetBondingRate) {}

    /// The tokens that inflation is a share of. On a chain that has all of them, the supply of the token.
    function getGlobalTotalSupply() external view returns (uint256) {
        return _totalSupply();
    }

    /// @inheritdoc ScaledMinter
    function PERC_DIVISOR() public pure override returns (uint256) {
        return 1e9;
    }
}
