// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Whoever recomputes a challenged segment and reports to the JobsManager
/// @dev Registered as `Verifier`. It answers by calling `receiveVerification`, at once or later.
interface IVerifier {
    /// `caller` is not the JobsManager, or no solver, whichever is needed.
    error VerifierUnauthorizedCaller(address caller);

    /// Asks for a verdict on one segment. `dataHashes` are those of the data as sent and as transcoded.
    function verify(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        string calldata transcodingOptions,
        string calldata dataStorageHash,
        bytes32[2] calldata dataHashes
    ) external payable;

    /// What a verdict costs, in wei.
    function getPrice() external view returns (uint256);
}
