// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ScaledMinter} from "../../token/ScaledMinter.sol";
import {CurrentProtocol} from "../support/CurrentProtocol.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";
import {Actors} from "./Actors.sol";
import {StakeInvariants} from "./StakeInvariants.sol";
import {TicketActors} from "./TicketActors.sol";

/// @title What holds in the protocol of today, whatever its users do
contract CurrentInvariantsTest is CurrentProtocol, StakeInvariants {
    function setUp() public override(CurrentProtocol, LaunchProtocol) {
        CurrentProtocol.setUp();
        start(new TicketActors(controller));
    }

    function newMinter() internal override(CurrentProtocol, LaunchProtocol) returns (ScaledMinter) {
        return CurrentProtocol.newMinter();
    }

    function invariant_nothingIsLostOrMadeUp() public view {
        checkAll();
    }

    /// forge-config: default.fuzz.runs = 4
    function testFuzz_aLife_breaksNothing(uint32 seed) public {
        live(seed, 200);
    }

    /// The same sequence in every run, long enough for every action to succeed: what never happens proves nothing.
    function test_aLongLife_includesEverythingAndBreaksNothing() public {
        live(0, 1_000);
        assertStakeActionsSucceeded();
        string[5] memory names = ["fund", "unlock", "cancelUnlock", "withdrawFunds", "redeem"];
        for (uint256 i = 0; i < names.length; ++i) assertSucceeded(names[i]);
    }

    /// What was written down for votes is the stake, and a transcoder has at least the votes of its delegators together.
    function checkVotes() public view {
        address[] memory actors = people.all();
        for (uint256 i = 0; i < actors.length; ++i) {
            (uint256 bonded,, address delegate,,,,) = bonding.getDelegator(actors[i]);
            uint256 expected;
            if (bonded > 0 && delegate == actors[i]) expected = bonding.transcoderTotalStake(actors[i]);
            else if (bonded > 0 && bonding.isRegisteredTranscoder(delegate)) expected = pendingStake(actors[i]);
            assertEq(votes.getVotes(actors[i]), expected, "votes");
        }
        if (rounds.currentRoundInitialized()) {
            assertEq(votes.totalSupply(), bonding.nextRoundTotalActiveStake(), "supply of votes");
        }
    }

    function live(uint256 seed, uint256 steps) private {
        bytes4[] memory actions = allActions();
        for (uint256 i = 0; i < steps; ++i) {
            act(actions, uint256(keccak256(abi.encode(seed, i))));
            if (i % 20 == 0) checkAll();
        }
        checkAll();
    }

    function checkAll() private view {
        checkStake();
        checkVaultEther(TicketActors(address(people)).owedForTickets());
        checkVotes();
    }

    function allActions() private pure returns (bytes4[] memory actions) {
        bytes4[16] memory stake = stakeActions();
        actions = new bytes4[](stake.length + 8);
        for (uint256 i = 0; i < stake.length; ++i) actions[i] = stake[i];
        uint256 next = stake.length;
        actions[next++] = Actors.changeRoundLength.selector;
        actions[next++] = TicketActors.fund.selector;
        actions[next++] = TicketActors.fund.selector;
        actions[next++] = TicketActors.unlock.selector;
        actions[next++] = TicketActors.cancelUnlock.selector;
        actions[next++] = TicketActors.withdrawFunds.selector;
        actions[next++] = TicketActors.redeem.selector;
        actions[next++] = TicketActors.redeem.selector;
    }
}
