// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What every contract of the protocol shares
interface IManager {
    /// The contract now obeys `controller`.
    event SetController(address controller);

    /// The parameter called `param` was written. The value is not part of the event: read the getter.
    event ParameterUpdate(string param);

    /// `caller` is not the Controller.
    error ManagerCallerNotController(address caller);

    /// `caller` is not the owner of the Controller.
    error ManagerCallerNotControllerOwner(address caller);

    /// The protocol is stopped.
    error ManagerSystemPaused();

    /// The protocol is running, and this call needs it stopped.
    error ManagerSystemNotPaused();

    /// Moves the contract to another Controller. Only the present Controller may ask for it.
    function setController(address newController) external;
}
