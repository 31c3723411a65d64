// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobsManager} from "./JobsManager.sol";

/// @title JobsManager with a bound on the segments of one claim
/// @notice Verification is drawn per segment but must be finished within one period per claim: a claim over very many
/// segments can owe more proofs than fit into it. The cap keeps every claim provable.
/// @dev An upgrade of JobsManager. Storage: 2..11 unchanged, 12 maxSegmentsPerClaim.
contract JobsManagerV2 is JobsManager {
    /// Most segments one claim may cover; 0 means no bound, which is what the upgrade starts with.
    uint256 public maxSegmentsPerClaim;

    /// The claim covers `segments` segments where `max` are allowed.
    error JobsTooManySegments(uint256 segments, uint256 max);

    constructor(address initialController) JobsManager(initialController) {}

    /// Sets the most segments one claim may cover; 0 removes the bound.
    function setMaxSegmentsPerClaim(uint256 newMaxSegmentsPerClaim) external onlyControllerOwner {
        maxSegmentsPerClaim = newMaxSegmentsPerClaim;
        emit ParameterUpdate("maxSegmentsPerClaim");
    }

    /// @inheritdoc JobsManager
    function claimWork(uint256 jobId, uint256[2] calldata segmentRange, bytes32 claimRoot)
        external
        override
        whenSystemNotPaused
    {
        uint256 max = maxSegmentsPerClaim;
        if (max > 0 && segmentRange[0] <= segmentRange[1] && segmentRange[1] - segmentRange[0] >= max) {
            revert JobsTooManySegments(segmentRange[1] - segmentRange[0] + 1, max);
        }
        _claimWork(jobId, segmentRange, claimRoot);
    }
}
