// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";

import {ManagerProxyTarget} from "./ManagerProxyTarget.sol";

/// @title Proxy whose implementation is whatever the Controller says, asked on every call
/// @notice An upgrade is one registry write. All proxies with the same target id change together.
/// @dev Storage: slot 0 controller, slot 1 targetContractId, shared with the implementation. `controller()`,
/// `setController(address)` and `targetContractId()` always run here and hide members of the same name in the target.
/// Not an ERC-1967 proxy: there is no implementation slot to read.
contract ManagerProxy is ManagerProxyTarget, Proxy {
    /// Nothing is registered under `targetContractId`, so there is no code to run.
    error ManagerProxyTargetNotRegistered(bytes32 targetContractId);

    constructor(address initialController, bytes32 contractId) ManagerProxyTarget(initialController) {
        targetContractId = contractId;
    }

    /// Plain ether is delegated like any other call.
    receive() external payable {
        _fallback();
    }

    /// @inheritdoc Proxy
    function _implementation() internal view override returns (address target) {
        target = controller.getContract(targetContractId);
        if (target == address(0)) revert ManagerProxyTargetNotRegistered(targetContractId);
    }
}
