// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOwned} from "./IOwned.sol";

/// @title The registry that every protocol contract looks its neighbours up in
interface IController is IOwned {
    /// A registry entry was written. Nothing is indexed: listing the registry means replaying every one of these.
    event SetContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash);

    /// The protocol was stopped.
    event Pause();

    /// The protocol runs again.
    event Unpause();

    /// The call needs a running protocol.
    error ControllerPaused();

    /// The call needs a stopped protocol.
    error ControllerNotPaused();

    /// Nothing is registered under `id`.
    error ControllerUnknownContract(bytes32 id);

    /// Writes the entry `id` (keccak256 of the contract's name) with the commit its code was built from.
    function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash) external;

    /// Moves the contract registered under `id` to another Controller.
    function updateController(bytes32 id, address newController) external;

    /// Stops every user action of the protocol. Parameters and upgrades stay possible.
    function pause() external;

    /// Starts the protocol again.
    function unpause() external;

    /// Address registered under `id`; zero when there is none.
    function getContract(bytes32 id) external view returns (address);

    /// Address and git commit registered under `id`.
    function getContractInfo(bytes32 id) external view returns (address, bytes20);

    /// Whether the protocol is stopped.
    function paused() external view returns (bool);
}
