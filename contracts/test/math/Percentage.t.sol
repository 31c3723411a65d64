// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Percentage} from "../../math/Percentage.sol";
import {PrecisePercentage} from "../../math/PrecisePercentage.sol";
import {Test} from "../support/Test.sol";

contract PercentageTest is Test {
    uint256 private constant LPT = 1e18;

    function test_fractionOf_cutsTheFractionBeforeItMultiplies() public pure {
        assertEq(Percentage.fractionOf(1_400 * LPT, 1, 3), 466.6662 ether);
    }

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

    function testFuzz_fractionOf_losesAtMostAMillionth(uint128 amount, uint96 numerator, uint96 denominator) public pure {
        vm.assume(denominator > 0 && numerator <= denominator);
        uint256 exact = uint256(amount) * numerator / denominator;
        uint256 part = Percentage.fractionOf(amount, numerator, denominator);
        assertLe(part, exact, "never more than exact");
        assertLe(exact - part, uint256(amount) / 1_000_000 + 1, "loss");
    }

    function testFuzz_fractionOf_ofParts_isNeverMoreThanTheWhole(uint96 amount, uint64 first, uint64 second, uint64 third)
        public
        pure
    {
        uint256 total = uint256(first) + second + third;
        vm.assume(total > 0);
        uint256 sum = Percentage.fractionOf(amount, first, total) + Percentage.fractionOf(amount, second, total)
            + Percentage.fractionOf(amount, third, total);
        assertLe(sum, amount, "sum of parts");
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
