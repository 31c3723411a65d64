// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Stake as voting power, round by round
/// @dev Errors have the names of the deployed contract, on whose selectors clients match.
interface IBondingVotes {
    event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate);
    event DelegateVotesChanged(address indexed delegate, uint256 previousBalance, uint256 newBalance);
    event DelegatorBondedAmountChanged(
        address indexed delegate,
        uint256 previousBondedAmount,
        uint256 previousLastClaimRound,
        uint256 newBondedAmount,
        uint256 newLastClaimRound
    );

    /// Only `required` may call, and `caller` is another.
    error InvalidCaller(address caller, address required);

    /// Stake is written down for the next round, `requiredRound`, and no other.
    error InvalidStartRound(uint256 checkpointRound, uint256 requiredRound);

    /// The stake was claimed after the round before the one it is written down for.
    error FutureLastClaimRound(uint256 lastClaimRound, uint256 maxAllowed);

    /// The total is written down for the current round, `requiredRound`, and no other.
    error InvalidTotalStakeCheckpointRound(uint256 checkpointRound, uint256 requiredRound);

    /// The round is not known yet; `maxAllowed` is the last that is.
    error FutureLookup(uint256 queryRound, uint256 maxAllowed);

    /// Checkpoints are written in the order of rounds.
    error DecreasingValues(uint256 newValue, uint256 lastValue);

    /// The BondingManager has no reward factor of `transcoder` in a round that stake was claimed or rewarded in.
    error MissingEarningsPool(address transcoder, uint256 round);

    /// Votes are delegated with the stake, by this function of the BondingManager.
    error MustCallBondingManager(string bondingManagerFunction);

    /// Writes down what `account` has from `startRound`, the next round, on. Only the BondingManager.
    function checkpointBondingState(
        address account,
        uint256 startRound,
        uint256 bondedAmount,
        address delegateAddress,
        uint256 delegatedAmount,
        uint256 lastClaimRound,
        uint256 lastRewardRound
    ) external;

    /// Writes down the active stake of `round`, the current one. Only the BondingManager.
    function checkpointTotalActiveStake(uint256 totalStake, uint256 round) external;

    /// The delegate of `account` at the end of `round`, which must be over.
    function delegatedAt(address account, uint256 round) external view returns (address);
}
