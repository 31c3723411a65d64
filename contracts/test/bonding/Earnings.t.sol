// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../../bonding/IBondingManager.sol";
import {Minter} from "../../token/Minter.sol";
import {ScaledMinter} from "../../token/ScaledMinter.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

contract EarningsTest is LaunchProtocol {
    uint256 private constant ETH = 1e18;

    address private alice;
    address private bob;
    address private dora;

    /// @dev Rates that make 10 LPT mintable per round while the supply is 10,000,000: one part in a million.
    function newMinter() internal override returns (ScaledMinter) {
        return new Minter(address(controller), 1, 0, 500_000);
    }

    function setUp() public override {
        super.setUp();
        (alice, bob, dora) = (account("alice"), account("bob"), account("dora"));
    }

    /// The worked example of LIP-36: 700 of its own, 300 delegated, a reward of 10, a cut of 10%, fees of 5 ETH shared
    /// by half.
    function example() private {
        bondTranscoder(alice, 700 * LPT, 100_000, 500_000);
        bond(dora, 300 * LPT, alice);
        nextRound();
    }

    function test_lip36_aRewardOf10LptGives302Point7And707Point3() public {
        example();
        vm.expectEmit(address(bonding));
        emit IBondingManager.Reward(alice, 10 * LPT);
        reward(alice);
        assertEq(pendingStake(dora), 302.7 ether);
        assertEq(pendingStake(alice), 707.3 ether);
        assertEq(bonding.transcoderTotalStake(alice), 1_010 * LPT);
        (uint256 totalStake, uint256 rewardCut, uint256 feeShare, uint256 rewardFactor, uint256 feeFactor) =
            bonding.getTranscoderEarningsPoolForRound(alice, rounds.currentRound());
        assertEq(totalStake, 1_000 * LPT);
        assertEq(rewardCut, 100_000);
        assertEq(feeShare, 500_000);
        assertEq(rewardFactor, 1.009e27);
        assertEq(feeFactor, 0);
    }

    function test_lip36_feesOf5EthGive0Point75And4Point25() public {
        example();
        reward(alice);
        payFees(alice, 5 * ETH);
        assertEq(pendingFees(dora), 0.75 ether);
        assertEq(pendingFees(alice), 4.25 ether);
        (,,,, uint256 feeFactor) = bonding.getTranscoderEarningsPoolForRound(alice, rounds.currentRound());
        assertEq(feeFactor, 2.5e24);
    }

    function test_feesBeforeTheReward_areSharedTheSame() public {
        example();
        payFees(alice, 5 * ETH);
        reward(alice);
        assertEq(pendingFees(dora), 0.75 ether);
        assertEq(pendingFees(alice), 4.25 ether);
    }

    function test_fees_areWithdrawnInPartsByWhoEarnedThem() public {
        example();
        payFees(alice, 5 * ETH);
        vm.startPrank(dora);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingInvalidRecipient.selector));
        bonding.withdrawFees(payable(address(0)), 1);
        bonding.withdrawFees(payable(bob), 0.5 ether);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingManager.BondingInsufficientAmount.selector, 0.25 ether + 1, 0.25 ether)
        );
        bonding.withdrawFees(payable(bob), 0.25 ether + 1);
        bonding.withdrawFees(payable(bob), 0.25 ether);
        vm.stopPrank();
        assertEq(bob.balance, 0.75 ether);
        vm.prank(alice);
        bonding.withdrawFees(payable(bob), 4.25 ether);
        assertEq(address(minter).balance, 0);
    }

    function test_fees_areRefusedForWhoIsNotRegisteredOrNotActive() public {
        bondTranscoder(alice, 700 * LPT, 0, 0);
        vm.startPrank(address(jobs));
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingTranscoderNotRegistered.selector, dora));
        bonding.updateTranscoderWithFees(dora, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingTranscoderNotActive.selector, alice));
        bonding.updateTranscoderWithFees(alice, 1, 1);
        vm.stopPrank();
    }

    function test_reward_isForTheActiveAndOncePerRound() public {
        bondTranscoder(alice, 700 * LPT, 0, 0);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingTranscoderNotActive.selector, alice));
        bonding.reward();
        vm.stopPrank();
        nextRound();
        vm.startPrank(alice);
        bonding.reward();
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingRewardAlreadyCalled.selector, alice));
        bonding.reward();
        vm.stopPrank();
    }

    function test_claimEarnings_writesDownWhatIsPending() public {
        example();
        reward(alice);
        payFees(alice, 5 * ETH);
        nextRound();
        vm.expectEmit(address(bonding));
        emit IBondingManager.EarningsClaimed(alice, dora, 2.7 ether, 0.75 ether, FIRST_ROUND + 1, FIRST_ROUND + 2);
        vm.prank(dora);
        bonding.claimEarnings(0);
        (uint256 bonded, uint256 fees,,,, uint256 lastClaimRound,) = bonding.getDelegator(dora);
        assertEq(bonded, 302.7 ether);
        assertEq(fees, 0.75 ether);
        assertEq(lastClaimRound, FIRST_ROUND + 2);
        vm.prank(alice);
        bonding.claimEarnings(0);
        assertEq(bondedAmount(alice), 707.3 ether);
        (,,,,,,, uint256 cumulativeRewards, uint256 cumulativeFees,) = bonding.getTranscoder(alice);
        assertEq(cumulativeRewards, 0);
        assertEq(cumulativeFees, 0);
    }

    function test_aMissedReward_isLostAndNotCaughtUp() public {
        example();
        nextRound();
        nextRound();
        reward(alice);
        assertEq(bonding.transcoderTotalStake(alice), 1_010 * LPT);
    }

    function test_stakeThatComesLate_earnsFromTheNextRoundOn() public {
        bondTranscoder(alice, 700 * LPT, 0, 0);
        nextRound();
        bond(dora, 300 * LPT, alice);
        reward(alice);
        assertEq(pendingStake(dora), 300 * LPT);
        assertNear(pendingStake(alice), 710 * LPT, 10, "the whole reward");
        nextRound();
        reward(alice);
        uint256 grown = 1_010 * LPT + minter.currentMintableTokens();
        assertNear(pendingStake(dora), 300 * grown / 1_010, 1_000, "its part of the next reward");
    }

    function test_rebondFromUnbonded_earnsFromItsOwnRoundOn() public {
        example();
        reward(alice);
        vm.prank(dora);
        bonding.unbond(302.7 ether);
        nextRound();
        reward(alice);
        vm.prank(dora);
        bonding.rebondFromUnbonded(alice, 0);
        uint256 stake = pendingStake(dora);
        assertEq(stake, 302.7 ether);
        nextRound();
        // Not a wei of the rounds in between.
        assertEq(pendingStake(dora), stake);
    }

    struct Life {
        uint16 aliceStake;
        uint16 doraStake;
        uint32 rewardCut;
        uint32 feeShare;
        uint8[8] actions;
        uint64[8] fees;
    }

    function test_claimingBeforeTheReward_forfeitsTheRewardOfTheRound() public {
        example();
        claim(dora);
        reward(alice);
        assertEq(pendingStake(dora), 300 * LPT);
        // The transcoder does not get it either: it stays in the vault.
        assertEq(pendingStake(alice), 707.3 ether);
        assertEq(bonding.transcoderTotalStake(alice), 1_010 * LPT);
    }

    /// Whatever happens over eight rounds, what two delegators of one transcoder and the transcoder are promised is what
    /// was paid in, but for dust that stays in the vault. Nobody claims before the reward of a round here.
    function testFuzz_factors_promiseWhatWasPaidIn(Life memory life) public {
        bondTranscoder(
            alice, (uint256(life.aliceStake) + 1) * LPT, life.rewardCut % 1_000_001, life.feeShare % 1_000_001
        );
        bond(dora, (uint256(life.doraStake) + 1) * LPT, alice);
        nextRound();
        uint256 paidFees;
        for (uint256 i = 0; i < life.actions.length; ++i) {
            uint256 action = life.actions[i];
            if (action & 1 != 0) reward(alice);
            if (action & 2 != 0) {
                payFees(alice, life.fees[i]);
                paidFees += life.fees[i];
            }
            if (action & 32 != 0 && action & 1 == 0) reward(alice);
            if (action & 33 != 0) {
                if (action & 4 != 0) claim(dora);
                if (action & 8 != 0) claim(alice);
                if (action & 16 != 0) bond(bob, LPT, alice);
            }
            nextRound();
            uint256 promised = pendingStake(alice) + pendingStake(dora) + pendingStake(bob);
            uint256 delegated = bonding.transcoderTotalStake(alice);
            assertLe(promised, delegated, "stake promised");
            assertLe(delegated - promised, 10_000, "dust of stake");
            assertEq(token.balanceOf(address(minter)), delegated, "vault");
            uint256 promisedFees = pendingFees(alice) + pendingFees(dora) + pendingFees(bob);
            assertLe(promisedFees, paidFees, "fees promised");
            assertLe(paidFees - promisedFees, 10_000, "dust of fees");
        }
    }

    function claim(address who) private {
        vm.prank(who);
        bonding.claimEarnings(0);
    }
}
