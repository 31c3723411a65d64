// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingDelegation} from "./BondingDelegation.sol";

/// @title Stake that somebody else pays for, or hands over
/// @dev Both claim the earnings of an account that did not ask for it. A claim before the delegate's reward of the
/// round would cost the account its part of that reward, so it is refused. Nor can others choose a delegate for an
/// account with stake, or make a transcoder of one without. A contract registered as L2Migrator may do both, as in the
/// deployed protocol.
abstract contract BondingForOthers is BondingDelegation {
    /// Bonds `amount` of the caller's tokens to `to` as stake of `owner`, naming the neighbours of the old delegate and
    /// of `to` in the pool after the change.
    function bondForWithHint(
        uint256 amount,
        address owner,
        address to,
        address oldDelegateNewPosPrev,
        address oldDelegateNewPosNext,
        address currDelegateNewPosPrev,
        address currDelegateNewPosNext
    ) external whenSystemNotPaused currentRoundInitialized {
        if (owner == address(0)) revert BondingInvalidDelegator();
        if (_isOther(owner)) {
            address delegate = delegators[owner].delegateAddress;
            if (delegate == address(0)) {
                if (to == owner) revert BondingInvalidDelegate();
            } else if (to != delegate) {
                revert BondingDelegateChangeByOther(owner);
            }
            _requireNoRewardPending(owner);
        }
        Hint memory oldHint = Hint(oldDelegateNewPosPrev, oldDelegateNewPosNext);
        _bondFor(owner, amount, to, oldHint, Hint(currDelegateNewPosPrev, currDelegateNewPosNext));
    }

    /// Hands `amount` of the caller's stake to `delegator`: unbonds it from the caller's delegate and bonds it to that
    /// of `delegator`, or to the same one when `delegator` has no stake. The hints name the neighbours of both in the
    /// pool after the change.
    function transferBond(
        address delegator,
        uint256 amount,
        address oldDelegateNewPosPrev,
        address oldDelegateNewPosNext,
        address newDelegateNewPosPrev,
        address newDelegateNewPosNext
    ) external {
        if (delegator == address(0)) revert BondingInvalidDelegator();
        address to = delegators[msg.sender].delegateAddress;
        unbondWithHint(amount, oldDelegateNewPosPrev, oldDelegateNewPosNext);
        uint256 oldLockId = delegators[msg.sender].nextUnbondingLockId - 1;
        _takeLock(msg.sender, oldLockId);

        if (_isOther(delegator)) _requireNoRewardPending(delegator);
        _claimEarnings(delegator);
        Delegator storage receiver = delegators[delegator];
        if (receiver.bondedAmount == 0) {
            if (to == delegator) revert BondingInvalidDelegate();
            receiver.startRound = _currentRound() + 1;
        } else {
            to = receiver.delegateAddress;
        }
        uint256 newLockId = receiver.nextUnbondingLockId++;
        emit TransferBond(msg.sender, delegator, oldLockId, newLockId, amount);
        _rebondFor(delegator, to, newLockId, amount, Hint(newDelegateNewPosPrev, newDelegateNewPosNext));
    }

    function _isOther(address owner) private view returns (bool) {
        return msg.sender != owner && msg.sender != _registered("L2Migrator");
    }

    function _requireNoRewardPending(address owner) private view {
        Delegator storage delegator = delegators[owner];
        uint256 round = _currentRound();
        if (delegator.lastClaimRound >= round || !isActiveTranscoder(delegator.delegateAddress)) return;
        if (transcoders[delegator.delegateAddress].lastRewardRound < round) revert BondingRewardPending(owner);
    }
}
