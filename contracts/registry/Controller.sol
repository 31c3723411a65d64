// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IController} from "./IController.sol";
import {IManager} from "./IManager.sol";
import {SingleOwner} from "./SingleOwner.sol";

/// @title Registry, pause switch and root of ownership
/// @notice Contracts are registered under keccak256(name). A contract behind a proxy has two entries: `X` is the proxy,
/// `XTarget` the implementation it delegates to, so that writing `XTarget` is the whole upgrade.
/// @dev Not behind a proxy. Storage: slot 0 owner (20 bytes) and paused (byte 20), slot 1 registry. A new Controller is
/// paused, so that nothing moves before the registry is complete.
contract Controller is SingleOwner, IController {
    struct ContractInfo {
        address contractAddress;
        bytes20 gitCommitHash;
    }

    bool public paused = true;

    mapping(bytes32 id => ContractInfo info) private registry;

    constructor() SingleOwner(msg.sender) {}

    /// @inheritdoc IController
    function pause() external onlyOwner {
        if (paused) revert ControllerPaused();
        paused = true;
        emit Pause();
    }

    /// @inheritdoc IController
    function unpause() external onlyOwner {
        if (!paused) revert ControllerNotPaused();
        paused = false;
        emit Unpause();
    }

    /// @inheritdoc IController
    /// @dev Anything may be registered, the null address too: that is how a contract is taken out of service.
    function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash) external onlyOwner {
        registry[id] = ContractInfo({contractAddress: contractAddress, gitCommitHash: gitCommitHash});
        emit SetContractInfo(id, contractAddress, gitCommitHash);
    }

    /// @inheritdoc IController
    /// @dev For a proxied contract `id` must be that of the proxy: the proxy answers `setController` itself.
    function updateController(bytes32 id, address newController) external onlyOwner {
        address registered = registry[id].contractAddress;
        if (registered == address(0)) revert ControllerUnknownContract(id);
        IManager(registered).setController(newController);
    }

    /// @inheritdoc IController
    function getContract(bytes32 id) external view returns (address) {
        return registry[id].contractAddress;
    }

    /// @inheritdoc IController
    function getContractInfo(bytes32 id) external view returns (address, bytes20) {
        ContractInfo storage info = registry[id];
        return (info.contractAddress, info.gitCommitHash);
    }
}
