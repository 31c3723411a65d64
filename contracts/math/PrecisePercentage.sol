// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Fractions with 27 digits, the scale of the cumulative factors
/// @dev 1e27 is 100%. Rounds down twice like the rewards of a Minter, at a precision where the loss is dust.
library PrecisePercentage {
    uint256 internal constant ONE = 1e27;

    /// `numerator / denominator` of `amount`.
    function fractionOf(uint256 amount, uint256 numerator, uint256 denominator) internal pure returns (uint256) {
        return Math.mulDiv(amount, Math.mulDiv(numerator, ONE, denominator), ONE);
    }
}
