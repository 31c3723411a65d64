// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../bonding/IBondingManager.sol";
import {IVerifier} from "./IVerifier.sol";
import {JobLib} from "./JobLib.sol";
import {JobsState} from "./JobsState.sol";

/// @title JobsManager
/// @notice A broadcaster deposits ether and posts a job. The transcoder drawn for it claims ranges of segments with the
/// Merkle root of its receipts; the fees of a claim move from the deposit into the job's escrow. The hash of the block
/// after the claim draws segments that must be proven and verified. A claim that stays unpunished until
/// `endVerificationSlashingBlock` is paid out; a punished one ends the job and gives the escrow back.
/// @dev Behind a ManagerProxy. Storage is in JobsParameters and JobsState.
contract JobsManager is JobsState {
    modifier onlyVerifier() {
        if (msg.sender != _registered("Verifier")) revert JobsUnauthorizedCaller(msg.sender);
        _;
    }

    constructor(address initialController) JobsState(initialController) {}

    /// Adds the ether sent to the caller's deposit.
    function deposit() external payable whenSystemNotPaused {
        broadcasters[msg.sender].deposit += msg.value;
        emit Deposit(msg.sender, msg.value);
        _minter().depositETH{value: msg.value}();
    }

    /// Pays the caller's whole deposit back, once none of its jobs can be claimed any more.
    function withdraw() external whenSystemNotPaused {
        Broadcaster memory broadcaster = broadcasters[msg.sender];
        if (broadcaster.withdrawBlock > _blockNum()) revert JobsDepositLocked(broadcaster.withdrawBlock);
        delete broadcasters[msg.sender];
        emit Withdraw(msg.sender);
        _minter().trustedWithdrawETH(payable(msg.sender), broadcaster.deposit);
    }

    /// Posts a job that can be claimed until `endBlock`, at up to `maxPricePerSegment` wei per segment and profile.
    function job(
        string calldata streamId,
        string calldata transcodingOptions,
        uint256 maxPricePerSegment,
        uint256 endBlock
    ) external whenSystemNotPaused {
        uint256 height = _blockNum();
        if (endBlock <= height) revert JobsInvalidEndBlock(endBlock);
        if (!JobLib.validTranscodingOptions(transcodingOptions)) revert JobsInvalidTranscodingOptions();

        uint256 jobId = numJobs++;
        Job storage newJob = jobs[jobId];
        newJob.jobId = jobId;
        newJob.streamId = streamId;
        newJob.transcodingOptions = transcodingOptions;
        newJob.maxPricePerSegment = maxPricePerSegment;
        newJob.broadcasterAddress = msg.sender;
        newJob.creationRound = _roundsManager().currentRound();
        newJob.creationBlock = height;
        newJob.endBlock = endBlock;
        if (endBlock > broadcasters[msg.sender].withdrawBlock) broadcasters[msg.sender].withdrawBlock = endBlock;
        emit NewJob(msg.sender, jobId, streamId, transcodingOptions, maxPricePerSegment, height);
    }

    /// Claims to have transcoded the segments `segmentRange[0]` to `segmentRange[1]`, both included. The first claim of a
    /// job must come from the transcoder drawn for it, within 256 blocks of its creation.
    function claimWork(uint256 jobId, uint256[2] calldata segmentRange, bytes32 claimRoot)
        external
        virtual
        whenSystemNotPaused
    {
        _claimWork(jobId, segmentRange, claimRoot);
    }

    /// Proves a challenged segment and has it verified, paying the Verifier's price exactly. `dataHashes` are those of
    /// the data as sent and as transcoded.
    function verify(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        string calldata dataStorageHash,
        bytes32[2] calldata dataHashes,
        bytes calldata broadcasterSig,
        bytes calldata proof
    ) external payable whenSystemNotPaused {
        Claim storage claim = _pendingClaim(jobId, claimId);
        if (jobs[jobId].transcoderAddress != msg.sender) revert JobsNotAssigned(msg.sender, jobId);
        _requireChallenged(claim, segmentNumber);
        _requireProof(jobs[jobId], claim.claimRoot, segmentNumber, dataHashes, broadcasterSig, proof);

        claim.segmentVerifications[segmentNumber] = true;
        emit Verify(msg.sender, jobId, claimId, segmentNumber);
        _askVerifier(jobId, claimId, segmentNumber, dataStorageHash, dataHashes);
    }

    /// Takes the Verifier's verdict. A segment that failed costs the transcoder stake, the claim, and the job.
    function receiveVerification(uint256 jobId, uint256 claimId, uint256 segmentNumber, bool result)
        external
        whenSystemNotPaused
        onlyVerifier
    {
        Job storage judgedJob = _job(jobId);
        Claim storage claim = _pendingClaim(jobId, claimId);
        if (!claim.segmentVerifications[segmentNumber]) revert JobsSegmentNotSubmitted(segmentNumber);

        address transcoder = judgedJob.transcoderAddress;
        if (result) {
            emit PassedVerification(transcoder, jobId, claimId, segmentNumber);
        } else {
            claim.status = ClaimStatus.Slashed;
            emit FailedVerification(transcoder, jobId, claimId, segmentNumber);
            _refundAndSlash(judgedJob, failedVerificationSlashAmount, address(0), 0);
        }
    }

    /// Pays out each of `claimIds`, all or none.
    function batchDistributeFees(uint256 jobId, uint256[] calldata claimIds) external whenSystemNotPaused {
        for (uint256 i = 0; i < claimIds.length; ++i) {
            _distributeFees(jobId, claimIds[i]);
        }
    }

    /// Punishes a transcoder that did not prove a challenged segment in time. Anyone may call, for a part of the penalty.
    function missedVerificationSlash(uint256 jobId, uint256 claimId, uint256 segmentNumber)
        external
        whenSystemNotPaused
    {
        Job storage judgedJob = _job(jobId);
        Claim storage claim = _pendingClaim(jobId, claimId);
        uint256 height = _blockNum();
        if (height < claim.endVerificationBlock || height >= claim.endVerificationSlashingBlock) {
            revert JobsOutsideSlashingPeriod(claim.endVerificationBlock, claim.endVerificationSlashingBlock);
        }
        _requireChallenged(claim, segmentNumber);

        claim.status = ClaimStatus.Slashed;
        _refundAndSlash(judgedJob, missedVerificationSlashAmount, msg.sender, finderFee);
    }

    /// Punishes a transcoder that claimed a segment twice. Anyone may call, for a part of the penalty.
    /// @dev The two ids must differ. At the 2018 launch they did not have to, so that any claim proved itself double and
    /// an honest transcoder could be slashed by anyone.
    function doubleClaimSegmentSlash(uint256 jobId, uint256 claimId1, uint256 claimId2, uint256 segmentNumber)
        external
        whenSystemNotPaused
    {
        _requireDifferentClaims(claimId1, claimId2);
        Job storage judgedJob = _job(jobId);
        Claim storage claim1 = _claim(jobId, claimId1);
        Claim storage claim2 = _claim(jobId, claimId2);
        if (claim1.status == ClaimStatus.Slashed) revert JobsClaimSlashed(jobId, claimId1);
        if (claim2.status == ClaimStatus.Slashed) revert JobsClaimSlashed(jobId, claimId2);
        if (!_contains(claim1, segmentNumber) || !_contains(claim2, segmentNumber)) {
            revert JobsSegmentNotShared(segmentNumber);
        }

        claim1.status = ClaimStatus.Slashed;
        claim2.status = ClaimStatus.Slashed;
        _refundAndSlash(judgedJob, doubleClaimSegmentSlashAmount, msg.sender, finderFee);
    }

    /// Pays a claim that can no longer be punished to the transcoder and its delegators. Anyone may call.
    function distributeFees(uint256 jobId, uint256 claimId) public whenSystemNotPaused {
        _distributeFees(jobId, claimId);
    }

    function _claimWork(uint256 jobId, uint256[2] calldata segmentRange, bytes32 claimRoot) internal {
        Job storage claimedJob = _job(jobId);
        if (jobStatus(jobId) != JobStatus.Active) revert JobsInactiveJob(jobId);
        if (segmentRange[0] > segmentRange[1]) revert JobsInvalidSegmentRange(segmentRange[0], segmentRange[1]);
        _assign(claimedJob);

        uint256 fees = _fees(claimedJob, segmentRange);
        Broadcaster storage broadcaster = broadcasters[claimedJob.broadcasterAddress];
        if (fees > broadcaster.deposit) revert JobsInsufficientDeposit(fees, broadcaster.deposit);
        broadcaster.deposit -= fees;
        claimedJob.escrow += fees;

        uint256 claimId = claimedJob.claims.length;
        Claim storage claim = claimedJob.claims.push();
        claim.claimId = claimId;
        claim.segmentRange = segmentRange;
        claim.claimRoot = claimRoot;
        claim.claimBlock = _blockNum();
        claim.endVerificationBlock = claim.claimBlock + verificationPeriod;
        claim.endVerificationSlashingBlock = claim.endVerificationBlock + verificationSlashingPeriod;
        emit NewClaim(msg.sender, jobId, claimId);
    }

    /// @dev One claim against itself shows nothing.
    function _requireDifferentClaims(uint256 claimId1, uint256 claimId2) internal pure virtual {
        if (claimId1 == claimId2) revert JobsSameClaim(claimId1);
    }

    /// @dev The first claim settles whose job it is.
    function _assign(Job storage claimedJob) private {
        IBondingManager bondingManager = _bondingManager();
        address assigned = claimedJob.transcoderAddress;
        if (assigned == address(0)) {
            bytes32 blockHash = _roundsManager().blockHash(claimedJob.creationBlock);
            assigned = bondingManager.electActiveTranscoder(
                claimedJob.maxPricePerSegment, blockHash, claimedJob.creationRound
            );
        }
        if (msg.sender != assigned || !bondingManager.isRegisteredTranscoder(msg.sender)) {
            revert JobsNotAssigned(msg.sender, claimedJob.jobId);
        }
        claimedJob.transcoderAddress = assigned;
    }

    function _distributeFees(uint256 jobId, uint256 claimId) private {
        Job storage paidJob = _job(jobId);
        Claim storage claim = _pendingClaim(jobId, claimId);
        if (claim.endVerificationSlashingBlock > _blockNum()) {
            revert JobsClaimNotFinal(claim.endVerificationSlashingBlock);
        }
        uint256 fees = _fees(paidJob, claim.segmentRange);
        // A job that was punished has no escrow left for its other claims.
        if (fees > paidJob.escrow) revert JobsInsufficientEscrow(fees, paidJob.escrow);
        paidJob.escrow -= fees;
        claim.status = ClaimStatus.Complete;
        emit DistributeFees(paidJob.transcoderAddress, jobId, claimId, fees);
        _bondingManager().updateTranscoderWithFees(paidJob.transcoderAddress, fees, paidJob.creationRound);
    }

    function _refundAndSlash(Job storage judgedJob, uint256 slashAmount, address finder, uint256 finderShare) private {
        broadcasters[judgedJob.broadcasterAddress].deposit += judgedJob.escrow;
        judgedJob.escrow = 0;
        uint256 height = _blockNum();
        if (judgedJob.endBlock > height) judgedJob.endBlock = height;
        _bondingManager().slashTranscoder(judgedJob.transcoderAddress, finder, slashAmount, finderShare);
    }

    function _askVerifier(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        string calldata dataStorageHash,
        bytes32[2] calldata dataHashes
    ) private {
        IVerifier verifier = IVerifier(_registered("Verifier"));
        uint256 price = verifier.getPrice();
        if (msg.value != price) revert JobsInvalidPayment(msg.value, price);
        string memory options = jobs[jobId].transcodingOptions;
        verifier.verify{value: price}(jobId, claimId, segmentNumber, options, dataStorageHash, dataHashes);
    }

    function _requireProof(
        Job storage provenJob,
        bytes32 claimRoot,
        uint256 segmentNumber,
        bytes32[2] calldata dataHashes,
        bytes calldata signature,
        bytes calldata proof
    ) private view {
        string memory streamId = provenJob.streamId;
        address broadcaster = provenJob.broadcasterAddress;
        if (!JobLib.validateBroadcasterSig(streamId, segmentNumber, dataHashes[0], signature, broadcaster)) {
            revert JobsInvalidBroadcasterSignature();
        }
        if (!JobLib.validateReceipt(streamId, segmentNumber, dataHashes, signature, proof, claimRoot)) {
            revert JobsInvalidReceipt();
        }
    }

    function _requireChallenged(Claim storage claim, uint256 segmentNumber) private view {
        uint256 challengeBlock = claim.claimBlock + 1;
        if (
            !JobLib.shouldVerifySegment(
                segmentNumber,
                claim.segmentRange,
                challengeBlock,
                _roundsManager().blockHash(challengeBlock),
                verificationRate
            )
        ) revert JobsSegmentNotChallenged(segmentNumber);
        if (claim.segmentVerifications[segmentNumber]) revert JobsSegmentVerified(segmentNumber);
    }
}
