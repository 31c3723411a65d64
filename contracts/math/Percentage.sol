// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Fractions in parts per million
/// @dev 1,000,000 is 100%. Every operation rounds down. `fractionOf` rounds twice: the fraction is cut to six digits
/// before it multiplies, so a third of 1,400 is 466.6662. Existing balances depend on this; it is not an oversight.
library Percentage {
    uint256 internal constant ONE = 1_000_000;

    /// Whether `points` lies within 0% and 100%.
    function isValid(uint256 points) internal pure returns (bool) {
        return points <= ONE;
    }

    /// The fraction `numerator / denominator` in parts per million.
    function fraction(uint256 numerator, uint256 denominator) internal pure returns (uint256) {
        return numerator * ONE / denominator;
    }

    /// `points` parts per million of `amount`.
    function percentOf(uint256 amount, uint256 points) internal pure returns (uint256) {
        return amount * points / ONE;
    }

    /// `numerator / denominator` of `amount`, at a precision of six digits.
    function fractionOf(uint256 amount, uint256 numerator, uint256 denominator) internal pure returns (uint256) {
        return percentOf(amount, fraction(numerator, denominator));
    }
}
