// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The protocol's clock: rounds of blocks
interface IRoundsManager {
    event NewRound(uint256 indexed round, bytes32 blockHash);

    /// The round was initialized already.
    error RoundsAlreadyInitialized(uint256 round);

    /// A round has at least one block.
    error RoundsInvalidLength();

    /// `value` of `param` is more than 100%.
    error RoundsInvalidPercentage(string param, uint256 value);

    /// The hash of `blockNumber` is not available: only the last 256 past blocks have one.
    error RoundsBlockHashUnavailable(uint256 blockNumber);

    /// The round of this LIP was set already and cannot be moved.
    error RoundsUpgradeRoundAlreadySet(uint256 lip);

    /// Begins the current round. Anyone may call it; nobody is paid for it.
    function initializeRound() external;

    /// Height the protocol goes by.
    function blockNum() external view returns (uint256);

    /// Hash of one of the last 256 blocks.
    function blockHash(uint256 blockNumber) external view returns (bytes32);

    /// Hash of the block before the one in which `round` was initialized; zero when it was not.
    function blockHashForRound(uint256 round) external view returns (bytes32);

    /// Number of the current round.
    function currentRound() external view returns (uint256);

    /// First block of the current round.
    function currentRoundStartBlock() external view returns (uint256);

    /// Whether `initializeRound` was called in this round.
    function currentRoundInitialized() external view returns (bool);

    /// Whether the end of the round, in which transcoders' terms are frozen, was reached.
    function currentRoundLocked() external view returns (bool);
}
