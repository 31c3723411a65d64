// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingState} from "../../bonding/BondingState.sol";
import {IBondingManager} from "../../bonding/IBondingManager.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

contract BondingForOthersTest is LaunchProtocol {
    address private alice;
    address private bob;
    address private dora;
    address private emil;

    function setUp() public override {
        super.setUp();
        (alice, bob, dora, emil) = (account("alice"), account("bob"), account("dora"), account("emil"));
        bondTranscoder(alice, 1_000 * LPT, 0, 0);
        bondTranscoder(bob, 800 * LPT, 0, 0);
        bond(dora, 300 * LPT, alice);
        token.approve(address(bonding), 1_000 * LPT);
        nextRound();
    }

    function test_bondFor_givesStakeToWhoHasNone() public {
        bondFor(50 * LPT, emil, alice);
        assertEq(bondedAmount(emil), 50 * LPT);
        assertEq(delegateOf(emil), alice);
        assertTrue(bonding.delegatorStatus(emil) == BondingState.DelegatorStatus.Pending);
        assertEq(token.balanceOf(address(this)), SUPPLY - 2_150 * LPT);
    }

    function test_bondFor_neverChoosesForTheOwner() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingInvalidDelegator.selector));
        bondFor(1, address(0), alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingInvalidDelegate.selector));
        bondFor(1, emil, emil);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingDelegateChangeByOther.selector, dora));
        bondFor(1, dora, bob);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingRewardPending.selector, dora));
        bondFor(1, dora, alice);
        reward(alice);
        bondFor(1, dora, alice);
    }

    function test_bondFor_oneselfIsAsBond() public {
        token.transfer(dora, 5 * LPT);
        vm.startPrank(dora);
        token.approve(address(bonding), 5 * LPT);
        bonding.bondForWithHint(5 * LPT, dora, bob, address(0), address(0), address(0), address(0));
        vm.stopPrank();
        assertEq(delegateOf(dora), bob);
        assertEq(bondedAmount(dora), 305 * LPT);
    }

    function test_bondFor_anythingGoesForTheMigrator() public {
        register("L2Migrator", address(this));
        bondFor(5 * LPT, emil, emil);
        assertTrue(bonding.isRegisteredTranscoder(emil));
        bondFor(0, dora, bob);
        assertEq(delegateOf(dora), bob);
    }

    function test_transferBond_handsStakeToWhoHasNone() public {
        vm.expectEmit(address(bonding));
        emit IBondingManager.TransferBond(dora, emil, 0, 0, 100 * LPT);
        transferBond(dora, emil, 100 * LPT);
        assertEq(bondedAmount(dora), 200 * LPT);
        assertEq(bondedAmount(emil), 100 * LPT);
        assertEq(delegateOf(emil), alice);
        assertEq(bonding.transcoderTotalStake(alice), 1_300 * LPT);
        assertFalse(bonding.isValidUnbondingLock(dora, 0));
        assertFalse(bonding.isValidUnbondingLock(emil, 0));
    }

    function test_transferBond_goesToTheDelegateThatTheReceiverHas() public {
        bond(emil, 10 * LPT, bob);
        nextRound();
        reward(bob);
        transferBond(dora, emil, 100 * LPT);
        assertEq(delegateOf(emil), bob);
        assertEq(bonding.transcoderTotalStake(alice), 1_200 * LPT);
    }

    function test_transferBond_refusesNobodyAndWhoWouldLoseByIt() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingInvalidDelegator.selector));
        transferBond(dora, address(0), 1);
        bond(emil, 10 * LPT, bob);
        nextRound();
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingRewardPending.selector, emil));
        transferBond(dora, emil, 1);
    }

    function test_transferBond_makesNoTranscoderOfTheReceiver() public {
        vm.prank(alice);
        bonding.unbond(1_000 * LPT);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingInvalidDelegate.selector));
        transferBond(dora, alice, 100 * LPT);
    }

    function bondFor(uint256 amount, address owner, address to) private {
        bonding.bondForWithHint(amount, owner, to, address(0), address(0), address(0), address(0));
    }

    function transferBond(address from, address to, uint256 amount) private {
        vm.prank(from);
        bonding.transferBond(to, amount, address(0), address(0), address(0), address(0));
    }
}
