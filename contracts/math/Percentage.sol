// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Fractions in parts per million
/// @dev 1,000,000 is 100%. Every operation rounds down.
library Percentage {
    uint256 internal constant ONE = 1_000_000;

    /// Whether `points` lies within 0% and 100%.
    function isValid(uint256 points) internal pure returns (bool) {
        return points <= ONE;
    }

    /// `points` parts per million of `amount`.
    function percentOf(uint256 amount, uint256 points) internal pure returns (uint256) {
        return amount * points / ONE;
    }
}
