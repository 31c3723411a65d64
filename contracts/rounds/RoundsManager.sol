// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../bonding/IBondingManager.sol";
import {Percentage} from "../math/Percentage.sol";
import {ManagerProxyTarget} from "../registry/ManagerProxyTarget.sol";
import {IMinter} from "../token/IMinter.sol";
import {IRoundsManager} from "./IRoundsManager.sol";

/// @title RoundsManager
/// @notice Rounds follow from the block number alone; `initializeRound` only does the work of a round. A round in which
/// nobody calls it is skipped, and mints nothing.
/// @dev Behind a ManagerProxy. Storage: 2 roundLength, 3 roundLockAmount, 4 lastInitializedRound,
/// 5 lastRoundLengthUpdateRound, 6 lastRoundLengthUpdateStartBlock, 7 _blockHashForRound, 8 lipUpgradeRound.
contract RoundsManager is ManagerProxyTarget, IRoundsManager {
    /// Blocks per round.
    uint256 public roundLength;

    /// Last part of a round in which transcoders' terms are frozen, parts per million of `roundLength`.
    uint256 public roundLockAmount;

    /// Last round for which `initializeRound` was called.
    uint256 public lastInitializedRound;

    /// Round in which `roundLength` was last changed.
    uint256 public lastRoundLengthUpdateRound;

    /// First block of `lastRoundLengthUpdateRound`.
    uint256 public lastRoundLengthUpdateStartBlock;

    mapping(uint256 round => bytes32 blockHash) internal _blockHashForRound;

    /// Round in which the rules of a LIP begin; zero when it has none.
    mapping(uint256 lip => uint256 round) public lipUpgradeRound;

    constructor(address initialController) ManagerProxyTarget(initialController) {}

    /// Sets the number of blocks per round. Round numbers go on without a gap: the present round keeps its number and its
    /// first block, and is measured by the new length from there. A length below the blocks already elapsed in it
    /// therefore jumps ahead at once.
    function setRoundLength(uint256 newRoundLength) external onlyControllerOwner {
        if (newRoundLength == 0) revert RoundsInvalidLength();
        if (roundLength == 0) {
            roundLength = newRoundLength;
            lastRoundLengthUpdateRound = blockNum() / newRoundLength;
            lastRoundLengthUpdateStartBlock = lastRoundLengthUpdateRound * newRoundLength;
        } else {
            // Both read the old length and the old base, so neither may be written before both are known.
            uint256 round = currentRound();
            uint256 startBlock = currentRoundStartBlock();
            lastRoundLengthUpdateRound = round;
            lastRoundLengthUpdateStartBlock = startBlock;
            roundLength = newRoundLength;
        }
        emit ParameterUpdate("roundLength");
    }

    /// Sets the frozen last part of a round, parts per million.
    function setRoundLockAmount(uint256 newRoundLockAmount) external onlyControllerOwner {
        if (!Percentage.isValid(newRoundLockAmount)) {
            revert RoundsInvalidPercentage("roundLockAmount", newRoundLockAmount);
        }
        roundLockAmount = newRoundLockAmount;
        emit ParameterUpdate("roundLockAmount");
    }

    /// Sets, once, the round in which the rules of `lip` begin.
    function setLIPUpgradeRound(uint256 lip, uint256 round) external onlyControllerOwner {
        if (lipUpgradeRound[lip] != 0) revert RoundsUpgradeRoundAlreadySet(lip);
        lipUpgradeRound[lip] = round;
    }

    /// @inheritdoc IRoundsManager
    /// @dev Stake first: the Minter asks how much is bonded in the round that begins.
    function initializeRound() external whenSystemNotPaused {
        uint256 round = currentRound();
        if (lastInitializedRound >= round) revert RoundsAlreadyInitialized(round);
        lastInitializedRound = round;

        bytes32 roundBlockHash = blockHash(blockNum() - 1);
        _blockHashForRound[round] = roundBlockHash;
        IBondingManager(_registered("BondingManager")).setCurrentRoundTotalActiveStake();
        IMinter(_registered("Minter")).setCurrentRewardTokens();
        emit NewRound(round, roundBlockHash);
    }

    /// @inheritdoc IRoundsManager
    function blockHashForRound(uint256 round) external view returns (bytes32) {
        return _blockHashForRound[round];
    }

    /// @inheritdoc IRoundsManager
    function currentRoundInitialized() external view returns (bool) {
        return lastInitializedRound == currentRound();
    }

    /// @inheritdoc IRoundsManager
    function currentRoundLocked() external view returns (bool) {
        uint256 lockedBlocks = Percentage.percentOf(roundLength, roundLockAmount);
        return blockNum() - currentRoundStartBlock() >= roundLength - lockedBlocks;
    }

    /// @inheritdoc IRoundsManager
    function blockNum() public view virtual returns (uint256) {
        return block.number;
    }

    /// @inheritdoc IRoundsManager
    function blockHash(uint256 blockNumber) public view virtual returns (bytes32) {
        uint256 height = blockNum();
        if (blockNumber >= height || height - blockNumber > 256) revert RoundsBlockHashUnavailable(blockNumber);
        return blockhash(blockNumber);
    }

    /// @inheritdoc IRoundsManager
    function currentRound() public view returns (uint256) {
        return lastRoundLengthUpdateRound + _roundsSinceUpdate();
    }

    /// @inheritdoc IRoundsManager
    function currentRoundStartBlock() public view returns (uint256) {
        return lastRoundLengthUpdateStartBlock + _roundsSinceUpdate() * roundLength;
    }

    function _roundsSinceUpdate() private view returns (uint256) {
        return (blockNum() - lastRoundLengthUpdateStartBlock) / roundLength;
    }
}
