// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ManagerProxyTarget} from "../../registry/ManagerProxyTarget.sol";

/// @title Parameters of the BondingManager of 2018
/// @dev Storage: 0 controller, 1 targetContractId, 2 unbondingPeriod, 3 numActiveTranscoders, 4 maxEarningsClaimsRounds.
/// Slot 5, `delegators`, is where the launch and Tributary differ: the contract of each declares it. 6 to 13 are in
/// StakeWork2018.
abstract contract StakeSettings2018 is ManagerProxyTarget {
    /// A delegator with what the launch and Tributary have in common; each has a struct of its own.
    struct LaunchDelegator {
        uint256 bondedAmount;
        uint256 fees;
        address delegateAddress;
        uint256 delegatedAmount;
        uint256 startRound;
        uint256 withdrawRound;
        uint256 lastClaimRound;
    }

    /// Rounds between unbonding and withdrawing.
    uint64 public unbondingPeriod;

    /// How many transcoders can be active at once.
    uint256 public numActiveTranscoders;

    /// Most rounds that one claim may go through; 0 for no bound, which is what a local suite starts with.
    uint256 public maxEarningsClaimsRounds;

    constructor(address initialController) ManagerProxyTarget(initialController) {}

    /// Sets the rounds between unbonding and withdrawing.
    function setUnbondingPeriod(uint64 newUnbondingPeriod) external onlyControllerOwner {
        unbondingPeriod = newUnbondingPeriod;
        emit ParameterUpdate("unbondingPeriod");
    }

    /// Sets the most rounds that one claim may go through.
    function setMaxEarningsClaimsRounds(uint256 newMaxEarningsClaimsRounds) external onlyControllerOwner {
        maxEarningsClaimsRounds = newMaxEarningsClaimsRounds;
        emit ParameterUpdate("maxEarningsClaimsRounds");
    }

    /// @dev The slots of a delegator, seen with the names of the launch.
    function _delegator(address account) internal view virtual returns (LaunchDelegator storage);
}
