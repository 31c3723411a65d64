// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Percentage} from "../../math/Percentage.sol";
import {PrecisePercentage} from "../../math/PrecisePercentage.sol";
import {Test} from "../support/Test.sol";

contract PercentageTest is Test {
    function test_isValid_includesAllOfIt() public pure {
        assertTrue(Percentage.isValid(0));
        assertTrue(Percentage.isValid(1_000_000));
        assertFalse(Percentage.isValid(1_000_001));
    }

    function testFuzz_percentOf_isBelowTheAmountByLessThanOneUnit(uint128 amount, uint256 points) public pure {
        points = bound(points, 0, 1_000_000);
        uint256 part = Percentage.percentOf(amount, points);
        assertLe(part, amount, "part");
        assertLe(part * 1_000_000, uint256(amount) * points, "rounds down");
        assertGe((part + 1) * 1_000_000, uint256(amount) * points, "by less than one");
    }

    function testFuzz_precise_losesAtMostDust(uint96 amount, uint96 numerator, uint96 denominator) public pure {
        vm.assume(denominator > 0 && numerator <= denominator);
        uint256 exact = uint256(amount) * numerator / denominator;
        uint256 part = PrecisePercentage.fractionOf(amount, numerator, denominator);
        assertLe(part, exact, "never more than exact");
        // One from the cut of the result, and the amount in units of 1e27 from the cut of the fraction.
        assertLe(exact - part, uint256(amount) / 1e27 + 1, "loss");
    }
}
