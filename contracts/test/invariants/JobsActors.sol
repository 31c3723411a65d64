// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVerifier} from "../../jobs/IVerifier.sol";
import {JobsManager} from "../../jobs/JobsManager.sol";
import {JobsState} from "../../jobs/JobsState.sol";
import {Controller} from "../../registry/Controller.sol";
import {Actors} from "./Actors.sol";

/// @title Actors that also post jobs, claim work, prove it, and punish each other
/// @dev It is the Verifier, too: a verdict is given when an action says so.
contract JobsActors is Actors, IVerifier {
    JobsManager public immutable jobs;
    uint256 public constant getPrice = 0;

    string private constant STREAM = "stream";
    string private constant PROFILES = "P720p30fP240p30f";

    constructor(Controller controller) Actors(controller) {
        jobs = JobsManager(controller.getContract(keccak256("JobsManager")));
    }

    function verify(uint256, uint256, uint256, string calldata, string calldata, bytes32[2] calldata) external payable {}

    function deposit(uint256 who, uint256 amount) external {
        address from = actor(who);
        amount = bound(amount, 1, from.balance / 2 + 1);
        if (amount > from.balance) return;
        attempt("deposit", from, address(jobs), amount, abi.encodeCall(jobs.deposit, ()));
    }

    function withdrawDeposit(uint256 who) external {
        attempt("withdrawDeposit", actor(who), address(jobs), abi.encodeCall(jobs.withdraw, ()));
    }

    function postJob(uint256 who, uint256 price, uint256 blocks) external {
        uint256 end = vm.getBlockNumber() + bound(blocks, 1, 200);
        address from = actor(who);
        (uint256 left,) = jobs.broadcasters(from);
        if (left == 0) attempt("deposit", from, address(jobs), from.balance / 2, abi.encodeCall(jobs.deposit, ()));
        bytes memory data = abi.encodeCall(jobs.job, (STREAM, PROFILES, bound(price, 0, 1e15), end));
        attempt("postJob", from, address(jobs), data);
    }

    /// Whoever was drawn claims up to two segments.
    function claimWork(uint256 job, uint256 first) external {
        if (jobs.numJobs() == 0) return;
        job = latest(job);
        first %= 2;
        bytes32 root = rootOf(job, first);
        for (uint256 i = 0; i < COUNT; ++i) {
            attempt(
                "claimWork", actors[i], address(jobs), abi.encodeCall(jobs.claimWork, (job, [first, first + 1], root))
            );
        }
    }

    /// The next segment that can be proven.
    function proveSegment(uint256 second) external {
        (bool found, uint256 job, uint256 claim, uint256 index) = pendingSegment(second % 2, false);
        if (!found) return;
        (,,,, address transcoder,,,,,) = jobs.getJob(job);
        attempt("proveSegment", transcoder, address(jobs), proof(job, claim, index));
    }

    /// A verdict on the next segment that waits for one.
    function judge(uint256 second, uint256 verdict) external {
        (bool found, uint256 job, uint256 claim, uint256 index) = pendingSegment(second % 2, true);
        if (!found) return;
        (uint256[2] memory range,,,,,) = jobs.getClaim(job, claim);
        bool passed = verdict % 3 != 0;
        bytes memory data = abi.encodeCall(jobs.receiveVerification, (job, claim, range[index], passed));
        attempt(passed ? "judgePassed" : "judgeFailed", address(this), address(jobs), data);
    }

    function slashMissed(uint256 who, uint256 second) external {
        (bool found, uint256 job, uint256 claim, uint256 index) = pendingSegment(second % 2, false);
        if (!found) return;
        (uint256[2] memory range,,,,,) = jobs.getClaim(job, claim);
        bytes memory data = abi.encodeCall(jobs.missedVerificationSlash, (job, claim, range[index]));
        attempt("slashMissed", actor(who), address(jobs), data);
    }

    function slashDouble(uint256 who, uint256 job, uint256 segment) external {
        if (jobs.numJobs() == 0) return;
        attempt(
            "slashDouble",
            actor(who),
            address(jobs),
            abi.encodeCall(jobs.doubleClaimSegmentSlash, (latest(job), 0, 1, segment % 3))
        );
    }

    function distributeFees(uint256 job, uint256 claim) external {
        if (jobs.numJobs() == 0) return;
        attempt(
            "distributeFees",
            actor(0),
            address(jobs),
            abi.encodeCall(jobs.distributeFees, (latest(job), claim % 3))
        );
    }

    /// Deposits and escrows that the vault owes.
    function owedForJobs() external view returns (uint256 sum) {
        for (uint256 i = 0; i < COUNT; ++i) {
            (uint256 left,) = jobs.broadcasters(actors[i]);
            sum += left;
        }
        for (uint256 id = 0; id < jobs.numJobs(); ++id) {
            (,,,,,,,, uint256 escrow,) = jobs.getJob(id);
            sum += escrow;
        }
    }

    /// @dev A segment of a pending claim of the last four jobs that was submitted, or was not.
    function pendingSegment(uint256 index, bool submitted) private view returns (bool, uint256, uint256, uint256) {
        uint256 count = jobs.numJobs();
        for (uint256 job = count > 4 ? count - 4 : 0; job < count; ++job) {
            (,,,,,,,,, uint256 claims) = jobs.getJob(job);
            for (uint256 claim = 0; claim < claims; ++claim) {
                if (isPending(job, claim, index, submitted)) return (true, job, claim, index);
            }
        }
        return (false, 0, 0, 0);
    }

    function isPending(uint256 job, uint256 claim, uint256 index, bool submitted) private view returns (bool) {
        (uint256[2] memory range,,,,, JobsState.ClaimStatus status) = jobs.getClaim(job, claim);
        bool wasSubmitted = jobs.isClaimSegmentVerified(job, claim, range[index]);
        return status == JobsState.ClaimStatus.Pending && wasSubmitted == submitted;
    }

    /// @dev One of the last four jobs: older ones are over.
    function latest(uint256 seed) private view returns (uint256) {
        uint256 count = jobs.numJobs();
        return count - 1 - seed % (count < 4 ? count : 4);
    }

    function proof(uint256 job, uint256 claim, uint256 index) private view returns (bytes memory) {
        (uint256[2] memory range,,,,,) = jobs.getClaim(job, claim);
        (bytes32[2] memory hashes, bytes memory signature,) = segmentOf(job, range[index]);
        (,, bytes32 other) = segmentOf(job, range[1 - index]);
        bytes memory siblings = abi.encodePacked(other);
        return abi.encodeCall(jobs.verify, (job, claim, range[index], "where", hashes, signature, siblings));
    }

    function rootOf(uint256 job, uint256 first) private view returns (bytes32) {
        (,, bytes32 left) = segmentOf(job, first);
        (,, bytes32 right) = segmentOf(job, first + 1);
        return left < right ? keccak256(abi.encodePacked(left, right)) : keccak256(abi.encodePacked(right, left));
    }

    function segmentOf(uint256 job, uint256 number)
        private
        view
        returns (bytes32[2] memory hashes, bytes memory signature, bytes32 receipt)
    {
        (,,, address broadcaster,,,,,,) = jobs.getJob(job);
        hashes = [keccak256("sent"), keccak256("transcoded")];
        bytes32 digest = keccak256(abi.encodePacked(STREAM, number, hashes[0]));
        for (uint256 i = 0; i < COUNT; ++i) {
            if (actors[i] == broadcaster) signature = personalSign(nameOf(i), digest);
        }
        receipt = keccak256(abi.encodePacked(STREAM, number, hashes[0], hashes[1], signature));
    }
}
