// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../../bonding/IBondingManager.sol";
import {IJobsManager} from "../../jobs/IJobsManager.sol";
import {IVerifier} from "../../jobs/IVerifier.sol";
import {JobsManager} from "../../jobs/JobsManager.sol";
import {JobsManagerV2} from "../../jobs/JobsManagerV2.sol";
import {JobsState} from "../../jobs/JobsState.sol";
import {IManager} from "../../registry/IManager.sol";
import {Segments} from "../support/Segments.sol";

/// @dev A Verifier that remembers what it was asked, and answers when the test says so.
contract RecordingVerifier is IVerifier {
    uint256 public getPrice = 3;
    uint256 public asked;
    string public options;

    function verify(uint256, uint256, uint256, string calldata transcodingOptions, string calldata, bytes32[2] calldata)
        external
        payable
    {
        ++asked;
        options = transcodingOptions;
    }
}

contract JobsManagerTest is Segments {
    uint256 private constant PRICE = 1_000;
    /// @dev Two segments in two profiles.
    uint256 private constant FEES = 4 * PRICE;
    uint256 private constant JOB = 0;

    RecordingVerifier private verifier;
    address private transcoder;
    address private broadcaster;
    address private finder;

    function setUp() public override {
        super.setUp();
        (transcoder, broadcaster, finder) = (account("transcoder"), account("broadcaster"), account("finder"));
        bondTranscoder(transcoder, 1_000 * LPT, 0, 0);
        verifier = new RecordingVerifier();
        register("Verifier", address(verifier));
        nextRound();
        vm.deal(broadcaster, 1 ether);
        vm.deal(transcoder, 1 ether);
        vm.startPrank(broadcaster);
        jobs.deposit{value: 1 ether}();
        jobs.job(STREAM, PROFILES, PRICE, vm.getBlockNumber() + 50);
        vm.stopPrank();
        mine(1);
    }

    function test_deposit_goesToTheVault() public view {
        assertEq(address(minter).balance, 1 ether);
        assertEq(depositOf(broadcaster), 1 ether);
    }

    function test_withdraw_waitsForTheLastJobAndTakesAll() public {
        vm.startPrank(broadcaster);
        expectError(IJobsManager.JobsDepositLocked.selector);
        jobs.withdraw();
        mine(50);
        jobs.withdraw();
        vm.stopPrank();
        assertEq(broadcaster.balance, 1 ether);
        assertEq(depositOf(broadcaster), 0);
    }

    function test_job_needsAnEndAndWholeProfiles() public {
        uint256 height = vm.getBlockNumber();
        expectError(IJobsManager.JobsInvalidEndBlock.selector);
        jobs.job(STREAM, PROFILES, 1, height);
        expectError(IJobsManager.JobsInvalidTranscodingOptions.selector);
        jobs.job(STREAM, "", 1, height + 1);
        expectError(IJobsManager.JobsInvalidTranscodingOptions.selector);
        jobs.job(STREAM, "1234567", 1, height + 1);
    }

    function test_claimWork_movesTheFeesIntoEscrow() public {
        claimTwo();
        (,,,, address assigned, uint256 round,,, uint256 escrow, uint256 claims) = jobs.getJob(JOB);
        assertEq(assigned, transcoder);
        assertEq(round, rounds.currentRound());
        assertEq(escrow, FEES);
        assertEq(claims, 1);
        assertEq(depositOf(broadcaster), 1 ether - FEES);
        (uint256[2] memory range,, uint256 claimBlock, uint256 verifyUntil, uint256 slashUntil,) = jobs.getClaim(JOB, 0);
        assertEq(range[1], 1);
        assertEq(claimBlock, vm.getBlockNumber());
        assertEq(verifyUntil, claimBlock + 10);
        assertEq(slashUntil, claimBlock + 20);
    }

    function test_claimWork_isForTheElectedAndForWhatCanBePaid() public {
        bytes32 root = bytes32(uint256(1));
        vm.startPrank(finder);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsNotAssigned.selector, finder, JOB));
        jobs.claimWork(JOB, [uint256(0), 1], root);
        vm.stopPrank();
        vm.startPrank(transcoder);
        expectError(IJobsManager.JobsUnknownJob.selector);
        jobs.claimWork(1, [uint256(0), 1], root);
        expectError(IJobsManager.JobsInvalidSegmentRange.selector);
        jobs.claimWork(JOB, [uint256(2), 1], root);
        expectError(IJobsManager.JobsInsufficientDeposit.selector);
        jobs.claimWork(JOB, [uint256(0), 1 ether], root);
        mine(50);
        expectError(IJobsManager.JobsInactiveJob.selector);
        jobs.claimWork(JOB, [uint256(0), 1], root);
        vm.stopPrank();
    }

    function test_claimWork_secondClaimNeedsNoElection() public {
        claimTwo();
        mine(5);
        claimTwo();
        (,,,,,,,, uint256 escrow, uint256 claims) = jobs.getJob(JOB);
        assertEq(escrow, 2 * FEES);
        assertEq(claims, 2);
    }

    function test_verify_asksTheVerifierOncePerSegment() public {
        Segment[2] memory segments = claimTwo();
        mine(2);
        vm.startPrank(transcoder);
        verify(segments, 0, 3);
        assertEq(verifier.asked(), 1);
        assertEq(verifier.options(), PROFILES);
        assertEq(address(verifier).balance, 3);
        assertTrue(jobs.isClaimSegmentVerified(JOB, 0, 0));
        expectError(IJobsManager.JobsSegmentVerified.selector);
        verify(segments, 0, 3);
        expectError(IJobsManager.JobsInvalidPayment.selector);
        verify(segments, 1, 2);
        vm.stopPrank();
    }

    function test_verify_refusesOthersAndFalseProofs() public {
        Segment[2] memory segments = claimTwo();
        mine(2);
        vm.startPrank(finder);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsNotAssigned.selector, finder, JOB));
        verify(segments, 0, 0);
        vm.stopPrank();
        vm.startPrank(transcoder);
        Segment memory good = segments[0];
        expectError(IJobsManager.JobsSegmentNotChallenged.selector);
        jobs.verify{value: 3}(JOB, 0, 2, "where", good.dataHashes, good.signature, "");
        expectError(IJobsManager.JobsInvalidBroadcasterSignature.selector);
        jobs.verify{value: 3}(JOB, 0, 0, "where", good.dataHashes, segments[1].signature, "");
        expectError(IJobsManager.JobsInvalidBroadcasterSignature.selector);
        jobs.verify{value: 3}(JOB, 0, 0, "where", good.dataHashes, "short", "");
        expectError(IJobsManager.JobsInvalidReceipt.selector);
        jobs.verify{value: 3}(JOB, 0, 0, "where", good.dataHashes, good.signature, "not a whole hash");
        expectError(IJobsManager.JobsInvalidReceipt.selector);
        jobs.verify{value: 3}(JOB, 0, 0, "where", good.dataHashes, good.signature, abi.encodePacked(bytes32(0)));
        expectError(IJobsManager.JobsUnknownClaim.selector);
        jobs.verify{value: 3}(JOB, 1, 0, "where", good.dataHashes, good.signature, "");
        vm.stopPrank();
    }

    function test_receiveVerification_takesAVerdictOfTheVerifierOnWhatWasSubmitted() public {
        Segment[2] memory segments = claimTwo();
        mine(2);
        vm.prank(transcoder);
        verify(segments, 0, 3);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsUnauthorizedCaller.selector, address(this)));
        jobs.receiveVerification(JOB, 0, 0, true);
        vm.startPrank(address(verifier));
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsSegmentNotSubmitted.selector, 1));
        jobs.receiveVerification(JOB, 0, 1, true);
        vm.expectEmit(address(jobs));
        emit IJobsManager.PassedVerification(transcoder, JOB, 0, 0);
        jobs.receiveVerification(JOB, 0, 0, true);
        assertStatus(0, JobsState.ClaimStatus.Pending);
        vm.expectEmit(address(jobs));
        emit IJobsManager.FailedVerification(transcoder, JOB, 0, 0);
        jobs.receiveVerification(JOB, 0, 0, false);
        expectError(IJobsManager.JobsClaimNotPending.selector);
        jobs.receiveVerification(JOB, 0, 0, false);
        vm.stopPrank();
        assertStatus(0, JobsState.ClaimStatus.Slashed);
        assertEq(bondedAmount(transcoder), 990 * LPT);
        assertEq(depositOf(broadcaster), 1 ether);
        assertTrue(jobs.jobStatus(JOB) == JobsState.JobStatus.Inactive);
    }

    function test_missedVerificationSlash_paysTheFinderWithinThePeriod() public {
        claimTwo();
        vm.startPrank(finder);
        mine(9);
        expectError(IJobsManager.JobsOutsideSlashingPeriod.selector);
        jobs.missedVerificationSlash(JOB, 0, 0);
        mine(1);
        expectError(IJobsManager.JobsSegmentNotChallenged.selector);
        jobs.missedVerificationSlash(JOB, 0, 2);
        jobs.missedVerificationSlash(JOB, 0, 1);
        vm.stopPrank();
        assertEq(bondedAmount(transcoder), 995 * LPT);
        assertEq(token.balanceOf(finder), 0.25 ether);
        assertStatus(0, JobsState.ClaimStatus.Slashed);
        assertEq(depositOf(broadcaster), 1 ether);
    }

    function test_missedVerificationSlash_sparesWhoVerifiedAndComesTooLate() public {
        Segment[2] memory segments = claimTwo();
        mine(2);
        vm.prank(transcoder);
        verify(segments, 0, 3);
        mine(8);
        expectError(IJobsManager.JobsSegmentVerified.selector);
        jobs.missedVerificationSlash(JOB, 0, 0);
        mine(10);
        expectError(IJobsManager.JobsOutsideSlashingPeriod.selector);
        jobs.missedVerificationSlash(JOB, 0, 1);
    }

    function test_doubleClaimSegmentSlash_needsTwoDifferentClaimsOfTheSegment() public {
        claimTwo();
        claimTwo();
        bytes32 root = bytes32(uint256(1));
        vm.prank(transcoder);
        jobs.claimWork(JOB, [uint256(2), 2], root);
        vm.startPrank(finder);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsSameClaim.selector, 0));
        jobs.doubleClaimSegmentSlash(JOB, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsSegmentNotShared.selector, 0));
        jobs.doubleClaimSegmentSlash(JOB, 0, 2, 0);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsSegmentNotShared.selector, 2));
        jobs.doubleClaimSegmentSlash(JOB, 0, 2, 2);
        jobs.doubleClaimSegmentSlash(JOB, 0, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsClaimSlashed.selector, JOB, 0));
        jobs.doubleClaimSegmentSlash(JOB, 0, 2, 1);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsClaimSlashed.selector, JOB, 1));
        jobs.doubleClaimSegmentSlash(JOB, 2, 1, 1);
        vm.stopPrank();
        assertEq(bondedAmount(transcoder), 970 * LPT);
        assertEq(token.balanceOf(finder), 1.5 ether);
        assertStatus(0, JobsState.ClaimStatus.Slashed);
        assertStatus(1, JobsState.ClaimStatus.Slashed);
        // The third claim of the job has no escrow left.
        mine(20);
        expectError(IJobsManager.JobsInsufficientEscrow.selector);
        jobs.distributeFees(JOB, 2);
    }

    function test_distributeFees_paysWhatCanNoLongerBePunished() public {
        claimTwo();
        mine(19);
        expectError(IJobsManager.JobsClaimNotFinal.selector);
        jobs.distributeFees(JOB, 0);
        mine(1);
        vm.expectEmit(address(jobs));
        emit IJobsManager.DistributeFees(transcoder, JOB, 0, FEES);
        jobs.distributeFees(JOB, 0);
        assertStatus(0, JobsState.ClaimStatus.Complete);
        assertEq(pendingFees(transcoder), FEES);
        expectError(IJobsManager.JobsClaimNotPending.selector);
        jobs.distributeFees(JOB, 0);
    }

    function test_batchDistributeFees_paysAllOrNone() public {
        claimTwo();
        claimTwo();
        mine(20);
        uint256[] memory ids = new uint256[](2);
        expectError(IJobsManager.JobsClaimNotPending.selector);
        jobs.batchDistributeFees(JOB, ids);
        ids[1] = 1;
        jobs.batchDistributeFees(JOB, ids);
        assertEq(pendingFees(transcoder), 2 * FEES);
    }

    function test_everyone_waitsForARunningProtocol() public {
        controller.pause();
        bytes4 paused = IManager.ManagerSystemPaused.selector;
        bytes32[2] memory hashes;
        expectError(paused);
        jobs.deposit();
        expectError(paused);
        jobs.withdraw();
        expectError(paused);
        jobs.job(STREAM, PROFILES, 1, 1e9);
        expectError(paused);
        jobs.claimWork(JOB, [uint256(0), 1], 0);
        expectError(paused);
        jobs.verify(JOB, 0, 0, "", hashes, "", "");
        expectError(paused);
        jobs.receiveVerification(JOB, 0, 0, true);
        expectError(paused);
        jobs.distributeFees(JOB, 0);
        expectError(paused);
        jobs.batchDistributeFees(JOB, new uint256[](0));
        expectError(paused);
        jobs.missedVerificationSlash(JOB, 0, 0);
        expectError(paused);
        jobs.doubleClaimSegmentSlash(JOB, 0, 1, 0);
    }

    function test_parameters_keepTheirBounds() public {
        bytes4 invalid = IJobsManager.JobsInvalidParameter.selector;
        expectError(invalid);
        jobs.setVerificationRate(0);
        expectError(invalid);
        jobs.setVerificationPeriod(247);
        jobs.setVerificationPeriod(246);
        expectError(invalid);
        jobs.setVerificationSlashingPeriod(11);
        expectError(invalid);
        jobs.setFailedVerificationSlashAmount(1_000_001);
        expectError(invalid);
        jobs.setMissedVerificationSlashAmount(1_000_001);
        expectError(invalid);
        jobs.setDoubleClaimSegmentSlashAmount(1_000_001);
        expectError(invalid);
        jobs.setFinderFee(1_000_001);
        vm.prank(finder);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        jobs.setFinderFee(1);
    }

    /// A segment is challenged in one of `rate` cases: here 64 segments at one in 4, and the count is that of the rule.
    function testFuzz_challenge_followsTheBlockAfterTheClaim(bytes32 challengeHash) public {
        jobs.setVerificationRate(4);
        vm.prank(transcoder);
        jobs.claimWork(JOB, [uint256(0), 63], bytes32(uint256(1)));
        uint256 challengeBlock = vm.getBlockNumber() + 1;
        mine(10);
        vm.setBlockhash(challengeBlock, challengeHash);
        uint256 kept = vm.snapshotState();
        for (uint256 segment = 0; segment < 64; segment += 7) {
            bool challenged = uint256(keccak256(abi.encodePacked(challengeBlock, challengeHash, segment))) % 4 == 0;
            if (!challenged) expectError(IJobsManager.JobsSegmentNotChallenged.selector);
            jobs.missedVerificationSlash(JOB, 0, segment);
            if (challenged) vm.revertToState(kept);
        }
    }

    function test_v2_boundsTheSegmentsOfAClaim() public {
        register("JobsManagerTarget", address(new JobsManagerV2(address(controller))));
        JobsManagerV2 upgraded = JobsManagerV2(address(jobs));
        claimTwo();
        upgraded.setMaxSegmentsPerClaim(2);
        claimTwo();
        vm.startPrank(transcoder);
        vm.expectRevert(abi.encodeWithSelector(JobsManagerV2.JobsTooManySegments.selector, 3, 2));
        jobs.claimWork(JOB, [uint256(0), 2], 0);
        vm.stopPrank();
    }

    function test_claimWork_isRefusedToWhoLeft() public {
        vm.startPrank(transcoder);
        bonding.unbond(1_000 * LPT);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsNotAssigned.selector, transcoder, JOB));
        jobs.claimWork(JOB, [uint256(0), 1], 0);
        vm.stopPrank();
    }

    function claimTwo() private returns (Segment[2] memory segments) {
        segments = twoSegments("broadcaster");
        bytes32 root = rootOf(segments);
        vm.prank(transcoder);
        jobs.claimWork(JOB, [uint256(0), 1], root);
    }

    function verify(Segment[2] memory segments, uint256 index, uint256 payment) private {
        Segment memory proven = segments[index];
        jobs.verify{value: payment}(
            JOB,
            0,
            index,
            "where",
            proven.dataHashes,
            proven.signature,
            abi.encodePacked(segments[1 - index].receipt)
        );
    }

    function depositOf(address who) private view returns (uint256 deposit) {
        (deposit,) = jobs.broadcasters(who);
    }

    function assertStatus(uint256 claimId, JobsState.ClaimStatus expected) private view {
        (,,,,, JobsState.ClaimStatus status) = jobs.getClaim(JOB, claimId);
        assertTrue(status == expected, "claim status");
    }
}
