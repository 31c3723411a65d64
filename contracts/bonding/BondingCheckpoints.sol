// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingVotes} from "../governance/IBondingVotes.sol";
import {BondingState} from "./BondingState.sol";

/// @title Telling BondingVotes of every change of stake
/// @dev A suite without a BondingVotes (the launch) works the same and tells nobody.
abstract contract BondingCheckpoints is BondingState {
    /// Writes down the present stake and delegation of `account` for votes from the next round on. Every change does so
    /// by itself; this is for accounts that have not changed since there are votes.
    function checkpointBondingState(address account) external {
        if (address(_bondingVotes()) == address(0)) revert BondingVotesNotRegistered();
        _checkpoint(account);
    }

    /// @dev Must run after the last change of the stake, the delegation or the rewards of `account` in a call.
    function _checkpoint(address account) internal {
        IBondingVotes votes = _bondingVotes();
        if (address(votes) == address(0)) return;
        Delegator storage delegator = delegators[account];
        votes.checkpointBondingState(
            account,
            _currentRound() + 1,
            delegator.bondedAmount,
            delegator.delegateAddress,
            delegator.delegatedAmount,
            delegator.lastClaimRound,
            transcoders[account].lastRewardRound
        );
    }

    /// @dev For a change of `account` that also changed what is delegated to `delegate`, which may be null.
    function _checkpointBoth(address account, address delegate) internal {
        _checkpoint(account);
        if (delegate != account && delegate != address(0)) _checkpoint(delegate);
    }

    /// @dev Must run when a round begins.
    function _checkpointTotal(uint256 round) internal {
        IBondingVotes votes = _bondingVotes();
        if (address(votes) != address(0)) votes.checkpointTotalActiveStake(currentRoundTotalActiveStake, round);
    }

    function _bondingVotes() private view returns (IBondingVotes) {
        return IBondingVotes(_registered("BondingVotes"));
    }
}
