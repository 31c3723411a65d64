// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingVotes} from "../../governance/BondingVotes.sol";
import {IBondingVotes} from "../../governance/IBondingVotes.sol";
import {CurrentProtocol} from "../support/CurrentProtocol.sol";

contract BondingVotesTest is CurrentProtocol {
    address private alice;
    address private dora;

    function setUp() public override {
        super.setUp();
        (alice, dora) = (account("alice"), account("dora"));
        bondTranscoder(alice, 700 * LPT, 100_000, 500_000);
        bond(dora, 300 * LPT, alice);
        nextRound();
    }

    function test_metadata_isThatOfVotingPower() public view {
        assertEq(votes.name(), "Livepeer Voting Power");
        assertEq(votes.symbol(), "vLPT");
        assertEq(votes.decimals(), 18);
        assertEq(votes.CLOCK_MODE(), "mode=livepeer_round");
        assertEq(votes.clock(), rounds.currentRound());
    }

    function test_votes_areTheDelegatedStakeOrOnesOwn() public view {
        assertEq(votes.getVotes(alice), 1_000 * LPT);
        assertEq(votes.getVotes(dora), 300 * LPT);
        assertEq(votes.getVotes(account0()), 0);
        assertEq(votes.totalSupply(), 1_000 * LPT);
        assertEq(votes.delegates(dora), alice);
        assertTrue(votes.hasCheckpoint(dora));
        assertFalse(votes.hasCheckpoint(account0()));
    }

    function test_pastVotes_stayWhatTheyWere() public {
        uint48 before = votes.clock();
        reward(alice);
        uint256 grown = pendingStake(dora);
        nextRound();
        vm.prank(dora);
        bonding.unbond(grown);
        nextRound();
        assertEq(votes.getPastVotes(dora, before - 1), 300 * LPT);
        assertEq(votes.getPastVotes(dora, before), grown);
        assertEq(votes.getPastVotes(dora, before + 1), 0);
        assertEq(votes.delegatedAt(dora, before), alice);
        assertEq(votes.delegatedAt(dora, before + 1), address(0));
        assertEq(votes.getPastTotalSupply(before - 1), 1_000 * LPT);
        assertEq(votes.getPastVotes(alice, before), bonding.transcoderTotalStake(alice) + grown);
    }

    function test_past_isOverAndTheFutureIsTheNextRound() public {
        uint48 round = votes.clock();
        bytes memory tooEarly = abi.encodeWithSelector(IBondingVotes.FutureLookup.selector, round, round - 1);
        vm.expectRevert(tooEarly);
        votes.getPastVotes(dora, round);
        vm.expectRevert(tooEarly);
        votes.getPastTotalSupply(round);
        vm.expectRevert(tooEarly);
        votes.delegatedAt(dora, round);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.FutureLookup.selector, round + 2, round + 1));
        votes.getVotesAndDelegateAtRoundStart(dora, round + 2);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.FutureLookup.selector, round + 2, round + 1));
        votes.getTotalActiveStakeAt(round + 2);
    }

    function test_supply_ofASkippedRoundIsThatOfTheNextOne() public {
        uint48 round = votes.clock();
        bond(dora, 50 * LPT, alice);
        skipRounds(2);
        // Nothing was written down since.
        assertEq(votes.getPastTotalSupply(round), 1_050 * LPT);
        rounds.initializeRound();
        assertEq(votes.getPastTotalSupply(round), 1_050 * LPT);
        assertEq(votes.getPastTotalSupply(round - 1), 1_000 * LPT);
        // Before the first total there were no votes.
        assertEq(votes.getPastTotalSupply(FIRST_ROUND - 1), 0);
    }

    function test_delegation_isForTheBondingManager() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.MustCallBondingManager.selector, "bond"));
        votes.delegate(alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.MustCallBondingManager.selector, "bondFor"));
        votes.delegateBySig(alice, 0, 0, 0, 0, 0);
    }

    function test_checkpoints_areWrittenByTheBondingManagerForTheNextRound() public {
        uint256 round = rounds.currentRound();
        vm.expectRevert(
            abi.encodeWithSelector(IBondingVotes.InvalidCaller.selector, address(this), address(bonding))
        );
        votes.checkpointBondingState(dora, round + 1, 1, alice, 1, round, round);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingVotes.InvalidCaller.selector, address(this), address(bonding))
        );
        votes.checkpointTotalActiveStake(1, round);
        vm.startPrank(address(bonding));
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.InvalidStartRound.selector, round, round + 1));
        votes.checkpointBondingState(dora, round, 1, alice, 1, round, round);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.FutureLastClaimRound.selector, round + 1, round));
        votes.checkpointBondingState(dora, round + 1, 1, alice, 1, round + 1, round);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingVotes.InvalidTotalStakeCheckpointRound.selector, round + 1, round)
        );
        votes.checkpointTotalActiveStake(1, round + 1);
        vm.stopPrank();
    }

    function test_checkpoints_neverGoBackInRounds() public {
        uint256 round = rounds.currentRound();
        // An adjustable clock can go back; here the block does.
        vm.roll(vm.getBlockNumber() - ROUND_LENGTH);
        vm.prank(address(bonding));
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.DecreasingValues.selector, round - 1, round));
        votes.checkpointTotalActiveStake(1, round - 1);
    }

    function test_votes_needTheFactorsOfTheirRounds() public {
        uint256 round = rounds.currentRound();
        vm.prank(address(bonding));
        votes.checkpointBondingState(account0(), round + 1, 5, alice, 0, round - 1, 0);
        reward(alice);
        // In the round before the last claim that was written down, nobody froze factors for this account.
        vm.prank(address(bonding));
        votes.checkpointBondingState(account0(), round + 1, 5, alice, 0, 2, 0);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.MissingEarningsPool.selector, alice, 2));
        votes.getVotes(account0());
    }

    function test_votes_ofADelegatorWithoutATranscoderAreNone() public {
        address nobody = account("nobody");
        bond(account("fan"), 10 * LPT, nobody);
        assertEq(votes.getVotes(account("fan")), 0);
        assertEq(votes.getVotes(nobody), 0);
    }

    function test_checkpointBondingState_writesDownWhoHasNotMovedSince() public {
        register("BondingVotes", address(0));
        bond(account("early"), 10 * LPT, alice);
        register("BondingVotes", address(votes));
        assertEq(votes.getVotes(account("early")), 0);
        vm.expectEmit(address(votes));
        emit IBondingVotes.DelegateChanged(account("early"), address(0), alice);
        bonding.checkpointBondingState(account("early"));
        assertEq(votes.getVotes(account("early")), 10 * LPT);
    }

    function account0() private pure returns (address) {
        return address(0xbeef);
    }
}
