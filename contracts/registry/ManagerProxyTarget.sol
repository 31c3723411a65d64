// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Manager} from "./Manager.sol";

/// @title Base of every implementation that a ManagerProxy delegates to
/// @dev Storage: slot 0 controller, slot 1 targetContractId, exactly as in the proxy whose storage the code runs on.
/// It must be the FIRST base of an implementation, or the slots move. The constructor writes the implementation's own
/// storage only; state behind the proxy starts at zero and is set by setters.
abstract contract ManagerProxyTarget is Manager {
    bytes32 public targetContractId;

    constructor(address initialController) Manager(initialController) {}
}
