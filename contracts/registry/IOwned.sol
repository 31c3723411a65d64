// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A contract with one owner
interface IOwned {
    /// The account that decides. On the Controller: who may write the registry, pause, and set parameters.
    function owner() external view returns (address);
}
