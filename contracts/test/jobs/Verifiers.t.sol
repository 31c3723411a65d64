// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVerifier} from "../../jobs/IVerifier.sol";
import {IdentityVerifier} from "../../jobs/IdentityVerifier.sol";
import {JobsState} from "../../jobs/JobsState.sol";
import {LivepeerVerifier} from "../../jobs/LivepeerVerifier.sol";
import {IManager} from "../../registry/IManager.sol";
import {Segments} from "../support/Segments.sol";

contract VerifiersTest is Segments {
    address private transcoder;
    address private solver;
    LivepeerVerifier private verifier;

    function setUp() public override {
        super.setUp();
        (transcoder, solver) = (account("transcoder"), account("solver"));
        address broadcaster = account("broadcaster");
        bondTranscoder(transcoder, 1_000 * LPT, 0, 0);
        address[] memory solvers = new address[](1);
        solvers[0] = solver;
        verifier = new LivepeerVerifier(address(controller), solvers, "QmProgram");
        register("Verifier", address(verifier));
        nextRound();
        vm.deal(broadcaster, 1 ether);
        vm.startPrank(broadcaster);
        jobs.deposit{value: 1 ether}();
        jobs.job(STREAM, PROFILES, 1, vm.getBlockNumber() + 50);
        vm.stopPrank();
        mine(1);
    }

    function test_solver_passesWhatItFindsTheSame() public {
        Segment[2] memory segments = prove();
        assertEq(verifier.requestCount(), 1);
        (,,, bytes32 expected) = verifier.requests(0);
        assertEq(expected, keccak256(abi.encodePacked(segments[0].dataHashes[0], segments[0].dataHashes[1])));
        vm.expectEmit(address(verifier));
        emit LivepeerVerifier.Callback(0, 0, 0, 0, true);
        answer(0, expected);
        assertStatus(JobsState.ClaimStatus.Pending);
        vm.startPrank(solver);
        vm.expectRevert(abi.encodeWithSelector(LivepeerVerifier.VerifierUnknownRequest.selector, 0));
        verifier.__callback(0, expected);
        vm.stopPrank();
    }

    function test_solver_failsWhatItFindsDifferent() public {
        prove();
        answer(0, keccak256("something else"));
        assertStatus(JobsState.ClaimStatus.Slashed);
        assertEq(bondedAmount(transcoder), 990 * LPT);
    }

    function test_callback_isForSolversAndWhatWasAsked() public {
        vm.expectRevert(abi.encodeWithSelector(IVerifier.VerifierUnauthorizedCaller.selector, address(this)));
        verifier.__callback(0, 0);
        vm.prank(solver);
        vm.expectRevert(abi.encodeWithSelector(LivepeerVerifier.VerifierUnknownRequest.selector, 0));
        verifier.__callback(0, 0);
    }

    function test_solvers_areAddedByTheControllerOwnerOnce() public {
        address next = account("next solver");
        vm.prank(next);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        verifier.addSolver(next);
        verifier.addSolver(next);
        assertTrue(verifier.isSolver(next));
        assertEq(verifier.solvers(1), next);
        vm.expectRevert(abi.encodeWithSelector(LivepeerVerifier.VerifierInvalidSolver.selector, next));
        verifier.addSolver(next);
        vm.expectRevert(abi.encodeWithSelector(LivepeerVerifier.VerifierInvalidSolver.selector, address(0)));
        verifier.addSolver(address(0));
        verifier.setVerificationCodeHash("QmOther");
        assertEq(verifier.verificationCodeHash(), "QmOther");
    }

    function test_verify_isForTheJobsManagerOfARunningProtocol() public {
        bytes32[2] memory hashes;
        IdentityVerifier identity = new IdentityVerifier(address(controller));
        bytes memory refused = abi.encodeWithSelector(IVerifier.VerifierUnauthorizedCaller.selector, address(this));
        vm.expectRevert(refused);
        verifier.verify(0, 0, 0, "", "", hashes);
        vm.expectRevert(refused);
        identity.verify(0, 0, 0, "", "", hashes);
        controller.pause();
        vm.startPrank(address(jobs));
        expectError(IManager.ManagerSystemPaused.selector);
        verifier.verify(0, 0, 0, "", "", hashes);
        expectError(IManager.ManagerSystemPaused.selector);
        identity.verify(0, 0, 0, "", "", hashes);
        vm.stopPrank();
        assertEq(identity.getPrice() + verifier.getPrice(), 0);
    }

    function test_identityVerifier_believesEverybodyAtOnce() public {
        register("Verifier", address(new IdentityVerifier(address(controller))));
        prove();
        assertStatus(JobsState.ClaimStatus.Pending);
        assertTrue(jobs.isClaimSegmentVerified(0, 0, 0));
    }

    function prove() private returns (Segment[2] memory segments) {
        segments = twoSegments("broadcaster");
        bytes32 root = rootOf(segments);
        bytes memory proof = abi.encodePacked(segments[1].receipt);
        vm.startPrank(transcoder);
        jobs.claimWork(0, [uint256(0), 1], root);
        mine(2);
        jobs.verify(0, 0, 0, "where", segments[0].dataHashes, segments[0].signature, proof);
        vm.stopPrank();
    }

    function answer(uint256 request, bytes32 result) private {
        vm.prank(solver);
        verifier.__callback(request, result);
    }

    function assertStatus(JobsState.ClaimStatus expected) private view {
        (,,,,, JobsState.ClaimStatus status) = jobs.getClaim(0, 0);
        assertTrue(status == expected, "claim status");
    }
}
