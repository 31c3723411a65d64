// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingManager} from "../../bonding/BondingManager.sol";
import {BondingState} from "../../bonding/BondingState.sol";
import {IBondingManager} from "../../bonding/IBondingManager.sol";
import {IManager} from "../../registry/IManager.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

contract DelegationTest is LaunchProtocol {
    address private alice;
    address private bob;
    address private dora;

    function setUp() public override {
        super.setUp();
        (alice, bob, dora) = (account("alice"), account("bob"), account("dora"));
        bondTranscoder(alice, 1_000 * LPT, 100_000, 500_000);
    }

    function test_bond_makesATranscoderOfWhoBondsToItself() public view {
        assertTrue(bonding.isRegisteredTranscoder(alice));
        assertTrue(bonding.transcoderStatus(alice) == BondingState.TranscoderStatus.Registered);
        assertTrue(bonding.transcoderStatus(dora) == BondingState.TranscoderStatus.NotRegistered);
        assertEq(bonding.getFirstTranscoderInPool(), alice);
        assertEq(bonding.getNextTranscoderInPool(alice), address(0));
        assertEq(bonding.getTranscoderPoolSize(), 1);
        assertEq(bonding.nextRoundTotalActiveStake(), 1_000 * LPT);
        assertEq(bonding.currentRoundTotalActiveStake(), 0);
    }

    function test_activity_beginsWithTheNextRound() public {
        assertFalse(bonding.isActiveTranscoder(alice));
        assertTrue(bonding.delegatorStatus(alice) == BondingState.DelegatorStatus.Pending);
        nextRound();
        assertTrue(bonding.isActiveTranscoder(alice));
        assertTrue(bonding.delegatorStatus(alice) == BondingState.DelegatorStatus.Bonded);
        assertEq(bonding.getTotalBonded(), 1_000 * LPT);
        (,,,, uint256 activation, uint256 deactivation,,,,) = bonding.getTranscoder(alice);
        assertEq(activation, FIRST_ROUND + 1);
        assertEq(deactivation, NEVER);
    }

    function test_bond_movesTheTokensIntoTheVaultAndTellsOfIt() public {
        token.transfer(dora, 300 * LPT);
        vm.startPrank(dora);
        token.approve(address(bonding), 300 * LPT);
        vm.expectEmit(address(bonding));
        emit IBondingManager.Bond(alice, address(0), dora, 300 * LPT, 300 * LPT);
        bonding.bond(300 * LPT, alice);
        vm.stopPrank();
        assertEq(token.balanceOf(address(minter)), 1_300 * LPT);
        assertEq(bonding.transcoderTotalStake(alice), 1_300 * LPT);
    }

    function test_bond_againAddsToTheStake() public {
        bond(dora, 100 * LPT, alice);
        bond(dora, 50 * LPT, alice);
        assertEq(bondedAmount(dora), 150 * LPT);
        assertEq(bonding.transcoderTotalStake(alice), 1_150 * LPT);
    }

    function test_bond_toAnotherMovesAllStakeAndNeedsNoTokens() public {
        bondTranscoder(bob, 500 * LPT, 0, 0);
        bond(dora, 100 * LPT, alice);
        nextRound();
        vm.prank(dora);
        bonding.bond(0, bob);
        assertEq(bonding.transcoderTotalStake(alice), 1_000 * LPT);
        assertEq(bonding.transcoderTotalStake(bob), 600 * LPT);
        assertEq(delegateOf(dora), bob);
        assertTrue(bonding.delegatorStatus(dora) == BondingState.DelegatorStatus.Pending);
    }

    function test_bond_refusesWhatMakesNoSense() public {
        vm.startPrank(dora);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingInvalidDelegate.selector));
        bonding.bond(1, address(0));
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingZeroAmount.selector));
        bonding.bond(0, alice);
        vm.stopPrank();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingTranscoderCannotDelegate.selector, alice));
        bonding.bond(0, bob);
    }

    function test_unbond_inPartKeepsTheRestAndLocksThePart() public {
        bond(dora, 100 * LPT, alice);
        nextRound();
        vm.expectEmit(address(bonding));
        emit IBondingManager.Unbond(alice, dora, 0, 40 * LPT, FIRST_ROUND + 1 + UNBONDING_PERIOD);
        vm.prank(dora);
        bonding.unbond(40 * LPT);
        assertEq(bondedAmount(dora), 60 * LPT);
        assertEq(bonding.transcoderTotalStake(alice), 1_060 * LPT);
        assertEq(bonding.nextRoundTotalActiveStake(), 1_060 * LPT);
        (uint256 amount, uint256 withdrawRound) = bonding.getDelegatorUnbondingLock(dora, 0);
        assertEq(amount, 40 * LPT);
        assertEq(withdrawRound, FIRST_ROUND + 1 + UNBONDING_PERIOD);
        assertTrue(bonding.isValidUnbondingLock(dora, 0));
        assertFalse(bonding.isValidUnbondingLock(dora, 1));
    }

    function test_unbond_ofAllLeavesTheDelegateAndThePool() public {
        nextRound();
        vm.prank(alice);
        bonding.unbond(1_000 * LPT);
        assertEq(delegateOf(alice), address(0));
        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertEq(bonding.getTranscoderPoolSize(), 0);
        assertEq(bonding.nextRoundTotalActiveStake(), 0);
        assertTrue(bonding.isActiveTranscoder(alice));
        assertTrue(bonding.delegatorStatus(alice) == BondingState.DelegatorStatus.Unbonded);
        nextRound();
        assertFalse(bonding.isActiveTranscoder(alice));
    }

    function test_unbond_refusesWhatIsNotThere() public {
        bond(dora, 100 * LPT, alice);
        vm.startPrank(dora);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingNotBonded.selector, dora));
        bonding.unbond(1);
        vm.stopPrank();
        nextRound();
        vm.startPrank(dora);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingZeroAmount.selector));
        bonding.unbond(0);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingManager.BondingInsufficientAmount.selector, 101 * LPT, 100 * LPT)
        );
        bonding.unbond(101 * LPT);
        vm.stopPrank();
    }

    function test_withdrawStake_paysOnceAndNotBeforeItsRound() public {
        bond(dora, 100 * LPT, alice);
        nextRound();
        vm.prank(dora);
        bonding.unbond(40 * LPT);
        skipRounds(UNBONDING_PERIOD - 1);
        rounds.initializeRound();
        vm.startPrank(dora);
        vm.expectRevert(
            abi.encodeWithSelector(
                IBondingManager.BondingLockNotExpired.selector, FIRST_ROUND + 1 + UNBONDING_PERIOD
            )
        );
        bonding.withdrawStake(0);
        vm.stopPrank();
        nextRound();
        vm.startPrank(dora);
        bonding.withdrawStake(0);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingInvalidUnbondingLock.selector, dora, 0));
        bonding.withdrawStake(0);
        vm.stopPrank();
        assertEq(token.balanceOf(dora), 40 * LPT);
    }

    function test_rebond_bringsALockBack() public {
        bond(dora, 100 * LPT, alice);
        nextRound();
        vm.startPrank(dora);
        bonding.unbond(40 * LPT);
        vm.expectEmit(address(bonding));
        emit IBondingManager.Rebond(alice, dora, 0, 40 * LPT);
        bonding.rebond(0);
        vm.stopPrank();
        assertEq(bondedAmount(dora), 100 * LPT);
        assertEq(bonding.transcoderTotalStake(alice), 1_100 * LPT);
        assertFalse(bonding.isValidUnbondingLock(dora, 0));
    }

    function test_rebondFromUnbonded_goesToAnyDelegateWithNothingElseBonded() public {
        bondTranscoder(bob, 500 * LPT, 0, 0);
        bond(dora, 100 * LPT, alice);
        nextRound();
        vm.startPrank(dora);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingNotUnbonded.selector, dora));
        bonding.rebondFromUnbonded(bob, 0);
        bonding.unbond(100 * LPT);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingNotBonded.selector, dora));
        bonding.rebond(0);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingInvalidDelegate.selector));
        bonding.rebondFromUnbonded(address(0), 0);
        bonding.rebondFromUnbonded(bob, 0);
        vm.stopPrank();
        assertEq(delegateOf(dora), bob);
        assertEq(bonding.transcoderTotalStake(bob), 600 * LPT);
        assertTrue(bonding.delegatorStatus(dora) == BondingState.DelegatorStatus.Pending);
    }

    function test_fullPool_takesANewcomerOnlyWithMoreThanTheLast() public {
        bondTranscoder(bob, 500 * LPT, 0, 0);
        bond(dora, 500 * LPT, dora);
        assertEq(bonding.getNextTranscoderInPool(alice), bob);
        token.transfer(dora, 1);
        vm.startPrank(dora);
        token.approve(address(bonding), 1);
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderDeactivated(bob, FIRST_ROUND + 1);
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderActivated(dora, FIRST_ROUND + 1);
        bonding.bond(1, dora);
        vm.stopPrank();
        assertEq(bonding.getNextTranscoderInPool(alice), dora);
        assertEq(bonding.nextRoundTotalActiveStake(), 1_500 * LPT + 1);
        nextRound();
        assertTrue(bonding.isActiveTranscoder(dora));
        assertFalse(bonding.isActiveTranscoder(bob));
        // Stake of an evicted transcoder still counts as delegated to it, and can bring it back.
        assertEq(bonding.transcoderTotalStake(bob), 500 * LPT);
        bond(account("fan"), 2, bob);
        assertEq(bonding.getNextTranscoderInPool(alice), bob);
    }

    function test_transcoder_setsTermsOfWhoIsRegistered() public {
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderUpdate(alice, 1, 2);
        vm.prank(alice);
        bonding.transcoder(1, 2);
        (, uint256 rewardCut, uint256 feeShare,,,,,,,) = bonding.getTranscoder(alice);
        assertEq(rewardCut, 1);
        assertEq(feeShare, 2);
        vm.prank(alice);
        bonding.transcoder(3, 4, 5);
        assertEq(bonding.getTranscoderPricePerSegment(alice), 5);
    }

    function test_transcoder_rejoinsAPoolWithRoomAgain() public {
        bondTranscoder(bob, 500 * LPT, 0, 0);
        bond(dora, 501 * LPT, dora);
        bonding.setNumActiveTranscoders(3);
        assertEq(bonding.getTranscoderPoolMaxSize(), 3);
        vm.prank(bob);
        bonding.transcoder(0, 0);
        assertEq(bonding.getTranscoderPoolSize(), 3);
    }

    function test_transcoder_refusesStrangersBadTermsAndTheLockedEnd() public {
        vm.prank(dora);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingTranscoderNotRegistered.selector, dora));
        bonding.transcoder(0, 0);
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingManager.BondingInvalidPercentage.selector, "rewardCut", 1_000_001)
        );
        bonding.transcoder(1_000_001, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingManager.BondingInvalidPercentage.selector, "feeShare", 1_000_001)
        );
        bonding.transcoder(0, 1_000_001);
        mine(ROUND_LENGTH - 10);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingRoundLocked.selector));
        bonding.transcoder(0, 0);
        vm.stopPrank();
    }

    function test_transcoder_changesTermsOnlyAfterTheRewardOfTheRound() public {
        nextRound();
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingRewardNotCalled.selector, alice));
        bonding.transcoder(0, 0);
        bonding.reward();
        bonding.transcoder(0, 0);
        vm.stopPrank();
    }

    function test_everyone_waitsForTheRoundAndForARunningProtocol() public {
        bytes4 notInitialized = IBondingManager.BondingRoundNotInitialized.selector;
        skipRounds(1);
        vm.startPrank(alice);
        everythingReverts(notInitialized);
        vm.stopPrank();
        rounds.initializeRound();
        controller.pause();
        vm.startPrank(alice);
        everythingReverts(IManager.ManagerSystemPaused.selector);
        vm.stopPrank();
    }

    function everythingReverts(bytes4 selector) private {
        expectError(selector);
        bonding.bond(1, alice);
        expectError(selector);
        bonding.unbond(1);
        expectError(selector);
        bonding.rebond(0);
        expectError(selector);
        bonding.rebondFromUnbonded(alice, 0);
        expectError(selector);
        bonding.withdrawStake(0);
        expectError(selector);
        bonding.withdrawFees(payable(alice), 0);
        expectError(selector);
        bonding.claimEarnings(0);
        expectError(selector);
        bonding.reward();
        expectError(selector);
        bonding.transcoder(0, 0);
    }

    /// Right hints, wrong ones and none at all come to the same.
    function testFuzz_hints_changeNothingButCost(address prev, address next, uint8 kind) public {
        bonding.setNumActiveTranscoders(10);
        bondTranscoder(bob, 900 * LPT, 0, 0);
        bondTranscoder(dora, 800 * LPT, 0, 0);
        nextRound();
        if (kind % 3 == 0) (prev, next) = (address(0), alice);
        if (kind % 3 == 1) (prev, next) = (alice, dora);
        token.transfer(bob, 600 * LPT);
        vm.startPrank(bob);
        bonding.rewardWithHint(prev, next);
        bonding.transcoderWithHint(1, 2, prev, next);
        token.approve(address(bonding), 600 * LPT);
        bonding.bondWithHint(600 * LPT, bob, address(0), address(0), prev, next);
        assertEq(bonding.getFirstTranscoderInPool(), bob);
        bonding.unbondWithHint(1_400 * LPT, dora, address(0));
        assertEq(bonding.getNextTranscoderInPool(dora), bob);
        bonding.rebondWithHint(0, prev, next);
        assertEq(bonding.getFirstTranscoderInPool(), bob);
        bonding.unbondWithHint(bondedAmount(bob), prev, next);
        bonding.rebondFromUnbondedWithHint(bob, 1, prev, next);
        vm.stopPrank();
        assertEq(bonding.getFirstTranscoderInPool(), bob);
        assertEq(bonding.getNextTranscoderInPool(bob), alice);
        assertEq(bonding.getNextTranscoderInPool(alice), dora);
    }

    function test_parameters_areTheControllerOwnersAndThePoolOnlyGrows() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingPoolCannotShrink.selector, 2, 2));
        bonding.setNumActiveTranscoders(2);
        bonding.setUnbondingPeriod(9);
        assertEq(bonding.unbondingPeriod(), 9);
        vm.startPrank(alice);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        bonding.setNumActiveTranscoders(9);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        bonding.setUnbondingPeriod(1);
        vm.stopPrank();
    }

    function test_protocolFunctions_areThoseContractsAlone() public {
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingManager.BondingUnauthorizedCaller.selector, alice, "RoundsManager")
        );
        bonding.setCurrentRoundTotalActiveStake();
        vm.expectRevert(
            abi.encodeWithSelector(IBondingManager.BondingUnauthorizedCaller.selector, alice, "JobsManager")
        );
        bonding.slashTranscoder(alice, alice, 1, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingManager.BondingUnauthorizedCaller.selector, alice, "JobsManager")
        );
        bonding.updateTranscoderWithFees(alice, 1, 1);
        vm.stopPrank();
    }

    function test_checkpointBondingState_needsBondingVotes() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingVotesNotRegistered.selector));
        bonding.checkpointBondingState(alice);
    }

    function test_slashTranscoder_takesFromTheTranscoderAloneAndPaysTheFinder() public {
        bond(dora, 300 * LPT, alice);
        nextRound();
        uint256 supply = token.totalSupply();
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderSlashed(alice, bob, 30 * LPT, 1.5 ether);
        vm.prank(address(jobs));
        bonding.slashTranscoder(alice, bob, 30_000, 50_000);
        assertEq(bondedAmount(alice), 970 * LPT);
        assertEq(bondedAmount(dora), 300 * LPT);
        assertEq(bonding.transcoderTotalStake(alice), 1_270 * LPT);
        assertEq(token.balanceOf(bob), 1.5 ether);
        assertEq(token.totalSupply(), supply - 28.5 ether);
        assertFalse(bonding.isActiveTranscoder(alice));
        assertEq(bonding.getTranscoderPoolSize(), 0);
        assertEq(bonding.nextRoundTotalActiveStake(), 0);
    }

    function test_slashTranscoder_takesAPartOfWhatWasEarnedToo() public {
        nextRound();
        reward(alice);
        nextRound();
        uint256 stake = pendingStake(alice);
        assertGe(stake, 1_001 * LPT, "stake with its reward");
        vm.prank(address(jobs));
        bonding.slashTranscoder(alice, address(0), 500_000, 0);
        assertEq(bondedAmount(alice), stake - stake / 2);
    }

    function test_slashTranscoder_canTakeAllOfIt() public {
        nextRound();
        vm.prank(address(jobs));
        bonding.slashTranscoder(alice, address(0), 1_000_000, 50_000);
        assertEq(bondedAmount(alice), 0);
        assertEq(delegateOf(alice), address(0));
        assertEq(token.balanceOf(address(minter)), 0);
        // Nothing is left to take, and that is no error.
        vm.prank(address(jobs));
        bonding.slashTranscoder(alice, bob, 1_000_000, 50_000);
        assertEq(token.balanceOf(bob), 0);
    }

    function test_electActiveTranscoder_walksTheStakeOfThoseWithinThePrice() public {
        vm.prank(alice);
        bonding.transcoder(0, 0, 10);
        bond(bob, 500 * LPT, bob);
        vm.prank(bob);
        bonding.transcoder(0, 0, 20);
        nextRound();
        uint256 round = rounds.currentRound();
        assertEq(bonding.getElectionCandidates(round).length, 2);
        assertEq(bonding.electActiveTranscoder(20, bytes32(1_000 * LPT - 1), round), alice);
        assertEq(bonding.electActiveTranscoder(20, bytes32(1_000 * LPT), round), bob);
        assertEq(bonding.electActiveTranscoder(20, bytes32(1_500 * LPT), round), alice);
        assertEq(bonding.electActiveTranscoder(19, bytes32(1_000 * LPT), round), alice);
        assertEq(bonding.electActiveTranscoder(9, bytes32(0), round), address(0));
        assertEq(bonding.electActiveTranscoder(20, bytes32(0), round + 1), address(0));
    }

    function testFuzz_electActiveTranscoder_choosesByStake(bytes32 blockHash) public {
        bond(bob, 500 * LPT, bob);
        nextRound();
        uint256 drawn = uint256(blockHash) % (1_500 * LPT);
        address elected = bonding.electActiveTranscoder(0, blockHash, rounds.currentRound());
        assertEq(elected, drawn < 1_000 * LPT ? alice : bob);
    }
}
