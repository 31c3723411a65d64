// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title One stake poll (LIP-16)
/// @notice Votes are events and nothing else. Anyone may vote, any number of times; whose vote counts, with which stake,
/// is decided by the tally, which takes the last vote of each account at the state of `endBlock`.
contract Poll {
    /// Last block in which votes are taken.
    uint256 public immutable endBlock;

    /// The poll ended with block `endBlock`.
    error PollOver(uint256 endBlock);

    /// The poll takes votes up to block `endBlock`.
    error PollActive(uint256 endBlock);

    event Vote(address indexed voter, uint256 choiceID);

    constructor(uint256 lastBlock) {
        endBlock = lastBlock;
    }

    /// Records the caller's choice: 0 is yes, 1 is no, anything else is not counted.
    function vote(uint256 choiceID) external {
        if (block.number > endBlock) revert PollOver(endBlock);
        emit Vote(msg.sender, choiceID);
    }

    /// Succeeds once the poll is over, and changes nothing.
    /// @dev The deployed polls destroy themselves here. Since EIP-6780 that removes neither code nor storage, so all that
    /// is left of it is whether the call is allowed.
    function destroy() external view {
        if (block.number <= endBlock) revert PollActive(endBlock);
    }
}
