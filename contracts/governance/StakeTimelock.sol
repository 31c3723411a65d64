// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

import {VetoGuardian} from "./VetoGuardian.sol";

/// @title StakeTimelock
/// @notice Owns the Controller when stake decides. What the StakeGovernor schedules, the StakeGovernor has carried out
/// after the delay; until then a guardian, if there is one, can stop it.
/// @dev Not behind a proxy. There never is an administrator but the timelock itself, not even while it is set up: roles,
/// delay and guardian only change by a vote. Storage: 0 _roles, 1 _timestamps, 2 _minDelay.
contract StakeTimelock is TimelockController {
    /// The guardian that the timelock was made with, null for none. Whether it still has its role, `hasRole` tells.
    address public immutable vetoGuardian;

    /// There is nobody who could ever schedule anything.
    error StakeTimelockInvalidGovernor();

    /// `governor` proposes, cancels and executes, and nobody else does; the delay is in seconds. With a `guardian`, a
    /// VetoGuardian is made for it that can cancel until `guardianExpiresAt`, in seconds since 1970.
    constructor(uint256 minDelay, address governor, address guardian, uint256 guardianExpiresAt)
        TimelockController(minDelay, _only(governor), _only(governor), address(0))
    {
        address made;
        if (guardian != address(0)) {
            made = address(new VetoGuardian(address(this), guardian, guardianExpiresAt));
            _grantRole(CANCELLER_ROLE, made);
        }
        vetoGuardian = made;
    }

    function _only(address governor) private pure returns (address[] memory accounts) {
        if (governor == address(0)) revert StakeTimelockInvalidGovernor();
        accounts = new address[](1);
        accounts[0] = governor;
    }
}
