// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingVotesGovernor} from "./BondingVotesGovernor.sol";

/// @title LivepeerGovernor: the stake decides about the Treasury
/// @notice What succeeds is queued in the Treasury and executed by it.
/// @dev Its storage is that of the base, as published. Anything of its own is appended after slot 555.
contract LivepeerGovernor is BondingVotesGovernor {
    constructor(address initialController) BondingVotesGovernor(initialController) {}

    /// Takes the registered Treasury and BondingVotes, and the rules: delay and period in rounds, threshold in units of
    /// 1e-18 LPT, quorum (of the active stake) and quota (of the votes for and against) in parts per million. Once.
    /// @dev Only the owner of the Controller, so that nobody can choose the rules between registration and this call.
    function initialize(
        uint256 initialVotingDelay,
        uint256 initialVotingPeriod,
        uint256 initialProposalThreshold,
        uint256 initialQuorum,
        uint256 initialQuota
    ) external onlyControllerOwner initializer {
        _initializeGovernor(
            "LivepeerGovernor",
            "Treasury",
            initialVotingDelay,
            initialVotingPeriod,
            initialProposalThreshold,
            initialQuorum,
            initialQuota
        );
    }
}
