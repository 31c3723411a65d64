// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingVotesGovernor} from "../../governance/BondingVotesGovernor.sol";
import {GovernorCountingOverridable} from "../../governance/GovernorCountingOverridable.sol";
import {LivepeerGovernor} from "../../governance/LivepeerGovernor.sol";
import {Treasury} from "../../governance/Treasury.sol";
import {IManager} from "../../registry/IManager.sol";
import {CurrentProtocol} from "../support/CurrentProtocol.sol";

contract LivepeerGovernorTest is CurrentProtocol {
    uint8 private constant AGAINST = 0;
    uint8 private constant FOR = 1;
    uint8 private constant ABSTAIN = 2;
    uint256 private constant PENDING = 0;
    uint256 private constant CANCELED = 2;
    uint256 private constant DEFEATED = 3;
    uint256 private constant SUCCEEDED = 4;
    uint256 private constant EXECUTED = 7;

    address private big;
    address private delegator;
    address private second;

    function setUp() public override {
        super.setUp();
        (big, delegator, second) = (account("big"), account("delegator"), account("second"));
        bonding.setNumActiveTranscoders(10);
        bondTranscoder(big, 700 * LPT, 0, 0);
        bond(delegator, 300 * LPT, big);
        bondTranscoder(second, 400 * LPT, 0, 0);
        bondTranscoder(account("silent"), 2_600 * LPT, 0, 0);
        nextRound();
        nextRound();
        token.transfer(address(treasury), 50 * LPT);
    }

    function test_settings_areThoseOfDeployment() public view {
        assertEq(governor.name(), "LivepeerGovernor");
        assertEq(governor.version(), "1");
        assertEq(governor.COUNTING_MODE(), "support=bravo&quorum=for,abstain,against");
        assertEq(governor.CLOCK_MODE(), "mode=livepeer_round");
        assertEq(governor.clock(), rounds.currentRound());
        assertEq(governor.votingDelay(), 1);
        assertEq(governor.votingPeriod(), 10);
        assertEq(governor.proposalThreshold(), 100 * LPT);
        assertEq(governor.quorumNumerator(), 333_300);
        assertEq(governor.quorumDenominator(), 1_000_000);
        assertEq(governor.quota(), 500_000);
        assertEq(governor.timelock(), address(treasury));
        assertEq(governor.votes(), address(votes));
        assertTrue(governor.supportsInterface(0x01ffc9a7));
    }

    function test_initialize_isOnceAndTheControllerOwners() public {
        vm.expectRevert();
        governor.initialize(1, 10, 0, 333_300, 500_000);
        LivepeerGovernor target = new LivepeerGovernor(address(controller));
        vm.expectRevert();
        target.initialize(1, 10, 0, 333_300, 500_000);
        LivepeerGovernor other = LivepeerGovernor(payable(deployProxied("Other", address(target))));
        vm.prank(big);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        other.initialize(1, 10, 0, 333_300, 500_000);
        expectError(GovernorCountingOverridable.GovernorCountingInvalidQuota.selector);
        other.initialize(1, 10, 0, 333_300, 1_000_001);
        register("Treasury", address(0));
        expectError(BondingVotesGovernor.BondingVotesGovernorNotRegistered.selector);
        other.initialize(1, 10, 0, 333_300, 500_000);
    }

    function test_bumpGovernorVotesTokenAddress_takesWhatIsRegistered() public {
        register("BondingVotes", address(0xbeef));
        governor.bumpGovernorVotesTokenAddress();
        assertEq(address(governor.token()), address(0xbeef));
    }

    /// The published example: 1000 for by one, 300 of it override against, 400 for; 4,000 active.
    function test_theExample_hasVotes1100To300AndSucceeds() public {
        uint256 id = propose();
        vote(big, id, FOR);
        vote(delegator, id, AGAINST);
        vote(second, id, FOR);
        assertVotes(id, 300 * LPT, 1_100 * LPT, 0);
        close();
        assertEq(uint256(governor.state(id)), SUCCEEDED);
    }

    function test_theExample_withoutTheSecondMissesTheQuorum() public {
        uint256 id = propose();
        vote(delegator, id, AGAINST);
        vote(big, id, FOR);
        assertVotes(id, 300 * LPT, 700 * LPT, 0);
        close();
        assertEq(uint256(governor.state(id)), DEFEATED);
    }

    function test_override_takesOutOfWhateverTheTranscoderChose() public {
        for (uint8 choice = AGAINST; choice <= ABSTAIN; ++choice) {
            uint256 kept = vm.snapshotState();
            uint256 id = propose();
            vote(big, id, choice);
            vote(delegator, id, FOR);
            (uint256 against, uint256 inFavour, uint256 abstained) = governor.proposalVotes(id);
            assertEq(against + inFavour + abstained, 1_000 * LPT, "counted once");
            assertGe(inFavour, 300 * LPT, "the override");
            vm.revertToState(kept);
        }
    }

    /// As deployed, and a trap: the StakeGovernor does not have it.
    function test_abstentions_countForTheQuorumAndCarryAlone() public {
        uint256 id = propose();
        vote(account("silent"), id, ABSTAIN);
        vote(big, id, ABSTAIN);
        close();
        assertEq(uint256(governor.state(id)), SUCCEEDED);
    }

    function test_aTie_succeeds() public {
        bond(account("fan"), 600 * LPT, second);
        nextRound();
        uint256 id = propose();
        vote(big, id, FOR);
        vote(second, id, AGAINST);
        assertVotes(id, 1_000 * LPT, 1_000 * LPT, 0);
        close();
        assertEq(uint256(governor.state(id)), SUCCEEDED);
    }

    function test_vote_isCastOnceAndForAChoiceThereIs() public {
        uint256 id = propose();
        vote(big, id, FOR);
        assertTrue(governor.hasVoted(id, big));
        vm.startPrank(big);
        vm.expectRevert(abi.encodeWithSelector(GovernorCountingOverridable.VoteAlreadyCast.selector));
        governor.castVote(id, FOR);
        vm.stopPrank();
        vm.prank(second);
        vm.expectRevert(abi.encodeWithSelector(GovernorCountingOverridable.InvalidVoteType.selector, 3));
        governor.castVote(id, 3);
    }

    function test_execution_isByTheTreasury() public {
        uint256 id = propose();
        vote(big, id, FOR);
        vote(second, id, FOR);
        close();
        (address[] memory targets, uint256[] memory values, bytes[] memory data) = payment();
        governor.queue(targets, values, data, keccak256("pay"));
        governor.execute(targets, values, data, keccak256("pay"));
        assertEq(token.balanceOf(second), 50 * LPT);
        assertEq(uint256(governor.state(id)), EXECUTED);
    }

    function test_cancel_isForTheProposerWhilePending() public {
        (address[] memory targets, uint256[] memory values, bytes[] memory data) = payment();
        vm.startPrank(big);
        uint256 id = governor.propose(targets, values, data, "pay");
        assertEq(uint256(governor.state(id)), PENDING);
        governor.cancel(targets, values, data, keccak256("pay"));
        vm.stopPrank();
        assertEq(uint256(governor.state(id)), CANCELED);
    }

    function test_propose_needsStake() public {
        (address[] memory targets, uint256[] memory values, bytes[] memory data) = payment();
        vm.expectRevert();
        governor.propose(targets, values, data, "pay");
    }

    /// Whoever votes what in which order, stake is counted once, and quorum and quota decide.
    function testFuzz_count_isTheStakeThatVoted(uint8[4] memory choices, uint8 order) public {
        address[4] memory voters = [big, delegator, second, account("silent")];
        uint256[4] memory stakes = [1_000 * LPT, 300 * LPT, 400 * LPT, 2_600 * LPT];
        uint256[3] memory expected;
        uint256 id = propose();
        for (uint256 i = 0; i < 4; ++i) {
            uint256 who = (i + order) % 4;
            uint8 choice = choices[who] % 4;
            if (choice == 3) continue;
            vote(voters[who], id, choice);
            expected[choice] += stakes[who];
        }
        // The delegator's stake is taken out of its transcoder's vote, if both voted.
        if (choices[0] % 4 != 3 && choices[1] % 4 != 3) expected[choices[0] % 4] -= 300 * LPT;
        assertVotes(id, expected[AGAINST], expected[FOR], expected[ABSTAIN]);
        close();
        bool quorum = expected[0] + expected[1] + expected[2] >= 4_000 * LPT * 333_300 / 1_000_000;
        bool wins = expected[FOR] >= (expected[FOR] + expected[AGAINST]) / 2;
        assertEq(uint256(governor.state(id)), quorum && wins ? SUCCEEDED : DEFEATED);
    }

    function propose() private returns (uint256 id) {
        (address[] memory targets, uint256[] memory values, bytes[] memory data) = payment();
        vm.prank(big);
        id = governor.propose(targets, values, data, "pay");
        nextRound();
        nextRound();
    }

    function payment() private view returns (address[] memory targets, uint256[] memory values, bytes[] memory data) {
        targets = new address[](1);
        values = new uint256[](1);
        data = new bytes[](1);
        targets[0] = address(token);
        data[0] = abi.encodeCall(token.transfer, (second, 50 * LPT));
    }

    function vote(address who, uint256 id, uint8 support) private {
        vm.prank(who);
        governor.castVote(id, support);
    }

    function close() private {
        skipRounds(VOTING_PERIOD);
    }

    function assertVotes(uint256 id, uint256 against, uint256 inFavour, uint256 abstained) private view {
        (uint256 foundAgainst, uint256 foundFor, uint256 foundAbstained) = governor.proposalVotes(id);
        assertEq(foundAgainst, against, "against");
        assertEq(foundFor, inFavour, "for");
        assertEq(foundAbstained, abstained, "abstained");
    }
}

