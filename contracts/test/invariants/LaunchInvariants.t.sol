// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Actors} from "./Actors.sol";
import {JobsActors} from "./JobsActors.sol";
import {StakeInvariants} from "./StakeInvariants.sol";

/// @title What holds in the protocol of the launch, whatever its users do
contract LaunchInvariantsTest is StakeInvariants {
    function setUp() public override {
        super.setUp();
        JobsActors actors = new JobsActors(controller);
        register("Verifier", address(actors));
        jobs.setVerificationPeriod(20);
        jobs.setVerificationSlashingPeriod(100);
        jobs.setMissedVerificationSlashAmount(50_000);
        jobs.setFailedVerificationSlashAmount(500_000);
        start(actors);
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
        live(1, 2_500);
        assertStakeActionsSucceeded();
        string[10] memory names = [
            "deposit",
            "withdrawDeposit",
            "postJob",
            "claimWork",
            "proveSegment",
            "judgeFailed",
            "judgePassed",
            "slashMissed",
            "slashDouble",
            "distributeFees"
        ];
        for (uint256 i = 0; i < names.length; ++i) assertSucceeded(names[i]);
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
        checkVaultEther(JobsActors(address(people)).owedForJobs());
    }

    function allActions() private pure returns (bytes4[] memory actions) {
        bytes4[16] memory stake = stakeActions();
        actions = new bytes4[](stake.length + 20);
        for (uint256 i = 0; i < stake.length; ++i) actions[i] = stake[i];
        uint256 next = stake.length;
        actions[next++] = Actors.changeRoundLength.selector;
        actions[next++] = JobsActors.deposit.selector;
        actions[next++] = JobsActors.withdrawDeposit.selector;
        actions[next++] = JobsActors.postJob.selector;
        actions[next++] = JobsActors.postJob.selector;
        actions[next++] = JobsActors.claimWork.selector;
        actions[next++] = JobsActors.claimWork.selector;
        actions[next++] = JobsActors.claimWork.selector;
        actions[next++] = JobsActors.claimWork.selector;
        actions[next++] = JobsActors.proveSegment.selector;
        actions[next++] = JobsActors.proveSegment.selector;
        actions[next++] = JobsActors.proveSegment.selector;
        actions[next++] = JobsActors.judge.selector;
        actions[next++] = JobsActors.claimWork.selector;
        actions[next++] = JobsActors.claimWork.selector;
        actions[next++] = JobsActors.deposit.selector;
        actions[next++] = JobsActors.judge.selector;
        actions[next++] = JobsActors.slashMissed.selector;
        actions[next++] = JobsActors.slashDouble.selector;
        actions[next++] = JobsActors.distributeFees.selector;
    }
}
