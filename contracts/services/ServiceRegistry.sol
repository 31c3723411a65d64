// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ManagerProxyTarget} from "../registry/ManagerProxyTarget.sol";

/// @title Where each node can be reached (LIP-9)
/// @notice Anyone may say where it is found; whether it is a transcoder is for the reader to ask the BondingManager.
/// @dev Behind a ManagerProxy. Storage: 2 records.
contract ServiceRegistry is ManagerProxyTarget {
    struct Record {
        string serviceURI;
    }

    mapping(address account => Record record) private records;

    event ServiceURIUpdate(address indexed addr, string serviceURI);

    constructor(address initialController) ManagerProxyTarget(initialController) {}

    /// Sets where the caller is found; an empty string takes it back.
    function setServiceURI(string calldata serviceURI) external {
        records[msg.sender].serviceURI = serviceURI;
        emit ServiceURIUpdate(msg.sender, serviceURI);
    }

    /// Where `account` says it is found; empty when it said nothing.
    function getServiceURI(address account) external view returns (string memory) {
        return records[account].serviceURI;
    }
}
