// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SortedDoublyLL} from "./SortedDoublyLL.sol";
import {TranscoderPool} from "./TranscoderPool.sol";

/// @title Bonding stake to a delegate, and taking it back
abstract contract BondingDelegation is TranscoderPool {
    using SortedDoublyLL for SortedDoublyLL.Data;

    /// Bonds `amount` (1e-18 LPT) of the caller's tokens to `to`, and with it all stake the caller has bonded already.
    /// An amount of zero only moves stake. Bonding to oneself makes a transcoder.
    function bond(uint256 amount, address to) external {
        bondWithHint(amount, to, address(0), address(0), address(0), address(0));
    }

    /// Takes `amount` out of the bonded stake. It can be withdrawn, or bonded again, under an unbonding lock.
    function unbond(uint256 amount) external {
        unbondWithHint(amount, address(0), address(0));
    }

    /// Bonds the stake under a lock to the present delegate again.
    function rebond(uint256 unbondingLockId) external {
        rebondWithHint(unbondingLockId, address(0), address(0));
    }

    /// Bonds the stake under a lock to `to`, for a caller with nothing else bonded.
    function rebondFromUnbonded(address to, uint256 unbondingLockId) external {
        rebondFromUnbondedWithHint(to, unbondingLockId, address(0), address(0));
    }

    /// Pays out the stake under a lock whose round has come.
    function withdrawStake(uint256 unbondingLockId) external whenSystemNotPaused currentRoundInitialized {
        (uint256 amount, uint256 withdrawRound) = _takeLock(msg.sender, unbondingLockId);
        if (withdrawRound > _currentRound()) revert BondingLockNotExpired(withdrawRound);
        emit WithdrawStake(msg.sender, unbondingLockId, amount, withdrawRound);
        _minter().trustedTransferTokens(msg.sender, amount);
    }

    /// Pays `amount` wei of the caller's fees to `recipient`.
    function withdrawFees(address payable recipient, uint256 amount)
        external
        whenSystemNotPaused
        currentRoundInitialized
    {
        if (recipient == address(0)) revert BondingInvalidRecipient();
        _claimEarnings(msg.sender);
        uint256 fees = delegators[msg.sender].fees;
        if (amount > fees) revert BondingInsufficientAmount(amount, fees);
        delegators[msg.sender].fees = fees - amount;
        _checkpoint(msg.sender);
        emit WithdrawFees(msg.sender, recipient, amount);
        _minter().trustedWithdrawETH(recipient, amount);
    }

    /// `bond`, naming the neighbours of the old delegate and of `to` in the pool after the change.
    function bondWithHint(
        uint256 amount,
        address to,
        address oldDelegateNewPosPrev,
        address oldDelegateNewPosNext,
        address currDelegateNewPosPrev,
        address currDelegateNewPosNext
    ) public whenSystemNotPaused currentRoundInitialized {
        Hint memory oldHint = Hint(oldDelegateNewPosPrev, oldDelegateNewPosNext);
        _bondFor(msg.sender, amount, to, oldHint, Hint(currDelegateNewPosPrev, currDelegateNewPosNext));
    }

    /// `unbond`, naming the delegate's neighbours in the pool after the change.
    function unbondWithHint(uint256 amount, address newPosPrev, address newPosNext)
        public
        whenSystemNotPaused
        currentRoundInitialized
    {
        _claimEarnings(msg.sender);
        if (delegatorStatus(msg.sender) != DelegatorStatus.Bonded) revert BondingNotBonded(msg.sender);
        if (amount == 0) revert BondingZeroAmount();
        Delegator storage delegator = delegators[msg.sender];
        uint256 bonded = delegator.bondedAmount;
        if (amount > bonded) revert BondingInsufficientAmount(amount, bonded);

        address delegate = delegator.delegateAddress;
        uint256 round = _currentRound();
        uint256 lockId = delegator.nextUnbondingLockId++;
        uint256 withdrawRound = round + unbondingPeriod;
        delegator.unbondingLocks[lockId] = UnbondingLock({amount: amount, withdrawRound: withdrawRound});
        delegator.bondedAmount = bonded - amount;
        if (amount == bonded) {
            delegator.delegateAddress = address(0);
            delegator.startRound = 0;
            if (transcoderPool.contains(msg.sender)) _leavePool(msg.sender, round + 1);
        }
        _decreaseTotalStake(delegate, amount, Hint(newPosPrev, newPosNext));
        _checkpointBoth(msg.sender, delegate);
        emit Unbond(delegate, msg.sender, lockId, amount, withdrawRound);
    }

    /// `rebond`, naming the delegate's neighbours in the pool after the change.
    function rebondWithHint(uint256 unbondingLockId, address newPosPrev, address newPosNext)
        public
        whenSystemNotPaused
        currentRoundInitialized
    {
        _claimEarnings(msg.sender);
        if (delegators[msg.sender].bondedAmount == 0) revert BondingNotBonded(msg.sender);
        _rebond(delegators[msg.sender].delegateAddress, unbondingLockId, Hint(newPosPrev, newPosNext));
    }

    /// `rebondFromUnbonded`, naming the neighbours of `to` in the pool after the change.
    function rebondFromUnbondedWithHint(address to, uint256 unbondingLockId, address newPosPrev, address newPosNext)
        public
        whenSystemNotPaused
        currentRoundInitialized
    {
        if (to == address(0)) revert BondingInvalidDelegate();
        _claimEarnings(msg.sender);
        if (delegators[msg.sender].bondedAmount != 0) revert BondingNotUnbonded(msg.sender);
        delegators[msg.sender].startRound = _currentRound() + 1;
        _rebond(to, unbondingLockId, Hint(newPosPrev, newPosNext));
    }

    /// An account's stake, fees and delegation; all as of its last claim.
    function getDelegator(address account)
        external
        view
        returns (
            uint256 bondedAmount,
            uint256 fees,
            address delegateAddress,
            uint256 delegatedAmount,
            uint256 startRound,
            uint256 lastClaimRound,
            uint256 nextUnbondingLockId
        )
    {
        Delegator storage delegator = delegators[account];
        bondedAmount = delegator.bondedAmount;
        fees = delegator.fees;
        delegateAddress = delegator.delegateAddress;
        delegatedAmount = delegator.delegatedAmount;
        startRound = delegator.startRound;
        lastClaimRound = delegator.lastClaimRound;
        nextUnbondingLockId = delegator.nextUnbondingLockId;
    }

    /// Amount under a lock, and the round from which it can be withdrawn.
    function getDelegatorUnbondingLock(address account, uint256 unbondingLockId)
        external
        view
        returns (uint256 amount, uint256 withdrawRound)
    {
        UnbondingLock storage lock = delegators[account].unbondingLocks[unbondingLockId];
        return (lock.amount, lock.withdrawRound);
    }

    /// Whether `account` has stake under this lock.
    function isValidUnbondingLock(address account, uint256 unbondingLockId) public view returns (bool) {
        // A lock always holds something, while a withdraw round of zero is possible in round 0.
        return delegators[account].unbondingLocks[unbondingLockId].amount > 0;
    }

    /// @dev Bonds `amount` of the caller's tokens as stake of `owner`, and with it all that `owner` has bonded already.
    function _bondFor(address owner, uint256 amount, address to, Hint memory oldHint, Hint memory newHint) internal {
        if (to == address(0)) revert BondingInvalidDelegate();
        _claimEarnings(owner);

        Delegator storage delegator = delegators[owner];
        address oldDelegate = delegator.delegateAddress;
        uint256 delegated = amount;
        if (delegator.bondedAmount == 0) {
            delegator.startRound = _currentRound() + 1;
        } else if (oldDelegate != to) {
            if (oldDelegate == owner) revert BondingTranscoderCannotDelegate(owner);
            delegator.startRound = _currentRound() + 1;
            delegated += delegator.bondedAmount;
            _decreaseTotalStake(oldDelegate, delegator.bondedAmount, oldHint);
            _checkpoint(oldDelegate);
        }
        if (delegated == 0) revert BondingZeroAmount();

        _addStake(owner, to, amount);
        _increaseTotalStake(to, delegated, newHint);
        _checkpointBoth(owner, to);
        emit Bond(to, oldDelegate, owner, amount, delegator.bondedAmount);
        if (amount > 0) _token().transferFrom(msg.sender, address(_minter()), amount);
    }

    /// @dev Bonds what was under a lock to `to`, as stake of `owner`, who must have claimed.
    function _rebondFor(address owner, address to, uint256 unbondingLockId, uint256 amount, Hint memory hint) internal {
        _addStake(owner, to, amount);
        _increaseTotalStake(to, amount, hint);
        _checkpointBoth(owner, to);
        emit Rebond(to, owner, unbondingLockId, amount);
    }

    function _takeLock(address owner, uint256 unbondingLockId)
        internal
        returns (uint256 amount, uint256 withdrawRound)
    {
        if (!isValidUnbondingLock(owner, unbondingLockId)) revert BondingInvalidUnbondingLock(owner, unbondingLockId);
        UnbondingLock storage lock = delegators[owner].unbondingLocks[unbondingLockId];
        (amount, withdrawRound) = (lock.amount, lock.withdrawRound);
        delete delegators[owner].unbondingLocks[unbondingLockId];
    }

    function _rebond(address to, uint256 unbondingLockId, Hint memory hint) private {
        (uint256 amount,) = _takeLock(msg.sender, unbondingLockId);
        _rebondFor(msg.sender, to, unbondingLockId, amount, hint);
    }

    function _addStake(address owner, address to, uint256 amount) private {
        Delegator storage delegator = delegators[owner];
        delegator.delegateAddress = to;
        delegator.bondedAmount += amount;
        _freezeFactors(to, delegator.lastClaimRound);
    }
}
