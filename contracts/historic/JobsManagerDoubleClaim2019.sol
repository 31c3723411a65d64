// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobsManager} from "../jobs/JobsManager.sol";

/// @title JobsManager with the fault of July 2019: never deploy it where stake is real
/// @notice `doubleClaimSegmentSlash` takes the same claim twice. Every claim shares every segment with itself, so anyone
/// can have an honest transcoder slashed, and be paid for it. JobsManager is the repair.
/// @dev For rehearsals of an emergency. Storage is that of JobsManager, so a target of either can replace the other.
contract JobsManagerDoubleClaim2019 is JobsManager {
    constructor(address initialController) JobsManager(initialController) {}

    /// @dev The check that was missing.
    function _requireDifferentClaims(uint256, uint256) internal pure override {}
}
