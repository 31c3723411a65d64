// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Poll} from "../../governance/Poll.sol";
import {PollCreator} from "../../governance/PollCreator.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";
import {Vm} from "../support/Vm.sol";

contract PollTest is LaunchProtocol {
    struct Voter {
        address who;
        uint256 choice;
    }

    PollCreator private creator;
    address private big;
    address private delegator;
    address private second;

    function setUp() public override {
        super.setUp();
        bonding.setNumActiveTranscoders(10);
        creator = new PollCreator(address(bonding), 57_600);
        (big, delegator, second) = (account("big"), account("delegator"), account("second"));
        bondTranscoder(big, 700 * LPT, 0, 0);
        bond(delegator, 300 * LPT, big);
        bondTranscoder(second, 400 * LPT, 0, 0);
        // The rest of the 4,000 LPT, which does not vote.
        bondTranscoder(account("silent"), 2_600 * LPT, 0, 0);
        nextRound();
    }

    function test_constants_areThePublishedOnes() public view {
        assertEq(creator.QUORUM(), 333_300);
        assertEq(creator.QUOTA(), 500_000);
        assertEq(creator.POLL_PERIOD(), 57_600);
        assertEq(creator.POLL_CREATION_COST(), 100 * LPT);
        assertEq(address(creator.bondingManager()), address(bonding));
    }

    function test_createPoll_needsStakeOfOnesOwnOrDelegated() public {
        address poor = account("poor");
        vm.prank(poor);
        vm.expectRevert(abi.encodeWithSelector(PollCreator.PollCreatorInsufficientStake.selector, poor));
        creator.createPoll("proposal");
        bond(poor, 100 * LPT - 1, poor);
        vm.prank(poor);
        vm.expectRevert(abi.encodeWithSelector(PollCreator.PollCreatorInsufficientStake.selector, poor));
        creator.createPoll("proposal");
        bond(account("fan"), 1, poor);
        vm.prank(poor);
        creator.createPoll("proposal");
    }

    function test_poll_takesVotesUpToItsLastBlock() public {
        Poll poll = open();
        assertEq(poll.endBlock(), vm.getBlockNumber() + 57_600);
        vm.expectEmit(address(poll));
        emit Poll.Vote(address(this), 5);
        poll.vote(5);
        uint256 last = poll.endBlock();
        vm.roll(last);
        poll.vote(0);
        vm.expectRevert(abi.encodeWithSelector(Poll.PollActive.selector, last));
        poll.destroy();
        vm.roll(last + 1);
        vm.expectRevert(abi.encodeWithSelector(Poll.PollOver.selector, last));
        poll.vote(0);
        poll.destroy();
    }

    /// The published example: 1000 delegated to one who votes yes, of it 300 that vote no, another 400 for yes, 4,000 staked.
    function test_tally_ofTheExampleHas1100YesAnd300NoAndPasses() public {
        Poll poll = open();
        vote(poll, big, 0);
        vote(poll, delegator, 1);
        vote(poll, second, 0);
        (uint256 yes, uint256 no) = tally(poll);
        assertEq(yes, 1_100 * LPT);
        assertEq(no, 300 * LPT);
        assertTrue(yes + no >= stakedInAll() * creator.QUORUM() / 1_000_000, "quorum");
        assertTrue(yes > (yes + no) * creator.QUOTA() / 1_000_000, "quota");
    }

    function test_tally_withoutTheSecondMissesTheQuorum() public {
        Poll poll = open();
        vote(poll, big, 0);
        vote(poll, delegator, 1);
        (uint256 yes, uint256 no) = tally(poll);
        assertEq(yes + no, 1_000 * LPT);
        assertFalse(yes + no >= stakedInAll() * creator.QUORUM() / 1_000_000);
    }

    function test_tally_countsTheLastVoteAndIgnoresUnknownChoices() public {
        Poll poll = open();
        vote(poll, big, 1);
        vote(poll, big, 0);
        vote(poll, big, 7);
        (uint256 yes, uint256 no) = tally(poll);
        assertEq(yes, 1_000 * LPT);
        assertEq(no, 0);
    }

    function open() private returns (Poll) {
        vm.recordLogs();
        vm.prank(big);
        creator.createPoll("QmProposal");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (bytes memory proposal,, uint256 quorum, uint256 quota) =
            abi.decode(logs[0].data, (bytes, uint256, uint256, uint256));
        assertEq(string(proposal), "QmProposal");
        assertEq(quorum, creator.QUORUM());
        assertEq(quota, creator.QUOTA());
        vm.recordLogs();
        return Poll(address(uint160(uint256(logs[0].topics[1]))));
    }

    function vote(Poll poll, address who, uint256 choice) private {
        vm.prank(who);
        poll.vote(choice);
    }

    function stakedInAll() private view returns (uint256) {
        return token.balanceOf(address(minter));
    }

    /// @dev LIP-16, from events and the stake as it is: the last valid vote of each counts; a transcoder votes with what is
    /// delegated to it but for the delegators that voted themselves.
    function tally(Poll poll) private returns (uint256 yes, uint256 no) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Voter[] memory voters = new Voter[](logs.length);
        uint256 count;
        for (uint256 i = 0; i < logs.length; ++i) {
            uint256 choice = abi.decode(logs[i].data, (uint256));
            if (logs[i].emitter != address(poll) || choice > 1) continue;
            address who = address(uint160(uint256(logs[i].topics[1])));
            uint256 at = 0;
            while (at < count && voters[at].who != who) ++at;
            voters[at] = Voter(who, choice);
            if (at == count) ++count;
        }
        for (uint256 i = 0; i < count; ++i) {
            uint256 stake = stakeOf(voters[i].who);
            for (uint256 j = 0; j < count; ++j) {
                bool overrides = j != i && delegateOf(voters[j].who) == voters[i].who;
                if (overrides) stake -= pendingStake(voters[j].who);
            }
            if (voters[i].choice == 0) yes += stake;
            else no += stake;
        }
    }

    function stakeOf(address who) private view returns (uint256) {
        return bonding.isRegisteredTranscoder(who) ? bonding.transcoderTotalStake(who) : pendingStake(who);
    }
}
