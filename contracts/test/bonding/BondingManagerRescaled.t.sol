// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingManagerRescaled} from "../../bonding/BondingManagerRescaled.sol";
import {BondingManagerCoarseFactors2020} from "../../historic/BondingManagerCoarseFactors2020.sol";
import {BondingManagerForgottenFees2021} from "../../historic/BondingManagerForgottenFees2021.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

/// @dev A transcoder with 700 LPT and a delegator with 333, after two rounds with reward and fees.
contract BondingManagerRescaledTest is LaunchProtocol {
    address private t;
    address private d;

    function setUp() public override {
        super.setUp();
        (t, d) = (account("t"), account("d"));
        bondTranscoder(t, 700 * LPT, 100_000, 500_000);
        bond(d, 333 * LPT, t);
        for (uint256 i = 0; i < 2; ++i) {
            nextRound();
            reward(t);
            payFees(t, 1 ether);
        }
        // A round of fees alone: a fee factor without a reward factor beside it.
        nextRound();
        payFees(t, 1 ether);
    }

    function newBondingTarget() internal override returns (address) {
        return address(new BondingManagerCoarseFactors2020(address(controller)));
    }

    function test_coarseFactors_loseWhatIsLessThanAMillionth() public view {
        (,,, uint256 rewardFactor,) = bonding.getTranscoderEarningsPoolForRound(t, rounds.currentRound() - 1);
        assertTrue(rewardFactor > 1e6 && rewardFactor < 1e8, "6 digits");
        assertLe(pendingStake(t) + pendingStake(d), token.balanceOf(address(minter)), "what can be claimed");
    }

    function test_rescaleFactors_changesBothInAllRoundsOnce() public {
        (uint256 stake, uint256 fees) = (pendingStake(d), pendingFees(d));
        BondingManagerRescaled next = upgrade(address(new BondingManagerRescaled(address(controller))));
        assertTrue(next.hasCoarseFactors(t));
        for (uint256 i = 0; i < 2; ++i) next.rescaleFactors(list());
        assertFalse(next.hasCoarseFactors(t));
        uint256 round = rounds.currentRound();
        for (uint256 i = round - 2; i <= round; ++i) {
            (,,, uint256 rewardFactor, uint256 feeFactor) = next.getTranscoderEarningsPoolForRound(t, i);
            assertTrue(rewardFactor == 0 || rewardFactor >= 1e27, "reward factor");
            assertTrue(feeFactor == 0 || feeFactor > 1e21, "fee factor");
        }
        // The quotient of two factors is the same: nothing moves but what was cut off from it.
        assertNear(pendingStake(d), stake, stake / 1e6, "stake");
        assertNear(pendingFees(d), fees, fees / 1e5, "fees");
        assertGe(pendingStake(d), stake, "no less stake");
        assertLe(pendingStake(t) + pendingStake(d), token.balanceOf(address(minter)), "what can be claimed");
        assertLe(pendingFees(t) + pendingFees(d), address(minter).balance, "fees that can be claimed");
    }

    function test_rescaleFactors_goOnAsIfTheyHadAlwaysBeenFine() public {
        upgrade(address(new BondingManagerRescaled(address(controller)))).rescaleFactors(list());
        nextRound();
        reward(t);
        payFees(t, 1 ether);
        vm.prank(d);
        bonding.claimEarnings(0);
        nextRound();
        reward(t);
        vm.prank(t);
        bonding.claimEarnings(0);
        assertLe(pendingStake(t) + pendingStake(d), token.balanceOf(address(minter)), "what can be claimed");
        assertNear(
            pendingStake(t) + pendingStake(d), token.balanceOf(address(minter)), LPT / 10, "only what was cut off is lost"
        );
    }

    function test_upgrade_aloneChangesNothing() public {
        (uint256 stake, uint256 fees) = (pendingStake(d), pendingFees(d));
        upgrade(address(new BondingManagerRescaled(address(controller))));
        assertEq(pendingStake(d), stake);
        assertEq(pendingFees(d), fees);
    }

    function test_forgottenFees_shrinkToNothing() public {
        uint256 fees = pendingFees(d);
        upgrade(address(new BondingManagerForgottenFees2021(address(controller)))).rescaleFactors(list());
        assertTrue(fees > 0.4 ether);
        assertTrue(pendingFees(d) < 1e6, "fees are gone");
    }

    function test_rescaleFactors_passesOverWhoHasFineOnes() public {
        BondingManagerRescaled next = upgrade(address(new BondingManagerRescaled(address(controller))));
        address late = account("late");
        bond(late, LPT, late);
        assertFalse(next.hasCoarseFactors(late));
        assertFalse(next.hasCoarseFactors(address(1)));
    }

    function upgrade(address target) private returns (BondingManagerRescaled) {
        register("BondingManagerTarget", target);
        return BondingManagerRescaled(address(bonding));
    }

    function list() private view returns (address[] memory accounts) {
        accounts = new address[](2);
        (accounts[0], accounts[1]) = (t, d);
    }
}
