// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Treasury
/// @notice Holds the protocol's own tokens and ether. What proposers schedule, executors carry out after the delay. In
/// the deployed protocol the LivepeerGovernor is both, and the delay is zero.
/// @dev Not behind a proxy, although it is set up by `initialize`: it must exist before the governor that it obeys. Roles
/// are administered as in the deployed contract, by TIMELOCK_ADMIN_ROLE, which the Treasury itself has; nobody has
/// DEFAULT_ADMIN_ROLE. Storage: 0 _roles, 1 _timestamps, 2 _minDelay, 3 _initialized.
contract Treasury is TimelockController {
    /// The role whose members grant and revoke all roles.
    bytes32 public constant TIMELOCK_ADMIN_ROLE = keccak256("TIMELOCK_ADMIN_ROLE");

    bool private _initialized;

    /// The roles and the delay were set already.
    error TreasuryAlreadyInitialized();

    event Initialized(uint8 version);

    constructor() TimelockController(0, new address[](0), new address[](0), address(0)) {
        _setRoleAdmin(TIMELOCK_ADMIN_ROLE, TIMELOCK_ADMIN_ROLE);
        _setRoleAdmin(PROPOSER_ROLE, TIMELOCK_ADMIN_ROLE);
        _setRoleAdmin(EXECUTOR_ROLE, TIMELOCK_ADMIN_ROLE);
        _setRoleAdmin(CANCELLER_ROLE, TIMELOCK_ADMIN_ROLE);
        _revokeRole(DEFAULT_ADMIN_ROLE, address(this));
        _grantRole(TIMELOCK_ADMIN_ROLE, address(this));
    }

    /// Sets the delay in seconds and the first members of the roles; proposers can cancel, too. `admin`, unless null, can
    /// grant roles at once, and should renounce that when all is set.
    /// @dev Anyone may call it, once: a deployer makes sure that it was the deployer before the Treasury is registered.
    function initialize(
        uint256 minDelay,
        address[] calldata proposers,
        address[] calldata executors,
        address admin
    ) external {
        if (_initialized) revert TreasuryAlreadyInitialized();
        _initialized = true;

        if (admin != address(0)) _grantRole(TIMELOCK_ADMIN_ROLE, admin);
        for (uint256 i = 0; i < proposers.length; ++i) {
            _grantRole(PROPOSER_ROLE, proposers[i]);
            _grantRole(CANCELLER_ROLE, proposers[i]);
        }
        for (uint256 i = 0; i < executors.length; ++i) {
            _grantRole(EXECUTOR_ROLE, executors[i]);
        }
        // The delay can only be set by a call of the timelock to itself.
        this.updateDelay(minDelay);
        emit Initialized(1);
    }
}
