// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../bonding/IBondingManager.sol";
import {Poll} from "./Poll.sol";

/// @title Opens stake polls (LIP-16)
/// @notice Quorum and quota are announced with every poll for those who count it; no contract enforces them.
/// @dev Not behind a proxy; storage: slot 0 bondingManager. Other numbers mean another PollCreator.
contract PollCreator {
    /// Share of all stake that must vote for a poll to count, parts per million.
    uint256 public constant QUORUM = 333_300;

    /// Share of the voting stake that must be exceeded by yes, parts per million.
    uint256 public constant QUOTA = 500_000;

    /// Stake that opening a poll needs, in units of 1e-18 LPT. It is not spent.
    uint256 public constant POLL_CREATION_COST = 100 ether;

    /// Blocks in which a poll takes votes. Published with 57,600, ten rounds of 5760 blocks.
    uint256 public immutable POLL_PERIOD;

    /// The BondingManager (its proxy) that is asked for the stake.
    IBondingManager public bondingManager;

    /// `account` has less than `POLL_CREATION_COST` of its own, and less is delegated to it.
    error PollCreatorInsufficientStake(address account);

    event PollCreated(address indexed poll, bytes proposal, uint256 endBlock, uint256 quorum, uint256 quota);

    constructor(address bondingManagerAddress, uint256 pollPeriod) {
        bondingManager = IBondingManager(bondingManagerAddress);
        POLL_PERIOD = pollPeriod;
    }

    /// Opens a poll about `proposal`, by convention the IPFS hash of a proposal's text. The caller needs
    /// `POLL_CREATION_COST` of stake, its own with everything earned or delegated to it.
    function createPoll(bytes calldata proposal) external {
        if (
            bondingManager.pendingStake(msg.sender, 0) < POLL_CREATION_COST
                && bondingManager.transcoderTotalStake(msg.sender) < POLL_CREATION_COST
        ) revert PollCreatorInsufficientStake(msg.sender);

        uint256 endBlock = block.number + POLL_PERIOD;
        Poll poll = new Poll(endBlock);
        emit PollCreated(address(poll), proposal, endBlock, QUORUM, QUOTA);
    }
}
