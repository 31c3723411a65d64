// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IController} from "./IController.sol";
import {IManager} from "./IManager.sol";

/// @title Base of every contract that lives in the registry
/// @dev Storage: slot 0 controller. Access is decided by asking the Controller at call time, so a change of its owner
/// takes effect everywhere at once.
abstract contract Manager is IManager {
    IController public controller;

    modifier onlyController() {
        if (msg.sender != address(controller)) revert ManagerCallerNotController(msg.sender);
        _;
    }

    modifier onlyControllerOwner() {
        if (msg.sender != controller.owner()) revert ManagerCallerNotControllerOwner(msg.sender);
        _;
    }

    modifier whenSystemNotPaused() {
        if (controller.paused()) revert ManagerSystemPaused();
        _;
    }

    modifier whenSystemPaused() {
        if (!controller.paused()) revert ManagerSystemNotPaused();
        _;
    }

    constructor(address initialController) {
        controller = IController(initialController);
    }

    /// @inheritdoc IManager
    function setController(address newController) external onlyController {
        controller = IController(newController);
        emit SetController(newController);
    }

    /// @dev The address registered under `name` at this moment; null when there is none.
    function _registered(string memory name) internal view returns (address) {
        return controller.getContract(keccak256(bytes(name)));
    }
}
