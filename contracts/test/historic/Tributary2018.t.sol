// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../../bonding/IBondingManager.sol";
import {BondingManagerLaunch2018} from "../../historic/stake2018/BondingManagerLaunch2018.sol";
import {BondingManagerTributary2018} from "../../historic/stake2018/BondingManagerTributary2018.sol";
import {StakeWork2018} from "../../historic/stake2018/StakeWork2018.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

/// @dev A transcoder with 700 LPT, `leaver` with 300, who unbonds after a reward of the round.
contract Tributary2018Test is LaunchProtocol {
    BondingManagerLaunch2018 private old;
    BondingManagerTributary2018 private next;
    address private t;
    address private leaver;
    address private stayer;

    function setUp() public override {
        super.setUp();
        (t, leaver, stayer) = (account("t"), account("leaver"), account("stayer"));
        (old, next) = (BondingManagerLaunch2018(address(bonding)), BondingManagerTributary2018(address(bonding)));
        bond(t, 700 * LPT, t);
        vm.prank(t);
        old.transcoder(100_000, 500_000, 1);
        bond(leaver, 300 * LPT, t);
        bond(stayer, 50 * LPT, t);
        nextRound();
        reward(t);
    }

    function newBondingTarget() internal override returns (address) {
        return address(new BondingManagerLaunch2018(address(controller)));
    }

    function test_pendingStake_sharesTheRewardByStake() public view {
        (uint256 rewards,,,) = old.getTranscoderEarningsPoolForRound(t, rounds.currentRound());
        uint256 shared = rewards - rewards / 10;
        // 300 of 1050 in parts per million, rounded down twice.
        assertEq(old.pendingStake(leaver, rounds.currentRound()), 300 * LPT + shared * 285_714 / 1_000_000);
    }

    function test_unbond_takesAllAndWaits() public {
        uint256 amount = leave();
        vm.prank(leaver);
        expectError(IBondingManager.BondingNotUnbonded.selector);
        old.withdrawStake();
        passUnbonding();
        vm.prank(leaver);
        old.withdrawStake();
        assertEq(token.balanceOf(leaver), amount);
        assertEq(token.balanceOf(address(minter)), old.getTotalBonded(), "what is left in the vault");
    }

    function test_upgrade_leavesWhoIsUnbondingWithoutAWayOut() public {
        leave();
        upgrade();
        passUnbonding();
        vm.startPrank(leaver);
        expectError(IBondingManager.BondingInvalidUnbondingLock.selector);
        next.withdrawStake(0);
        expectError(IBondingManager.BondingNotBonded.selector);
        next.unbond(1);
        vm.stopPrank();
    }

    function test_giveUnbondingLocks_givesTheSameAmountAndRoundOnce() public {
        uint256 amount = leave();
        uint256 held = token.balanceOf(address(minter));
        (,,,,, uint256 withdrawRound,) = old.getDelegator(leaver);
        upgrade();
        for (uint256 i = 0; i < 2; ++i) next.giveUnbondingLocks(listOf(leaver, stayer));
        (uint256 locked, uint256 lockRound) = next.getDelegatorUnbondingLock(leaver, 0);
        assertEq(locked, amount);
        assertEq(lockRound, withdrawRound);
        assertFalse(next.isValidUnbondingLock(leaver, 1));
        assertFalse(next.isValidUnbondingLock(stayer, 0));
        assertEq(token.balanceOf(address(minter)), held);
        vm.prank(leaver);
        expectError(IBondingManager.BondingLockNotExpired.selector);
        next.withdrawStake(0);
        passUnbonding();
        vm.prank(leaver);
        next.withdrawStake(0);
        assertEq(token.balanceOf(leaver), amount);
    }

    function test_giveUnbondingLocks_givesNothingToWhoBondedAgain() public {
        uint256 amount = leave();
        bond(leaver, 1, t);
        upgrade();
        next.giveUnbondingLocks(listOf(leaver, t));
        assertFalse(next.isValidUnbondingLock(leaver, 0));
        assertEq(bondedAmount(leaver), amount + 1);
    }

    function test_unbond_inPartsAndRebond() public {
        upgrade();
        vm.startPrank(stayer);
        next.unbond(20 * LPT);
        next.unbond(10 * LPT);
        next.rebond(0);
        expectError(IBondingManager.BondingInvalidUnbondingLock.selector);
        next.rebond(0);
        vm.stopPrank();
        uint256 before = next.transcoderTotalStake(t);
        uint256 rest = bondedAmount(stayer);
        vm.startPrank(stayer);
        next.unbond(rest);
        next.rebondFromUnbonded(t, 1);
        vm.stopPrank();
        assertEq(bondedAmount(stayer), 10 * LPT);
        assertEq(next.transcoderTotalStake(t), before - rest + 10 * LPT);
    }

    function test_storage_isReadTheSame() public {
        (uint256 bonded, uint256 fees, address delegate, uint256 delegated, uint256 start,, uint256 claimed) =
            old.getDelegator(t);
        uint256 total = old.getTotalBonded();
        upgrade();
        (uint256 bonded2, uint256 fees2, address delegate2, uint256 delegated2, uint256 start2, uint256 claimed2, uint256 id) =
            next.getDelegator(t);
        assertEq(bonded2, bonded);
        assertEq(fees2, fees);
        assertEq(delegate2, delegate);
        assertEq(delegated2, delegated);
        assertEq(start2, start);
        assertEq(claimed2, claimed);
        assertEq(id, 0);
        assertEq(next.getTotalBonded(), total);
        assertTrue(next.isRegisteredTranscoder(t));
        assertEq(next.getFirstTranscoderInPool(), t);
    }

    function test_slashTranscoder_takesItsOwnStakeAndItsPlace() public {
        uint256 held = token.balanceOf(address(minter));
        vm.prank(address(jobs));
        StakeWork2018(address(bonding)).slashTranscoder(t, stayer, 500_000, 50_000);
        assertEq(bondedAmount(t), 350 * LPT);
        assertEq(token.balanceOf(stayer), 350 * LPT / 20);
        assertEq(held - token.balanceOf(address(minter)), 350 * LPT);
        assertFalse(old.isRegisteredTranscoder(t));
    }

    function test_electActiveTranscoder_asksForThePrice() public view {
        assertEq(old.electActiveTranscoder(1, keccak256("x"), rounds.currentRound()), t);
        assertEq(old.electActiveTranscoder(0, keccak256("x"), rounds.currentRound()), address(0));
    }

    function test_withdrawFees_paysWhatWasShared() public {
        payFees(t, 1 ether);
        vm.prank(leaver);
        old.withdrawFees();
        assertEq(leaver.balance, 0.5 ether * 285_714 / 1_000_000);
    }

    function leave() private returns (uint256 amount) {
        vm.prank(leaver);
        old.unbond();
        amount = bondedAmount(leaver);
        assertTrue(amount > 300 * LPT);
    }

    function upgrade() private {
        register("BondingManagerTarget", address(new BondingManagerTributary2018(address(controller))));
    }

    function passUnbonding() private {
        skipRounds(UNBONDING_PERIOD);
        rounds.initializeRound();
    }

    function listOf(address one, address other) private pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (one, other);
    }
}