contract TreasuryTest is CurrentProtocol {
    function test_roles_areTheGovernorsAndNobodyAdministersThem() public view {
        bytes32 admin = keccak256("TIMELOCK_ADMIN_ROLE");
        assertEq(treasury.TIMELOCK_ADMIN_ROLE(), admin);
        assertTrue(treasury.hasRole(treasury.PROPOSER_ROLE(), address(governor)));
        assertTrue(treasury.hasRole(treasury.CANCELLER_ROLE(), address(governor)));
        assertTrue(treasury.hasRole(treasury.EXECUTOR_ROLE(), address(governor)));
        assertTrue(treasury.hasRole(admin, address(treasury)));
        assertFalse(treasury.hasRole(admin, address(this)));
        assertFalse(treasury.hasRole(bytes32(0), address(treasury)));
        assertEq(treasury.getMinDelay(), 0);
    }

    function test_initialize_isOnceAndCanLeaveAnAdmin() public {
        vm.expectRevert(abi.encodeWithSelector(Treasury.TreasuryAlreadyInitialized.selector));
        treasury.initialize(0, new address[](0), new address[](0), address(this));
        Treasury other = new Treasury();
        other.initialize(60, new address[](0), new address[](0), address(this));
        assertTrue(other.hasRole(other.TIMELOCK_ADMIN_ROLE(), address(this)));
        assertEq(other.getMinDelay(), 60);
    }

    function test_cut_isPaidFromTheRoundAfterItWasSet() public {
        address alice = account("alice");
        bondTranscoder(alice, 1_000 * LPT, 0, 0);
        assertEq(bonding.treasuryRewardCutRate(), 0);
        assertEq(bonding.nextRoundTreasuryRewardCutRate(), 1e26);
        nextRound();
        assertEq(bonding.treasuryRewardCutRate(), 1e26);
        uint256 mintable = minter.currentMintableTokens();
        reward(alice);
        assertEq(token.balanceOf(address(treasury)), mintable / 10);
        assertEq(bonding.transcoderTotalStake(alice), 1_000 * LPT + mintable - mintable / 10);
    }

    function test_ceiling_stopsTheCutFromTheNextRoundOn() public {
        address alice = account("alice");
        bondTranscoder(alice, 1_000 * LPT, 0, 0);
        bonding.setTreasuryBalanceCeiling(1);
        assertEq(bonding.treasuryBalanceCeiling(), 1);
        nextRound();
        reward(alice);
        assertEq(bonding.nextRoundTreasuryRewardCutRate(), 1e26);
        nextRound();
        // The reward that finds it full still pays.
        reward(alice);
        assertEq(bonding.nextRoundTreasuryRewardCutRate(), 0);
        uint256 balance = token.balanceOf(address(treasury));
        nextRound();
        reward(alice);
        assertEq(token.balanceOf(address(treasury)), balance);
    }

    function test_cut_withoutATreasuryIsNotTaken() public {
        address alice = account("alice");
        bondTranscoder(alice, 1_000 * LPT, 0, 0);
        bonding.setTreasuryBalanceCeiling(1);
        register("Treasury", address(0));
        nextRound();
        reward(alice);
        assertEq(bonding.transcoderTotalStake(alice), 1_000 * LPT + minter.currentMintableTokens());
    }

    function test_cut_isAPercentageSetByTheControllerOwner() public {
        vm.expectRevert();
        bonding.setTreasuryRewardCutRate(1e27 + 1);
        bonding.setTreasuryRewardCutRate(1e27);
        vm.startPrank(account("stranger"));
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        bonding.setTreasuryRewardCutRate(1);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        bonding.setTreasuryBalanceCeiling(1);
        vm.stopPrank();
    }
}
