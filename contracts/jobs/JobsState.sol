// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../bonding/IBondingManager.sol";
import {IRoundsManager} from "../rounds/IRoundsManager.sol";
import {IMinter} from "../token/IMinter.sol";
import {JobLib} from "./JobLib.sol";
import {JobsParameters} from "./JobsParameters.sol";

/// @title All state of the JobsManager, and how it is read
/// @dev Storage: 2..8 parameters (JobsParameters), 9 broadcasters, 10 jobs, 11 numJobs. An upgrade appends after 11.
abstract contract JobsState is JobsParameters {
    enum JobStatus {
        Inactive,
        Active
    }

    enum ClaimStatus {
        Pending,
        Slashed,
        Complete
    }

    struct Broadcaster {
        uint256 deposit;
        uint256 withdrawBlock;
    }

    struct Claim {
        uint256 claimId;
        uint256[2] segmentRange;
        bytes32 claimRoot;
        uint256 claimBlock;
        uint256 endVerificationBlock;
        uint256 endVerificationSlashingBlock;
        mapping(uint256 segmentNumber => bool submitted) segmentVerifications;
        ClaimStatus status;
    }

    struct Job {
        uint256 jobId;
        string streamId;
        string transcodingOptions;
        uint256 maxPricePerSegment;
        address broadcasterAddress;
        address transcoderAddress;
        uint256 creationRound;
        uint256 creationBlock;
        uint256 endBlock;
        Claim[] claims;
        uint256 escrow;
    }

    /// Deposit of a broadcaster in wei, and the block from which it can be withdrawn.
    mapping(address account => Broadcaster broadcaster) public broadcasters;

    mapping(uint256 jobId => Job job) public jobs;

    /// Number of jobs so far; also the id of the next one.
    uint256 public numJobs;

    constructor(address initialController) JobsParameters(initialController) {}

    /// A job, and how many claims it has.
    function getJob(uint256 jobId)
        external
        view
        returns (
            string memory streamId,
            string memory transcodingOptions,
            uint256 maxPricePerSegment,
            address broadcasterAddress,
            address transcoderAddress,
            uint256 creationRound,
            uint256 creationBlock,
            uint256 endBlock,
            uint256 escrow,
            uint256 totalClaims
        )
    {
        Job storage found = _job(jobId);
        streamId = found.streamId;
        transcodingOptions = found.transcodingOptions;
        maxPricePerSegment = found.maxPricePerSegment;
        broadcasterAddress = found.broadcasterAddress;
        transcoderAddress = found.transcoderAddress;
        creationRound = found.creationRound;
        creationBlock = found.creationBlock;
        endBlock = found.endBlock;
        escrow = found.escrow;
        totalClaims = found.claims.length;
    }

    /// A claim of a job.
    function getClaim(uint256 jobId, uint256 claimId)
        external
        view
        returns (
            uint256[2] memory segmentRange,
            bytes32 claimRoot,
            uint256 claimBlock,
            uint256 endVerificationBlock,
            uint256 endVerificationSlashingBlock,
            ClaimStatus status
        )
    {
        Claim storage claim = _claim(jobId, claimId);
        segmentRange = claim.segmentRange;
        claimRoot = claim.claimRoot;
        claimBlock = claim.claimBlock;
        endVerificationBlock = claim.endVerificationBlock;
        endVerificationSlashingBlock = claim.endVerificationSlashingBlock;
        status = claim.status;
    }

    /// Whether a segment of a claim was submitted for verification.
    function isClaimSegmentVerified(uint256 jobId, uint256 claimId, uint256 segmentNumber)
        external
        view
        returns (bool)
    {
        return _claim(jobId, claimId).segmentVerifications[segmentNumber];
    }

    /// Active until the job's last block.
    function jobStatus(uint256 jobId) public view returns (JobStatus) {
        return _job(jobId).endBlock <= _blockNum() ? JobStatus.Inactive : JobStatus.Active;
    }

    function _job(uint256 jobId) internal view returns (Job storage) {
        if (jobId >= numJobs) revert JobsUnknownJob(jobId);
        return jobs[jobId];
    }

    function _claim(uint256 jobId, uint256 claimId) internal view returns (Claim storage) {
        Claim[] storage claims = _job(jobId).claims;
        if (claimId >= claims.length) revert JobsUnknownClaim(jobId, claimId);
        return claims[claimId];
    }

    function _pendingClaim(uint256 jobId, uint256 claimId) internal view returns (Claim storage claim) {
        claim = _claim(jobId, claimId);
        if (claim.status != ClaimStatus.Pending) revert JobsClaimNotPending(jobId, claimId);
    }

    function _contains(Claim storage claim, uint256 segmentNumber) internal view returns (bool) {
        return claim.segmentRange[0] <= segmentNumber && segmentNumber <= claim.segmentRange[1];
    }

    function _fees(Job storage pricedJob, uint256[2] memory segmentRange) internal view returns (uint256) {
        return JobLib.calcFees(
            segmentRange[1] - segmentRange[0] + 1, pricedJob.transcodingOptions, pricedJob.maxPricePerSegment
        );
    }

    function _blockNum() internal view returns (uint256) {
        return _roundsManager().blockNum();
    }

    function _bondingManager() internal view returns (IBondingManager) {
        return IBondingManager(_registered("BondingManager"));
    }

    function _roundsManager() internal view returns (IRoundsManager) {
        return IRoundsManager(_registered("RoundsManager"));
    }

    function _minter() internal view returns (IMinter) {
        return IMinter(_registered("Minter"));
    }
}
