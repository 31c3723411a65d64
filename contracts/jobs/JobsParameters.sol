// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Percentage} from "../math/Percentage.sol";
import {ManagerProxyTarget} from "../registry/ManagerProxyTarget.sol";
import {IJobsManager} from "./IJobsManager.sol";

/// @title What governance decides about jobs
/// @dev Storage: 2 verificationRate, 3 verificationPeriod, 4 verificationSlashingPeriod, 5 failedVerificationSlashAmount,
/// 6 missedVerificationSlashAmount, 7 doubleClaimSegmentSlashAmount, 8 finderFee. Unlike at the 2018 launch, setting
/// `finderFee` emits ParameterUpdate like every other setter.
abstract contract JobsParameters is ManagerProxyTarget, IJobsManager {
    /// @dev Only this many past blocks have a hash, and missed verification is judged by one.
    uint256 private constant MAX_PERIODS = 256;

    /// One segment in this many is challenged.
    uint64 public verificationRate;

    /// Blocks after a claim in which challenged segments must be verified.
    uint256 public verificationPeriod;

    /// Blocks after that in which a missed verification can be punished.
    uint256 public verificationSlashingPeriod;

    /// Penalty for a failed verification, parts per million of the transcoder's own stake.
    uint256 public failedVerificationSlashAmount;

    /// Penalty for a missed verification, parts per million of the transcoder's own stake.
    uint256 public missedVerificationSlashAmount;

    /// Penalty for claiming a segment twice, parts per million of the transcoder's own stake.
    uint256 public doubleClaimSegmentSlashAmount;

    /// What the finder gets, parts per million of the penalty.
    uint256 public finderFee;

    constructor(address initialController) ManagerProxyTarget(initialController) {}

    /// Sets how many segments there are to one challenge; 1 challenges every segment.
    function setVerificationRate(uint64 newVerificationRate) external onlyControllerOwner {
        if (newVerificationRate == 0) revert JobsInvalidParameter("verificationRate", newVerificationRate);
        verificationRate = newVerificationRate;
        emit ParameterUpdate("verificationRate");
    }

    /// Sets the blocks to verify in. With the slashing period at most 256.
    function setVerificationPeriod(uint256 newVerificationPeriod) external onlyControllerOwner {
        _requirePeriod("verificationPeriod", newVerificationPeriod, verificationSlashingPeriod);
        verificationPeriod = newVerificationPeriod;
        emit ParameterUpdate("verificationPeriod");
    }

    /// Sets the blocks to punish a missed verification in. With the verification period at most 256.
    function setVerificationSlashingPeriod(uint256 newVerificationSlashingPeriod) external onlyControllerOwner {
        _requirePeriod("verificationSlashingPeriod", newVerificationSlashingPeriod, verificationPeriod);
        verificationSlashingPeriod = newVerificationSlashingPeriod;
        emit ParameterUpdate("verificationSlashingPeriod");
    }

    /// Sets the penalty for a failed verification, parts per million.
    function setFailedVerificationSlashAmount(uint256 newFailedVerificationSlashAmount) external onlyControllerOwner {
        _requirePercentage("failedVerificationSlashAmount", newFailedVerificationSlashAmount);
        failedVerificationSlashAmount = newFailedVerificationSlashAmount;
        emit ParameterUpdate("failedVerificationSlashAmount");
    }

    /// Sets the penalty for a missed verification, parts per million.
    function setMissedVerificationSlashAmount(uint256 newMissedVerificationSlashAmount) external onlyControllerOwner {
        _requirePercentage("missedVerificationSlashAmount", newMissedVerificationSlashAmount);
        missedVerificationSlashAmount = newMissedVerificationSlashAmount;
        emit ParameterUpdate("missedVerificationSlashAmount");
    }

    /// Sets the penalty for claiming a segment twice, parts per million.
    function setDoubleClaimSegmentSlashAmount(uint256 newDoubleClaimSegmentSlashAmount) external onlyControllerOwner {
        _requirePercentage("doubleClaimSegmentSlashAmount", newDoubleClaimSegmentSlashAmount);
        doubleClaimSegmentSlashAmount = newDoubleClaimSegmentSlashAmount;
        emit ParameterUpdate("doubleClaimSegmentSlashAmount");
    }

    /// Sets what the finder gets, parts per million of the penalty.
    function setFinderFee(uint256 newFinderFee) external onlyControllerOwner {
        _requirePercentage("finderFee", newFinderFee);
        finderFee = newFinderFee;
        emit ParameterUpdate("finderFee");
    }

    function _requirePeriod(string memory param, uint256 value, uint256 other) private pure {
        // `other` is at most 256, so the difference cannot underflow, while the sum could overflow.
        if (value > MAX_PERIODS - other) revert JobsInvalidParameter(param, value);
    }

    function _requirePercentage(string memory param, uint256 value) private pure {
        if (!Percentage.isValid(value)) revert JobsInvalidParameter(param, value);
    }
}
