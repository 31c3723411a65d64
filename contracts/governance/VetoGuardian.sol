// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title A veto that ends
/// @notice Until it expires, the guardian can cancel what waits in a timelock, and nothing else. That includes the
/// operation that would take the veto away, which is why it must expire.
/// @dev Has no storage. It needs CANCELLER_ROLE, and nobody should have that role but through such a contract.
contract VetoGuardian {
    /// Whose operations can be cancelled.
    TimelockController public immutable timelock;

    /// Who may cancel them.
    address public immutable guardian;

    /// From when on nothing can be cancelled, in seconds since 1970.
    uint256 public immutable expiresAt;

    /// Null, or over before it began.
    error VetoGuardianInvalid(address timelock, address guardian, uint256 expiresAt);

    /// `account` is not the guardian.
    error VetoGuardianUnauthorized(address account);

    /// The veto ended at `expiresAt`.
    error VetoGuardianExpired(uint256 expiresAt);

    /// The veto lasts until `expiresAt`.
    error VetoGuardianNotExpired(uint256 expiresAt);

    event Vetoed(bytes32 indexed operationId);
    event Retired();

    constructor(address timelockAddress, address guardianAddress, uint256 expiresAtSeconds) {
        if (timelockAddress == address(0) || guardianAddress == address(0) || expiresAtSeconds <= block.timestamp) {
            revert VetoGuardianInvalid(timelockAddress, guardianAddress, expiresAtSeconds);
        }
        timelock = TimelockController(payable(timelockAddress));
        guardian = guardianAddress;
        expiresAt = expiresAtSeconds;
    }

    /// Cancels an operation that waits in the timelock. For good: its vote then counts as cancelled.
    function veto(bytes32 operationId) external {
        if (msg.sender != guardian) revert VetoGuardianUnauthorized(msg.sender);
        if (block.timestamp >= expiresAt) revert VetoGuardianExpired(expiresAt);
        emit Vetoed(operationId);
        timelock.cancel(operationId);
    }

    /// Gives the role back once the veto has ended. Anyone may call it.
    function retire() external {
        if (block.timestamp < expiresAt) revert VetoGuardianNotExpired(expiresAt);
        emit Retired();
        timelock.renounceRole(timelock.CANCELLER_ROLE(), address(this));
    }
}
