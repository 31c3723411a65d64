// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RoundsManager} from "./RoundsManager.sol";

/// @title A RoundsManager whose clock anyone can turn
/// @notice For local and test chains only: the height is a number that is set, not that of the chain, so that rounds
/// pass without mining. Every contract of the protocol asks the RoundsManager for the height, and follows.
/// @dev Behind a ManagerProxy. Storage: 2..8 as in RoundsManager, 9 num, 10 hash. At the launch, whose RoundsManager
/// ended at slot 6, the two were 7 and 8.
contract AdjustableRoundsManager is RoundsManager {
    /// @dev The height the protocol goes by.
    uint256 private num;

    /// @dev What every past block's hash is said to be.
    bytes32 private hash;

    constructor(address initialController) RoundsManager(initialController) {}

    /// Sets the height, forward or back.
    function setBlockNum(uint256 newNum) external {
        num = newNum;
    }

    /// Sets what every past block's hash is said to be.
    function setBlockHash(bytes32 newHash) external {
        hash = newHash;
    }

    /// Raises the height by `blocks`.
    function mineBlocks(uint256 blocks) external {
        num += blocks;
    }

    /// The height that was set.
    function blockNum() public view override returns (uint256) {
        return num;
    }

    /// The hash that was set, for one of the last 256 blocks.
    function blockHash(uint256 blockNumber) public view override returns (bytes32) {
        if (blockNumber >= num || num - blockNumber > 256) revert RoundsBlockHashUnavailable(blockNumber);
        return hash;
    }
}
