// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingVotesGovernor} from "../../governance/BondingVotesGovernor.sol";
import {StakeGovernor} from "../../governance/StakeGovernor.sol";
import {StakeTimelock} from "../../governance/StakeTimelock.sol";
import {IManager} from "../../registry/IManager.sol";
import {StakePhase} from "../support/StakePhase.sol";

contract StakeGovernorTest is StakePhase {
    uint256 private constant DEFEATED = 3;
    uint256 private constant SUCCEEDED = 4;
    uint256 private constant QUEUED = 5;
    uint256 private constant EXPIRED = 6;
    uint256 private constant EXECUTED = 7;

    function test_settings_areThoseOfDeployment() public view {
        assertEq(stakeGovernor.name(), "StakeGovernor");
        assertEq(stakeGovernor.COUNTING_MODE(), "support=bravo&quorum=for,abstain,against");
        assertEq(stakeGovernor.CLOCK_MODE(), "mode=livepeer_round");
        assertEq(stakeGovernor.votingDelay(), 1);
        assertEq(stakeGovernor.votingPeriod(), 3);
        assertEq(stakeGovernor.proposalThreshold(), 100 * LPT);
        assertEq(stakeGovernor.quorumNumerator(), 333_300);
        assertEq(stakeGovernor.quota(), 500_000);
        assertEq(stakeGovernor.transcoderQuorum(), TRANSCODER_QUORUM);
        assertEq(stakeGovernor.timelock(), address(timelock));
        assertEq(controller.owner(), address(timelock));
    }

    function test_initialize_isOnceTheControllerOwnersAndComplete() public {
        vm.expectRevert();
        stakeGovernor.initialize(1, 3, 0, 333_300, 500_000, 0);
        vm.startPrank(address(timelock));
        StakeGovernor other =
            StakeGovernor(payable(deployProxied("Other", address(new StakeGovernor(address(controller))))));
        vm.stopPrank();
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        other.initialize(1, 3, 0, 333_300, 500_000, 0);
        vm.startPrank(address(timelock));
        expectError(StakeGovernor.StakeGovernorInvalidTranscoderQuorum.selector);
        other.initialize(1, 3, 0, 333_300, 500_000, 1_000_001);
        register("StakeTimelock", address(0));
        expectError(BondingVotesGovernor.BondingVotesGovernorNotRegistered.selector);
        other.initialize(1, 3, 0, 333_300, 500_000, 0);
        vm.stopPrank();
    }

    function test_roles_areTheGovernorsAndNobodyAdministersThem() public view {
        bytes32[3] memory roles = [timelock.PROPOSER_ROLE(), timelock.EXECUTOR_ROLE(), timelock.CANCELLER_ROLE()];
        for (uint256 i = 0; i < 3; ++i) {
            assertTrue(timelock.hasRole(roles[i], address(stakeGovernor)), "the governor");
            assertTrue(!timelock.hasRole(roles[i], address(this)), "the deployer");
            assertTrue(!timelock.hasRole(roles[i], address(0)), "everybody");
        }
        assertTrue(timelock.hasRole(bytes32(0), address(timelock)), "the timelock itself");
        assertTrue(!timelock.hasRole(bytes32(0), address(this)), "no administrator");
        assertEq(timelock.getMinDelay(), DELAY_SECONDS);
    }

    function test_whatIsVoted_isDoneAsOwnerOfTheControllerAfterTheDelay() public {
        bytes memory data = abi.encodeCall(bonding.setUnbondingPeriod, (9));
        uint256 id = propose(address(bonding), data);
        pass(id);
        queue(address(bonding), data);
        assertEq(stateOf(id), QUEUED);
        vm.expectRevert();
        this.executeFor(address(bonding), data);
        vm.warp(vm.getBlockTimestamp() + DELAY_SECONDS);
        execute(address(bonding), data);
        assertEq(bonding.unbondingPeriod(), 9);
        assertEq(stateOf(id), EXECUTED);
    }

    function test_whatIsVoted_canChangeTheRulesOfVotes() public {
        bytes memory data = abi.encodeCall(stakeGovernor.setTranscoderQuorum, (300_000));
        expectError(bytes4(keccak256("Error(string)")));
        stakeGovernor.setTranscoderQuorum(300_000);
        uint256 id = propose(address(stakeGovernor), data);
        uint256 snapshot = stakeGovernor.proposalSnapshot(id);
        pass(id);
        queue(address(stakeGovernor), data);
        vm.warp(vm.getBlockTimestamp() + DELAY_SECONDS);
        execute(address(stakeGovernor), data);
        assertEq(stakeGovernor.transcoderQuorum(), 300_000);
        assertEq(stakeGovernor.requiredTranscoderVotes(snapshot), 800 * LPT, "votes of before keep their quorum");
        assertEq(stateOf(id), EXECUTED);
    }

    function test_transcoderVotes_areThoseOfTranscodersWithoutWhatWasOverridden() public {
        uint256 id = propose(address(bonding), "");
        vote(big, id, FOR);
        assertEq(stakeGovernor.transcoderVotes(id), 1_000 * LPT);
        vote(delegator, id, AGAINST);
        assertEq(stakeGovernor.transcoderVotes(id), 700 * LPT);
        vote(second, id, ABSTAIN);
        assertEq(stakeGovernor.transcoderVotes(id), 1_100 * LPT);
    }

    function test_transcoderQuorum_isMissedByDelegatorsAlone() public {
        address many = account("many");
        bond(many, 3_000 * LPT, big);
        nextRound();
        uint256 id = propose(address(bonding), "");
        vote(many, id, FOR);
        vote(second, id, FOR);
        assertEq(stakeGovernor.transcoderVotes(id), 400 * LPT);
        uint256 required = stakeGovernor.requiredTranscoderVotes(stakeGovernor.proposalSnapshot(id));
        assertEq(required, 1_400 * LPT);
        uint256 kept = vm.snapshotState();
        skipRounds(3);
        assertEq(stateOf(id), DEFEATED);
        vm.revertToState(kept);
        vote(big, id, AGAINST);
        assertEq(stakeGovernor.transcoderVotes(id), 1_400 * LPT, "what its delegators left to it");
        skipRounds(3);
        assertEq(stateOf(id), SUCCEEDED);
    }

    function test_aTie_fails() public {
        bond(account("fan"), 600 * LPT, second);
        nextRound();
        uint256 id = propose(address(bonding), "");
        vote(big, id, FOR);
        vote(second, id, AGAINST);
        skipRounds(3);
        assertEq(stateOf(id), DEFEATED);
    }

    function test_abstentions_countForTheQuorumAndCarryNothing() public {
        uint256 id = propose(address(bonding), "");
        vote(silent, id, ABSTAIN);
        vote(big, id, ABSTAIN);
        skipRounds(3);
        assertEq(stateOf(id), DEFEATED);
    }

    function test_success_lapsesWhenNobodyQueuesIt() public {
        bytes memory data = abi.encodeCall(bonding.setUnbondingPeriod, (9));
        uint256 id = propose(address(bonding), data);
        pass(id);
        uint256 last = stakeGovernor.proposalDeadline(id) + stakeGovernor.QUEUE_ROUNDS();
        skipRounds(last - rounds.currentRound());
        assertEq(stateOf(id), SUCCEEDED);
        uint256 kept = vm.snapshotState();
        queue(address(bonding), data);
        skipRounds(100);
        assertEq(stateOf(id), QUEUED, "what is queued stays");
        vm.revertToState(kept);
        skipRounds(1);
        assertEq(stateOf(id), EXPIRED);
        expectError(bytes4(keccak256("Error(string)")));
        this.queueFor(address(bonding), data);
    }

    function test_veto_endsAVoteForGood() public {
        bytes memory data = abi.encodeCall(bonding.setUnbondingPeriod, (9));
        uint256 id = propose(address(bonding), data);
        pass(id);
        bytes32 operationId = queue(address(bonding), data);
        vm.prank(guardian);
        veto.veto(operationId);
        assertEq(stateOf(id), 2);
        vm.warp(vm.getBlockTimestamp() + DELAY_SECONDS);
        expectError(bytes4(keccak256("Error(string)")));
        this.executeFor(address(bonding), data);
    }

    /// Nobody else can make the vote that somebody is about to make, cancel it, and use up its id.
    function test_aVoteThatNamesItsProposer_isMadeByNobodyElse() public {
        string memory text = "why\n\n#proposer=0x00000000000000000000000000000000000000Aa";
        (address[] memory targets, uint256[] memory values, bytes[] memory payloads) = single(address(bonding), "");
        vm.prank(second);
        expectError(bytes4(keccak256("Error(string)")));
        stakeGovernor.propose(targets, values, payloads, text);
        bond(address(0xAa), 100 * LPT, second);
        nextRound();
        nextRound();
        vm.prank(address(0xAa));
        stakeGovernor.propose(targets, values, payloads, text);
    }

    function test_timelock_obeysNobodyElse() public {
        vm.startPrank(guardian);
        vm.expectRevert();
        timelock.schedule(address(bonding), 0, "", 0, 0, DELAY_SECONDS);
        vm.expectRevert();
        timelock.execute(address(bonding), 0, "", 0, 0);
        vm.expectRevert();
        timelock.updateDelay(0);
        vm.stopPrank();
        expectError(StakeTimelock.StakeTimelockInvalidGovernor.selector);
        new StakeTimelock(0, address(0), address(0), 0);
        assertEq(new StakeTimelock(0, big, address(0), 0).vetoGuardian(), address(0));
    }

    /// Whoever votes what in which order, both quorums and the quota decide, exactly.
    function testFuzz_outcome_isThatOfTheStakeThatVoted(uint8[4] memory choices, uint8 order) public {
        address[4] memory voters = [big, delegator, second, silent];
        uint256[4] memory stakes = [1_000 * LPT, 300 * LPT, 400 * LPT, 2_600 * LPT];
        uint256[3] memory expected;
        uint256 ofTranscoders = 0;
        uint256 id = propose(address(bonding), "");
        for (uint256 i = 0; i < 4; ++i) {
            uint256 who = (i + order) % 4;
            uint8 choice = choices[who] % 4;
            if (choice == 3) continue;
            vote(voters[who], id, choice);
            expected[choice] += stakes[who];
            if (who != 1) ofTranscoders += stakes[who];
        }
        if (choices[0] % 4 != 3 && choices[1] % 4 != 3) {
            expected[choices[0] % 4] -= 300 * LPT;
            ofTranscoders -= 300 * LPT;
        }
        assertEq(stakeGovernor.transcoderVotes(id), ofTranscoders, "transcoders");
        skipRounds(3);
        bool enough = expected[0] + expected[1] + expected[2] >= 4_000 * LPT * 333_300 / 1_000_000;
        bool wins = expected[FOR] > expected[AGAINST] && ofTranscoders >= 800 * LPT;
        assertEq(stateOf(id), enough && wins ? SUCCEEDED : DEFEATED);
    }

    function executeFor(address target, bytes calldata data) external {
        execute(target, data);
    }

    function queueFor(address target, bytes calldata data) external {
        queue(target, data);
    }
}
