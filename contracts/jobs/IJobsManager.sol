// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Jobs, claims of work, their verification and payment
/// @dev Events, errors and the one function another contract calls.
interface IJobsManager {
    event Deposit(address indexed broadcaster, uint256 amount);
    event Withdraw(address indexed broadcaster);
    event NewJob(
        address indexed broadcaster,
        uint256 jobId,
        string streamId,
        string transcodingOptions,
        uint256 maxPricePerSegment,
        uint256 creationBlock
    );
    event NewClaim(address indexed transcoder, uint256 indexed jobId, uint256 claimId);
    event Verify(address indexed transcoder, uint256 indexed jobId, uint256 indexed claimId, uint256 segmentNumber);
    event DistributeFees(
        address indexed transcoder, uint256 indexed jobId, uint256 indexed claimId, uint256 fees
    );
    event PassedVerification(
        address indexed transcoder, uint256 indexed jobId, uint256 indexed claimId, uint256 segmentNumber
    );
    event FailedVerification(
        address indexed transcoder, uint256 indexed jobId, uint256 indexed claimId, uint256 segmentNumber
    );

    /// `caller` is not the registered Verifier.
    error JobsUnauthorizedCaller(address caller);

    /// There is no job with this id.
    error JobsUnknownJob(uint256 jobId);

    /// The job has no claim with this id.
    error JobsUnknownClaim(uint256 jobId, uint256 claimId);

    /// The job is over.
    error JobsInactiveJob(uint256 jobId);

    /// A job must end after the present block.
    error JobsInvalidEndBlock(uint256 endBlock);

    /// Options are the ids of one or more profiles, eight characters each.
    error JobsInvalidTranscodingOptions();

    /// The first segment comes after the last.
    error JobsInvalidSegmentRange(uint256 first, uint256 last);

    /// `account` is not the transcoder of this job.
    error JobsNotAssigned(address account, uint256 jobId);

    /// The broadcaster's deposit does not cover the fees.
    error JobsInsufficientDeposit(uint256 fees, uint256 deposit);

    /// The job's escrow does not cover the fees: a punished claim gave it back to the broadcaster.
    error JobsInsufficientEscrow(uint256 fees, uint256 escrow);

    /// The deposit is bound until `withdrawBlock`.
    error JobsDepositLocked(uint256 withdrawBlock);

    /// The claim was slashed or paid already.
    error JobsClaimNotPending(uint256 jobId, uint256 claimId);

    /// The claim was slashed already.
    error JobsClaimSlashed(uint256 jobId, uint256 claimId);

    /// Verification of the claim can still be demanded until `endBlock`.
    error JobsClaimNotFinal(uint256 endBlock);

    /// Missed verification is punished from `firstBlock` up to, not including, `endBlock`.
    error JobsOutsideSlashingPeriod(uint256 firstBlock, uint256 endBlock);

    /// The segment is not in the claim, or was not drawn for verification.
    error JobsSegmentNotChallenged(uint256 segmentNumber);

    /// The segment was submitted for verification already.
    error JobsSegmentVerified(uint256 segmentNumber);

    /// The segment was never submitted for verification.
    error JobsSegmentNotSubmitted(uint256 segmentNumber);

    /// The two claims do not both contain the segment.
    error JobsSegmentNotShared(uint256 segmentNumber);

    /// A claim cannot be set against itself.
    error JobsSameClaim(uint256 claimId);

    /// The broadcaster did not sign this segment.
    error JobsInvalidBroadcasterSignature();

    /// The receipt is not in the claimed Merkle tree.
    error JobsInvalidReceipt();

    /// The Verifier wants exactly `price` wei.
    error JobsInvalidPayment(uint256 sent, uint256 price);

    /// `value` is outside what `param` allows.
    error JobsInvalidParameter(string param, uint256 value);

    /// The Verifier's verdict on a segment.
    function receiveVerification(uint256 jobId, uint256 claimId, uint256 segmentNumber, bool result) external;
}
