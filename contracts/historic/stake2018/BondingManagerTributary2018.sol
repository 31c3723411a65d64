// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../../bonding/IBondingManager.sol";
import {StakeReads2018} from "./StakeReads2018.sol";
import {StakeSettings2018} from "./StakeSettings2018.sol";
import {Delegators2018} from "./TributaryDelegators.sol";

/// @title BondingManager of Tributary: stake leaves in parts, each under a lock (LIP-8)
/// @notice Whether somebody has unbonded follows from `bondedAmount` now. Who was unbonding when the code changed has a
/// `bondedAmount` and no lock, so it could neither withdraw nor unbond: `giveUnbondingLocks` turns what it had into a lock
/// of the same amount and round.
/// @dev For rehearsals. The upgrade of 2018 had nothing like `giveUnbondingLocks`; the rest is as published.
contract BondingManagerTributary2018 is Delegators2018, StakeReads2018 {
    enum DelegatorStatus {
        Pending,
        Bonded,
        Unbonded
    }

    constructor(address initialController) StakeSettings2018(initialController) {}

    /// Gives each of `accounts` that was unbonding at the launch a lock. Anyone may call it, also while the protocol is
    /// stopped: all is given by what the account has, and an account without is passed over.
    function giveUnbondingLocks(address[] calldata accounts) external {
        for (uint256 i = 0; i < accounts.length; ++i) {
            Delegator storage self = delegators[accounts[i]];
            uint256 withdrawRound = self.withdrawRoundDEPRECATED;
            uint256 amount = self.bondedAmount;
            if (withdrawRound == 0 || amount == 0 || self.delegateAddress != address(0)) continue;
            self.bondedAmount = 0;
            self.withdrawRoundDEPRECATED = 0;
            uint256 id = self.nextUnbondingLockId++;
            self.unbondingLocks[id] = UnbondingLock({amount: amount, withdrawRound: withdrawRound});
            emit IBondingManager.Unbond(address(0), accounts[i], id, amount, withdrawRound);
        }
    }

    /// Takes `amount` out of the bonded stake, under a lock.
    function unbond(uint256 amount) external whenSystemNotPaused currentRoundInitialized {
        _claimUpToNow(msg.sender);
        if (delegatorStatus(msg.sender) != DelegatorStatus.Bonded) revert IBondingManager.BondingNotBonded(msg.sender);
        Delegator storage self = delegators[msg.sender];
        if (amount == 0) revert IBondingManager.BondingZeroAmount();
        if (amount > self.bondedAmount) revert IBondingManager.BondingInsufficientAmount(amount, self.bondedAmount);
        address delegate = self.delegateAddress;
        uint256 withdrawRound = _currentRound() + unbondingPeriod;
        uint256 id = self.nextUnbondingLockId++;
        self.unbondingLocks[id] = UnbondingLock({amount: amount, withdrawRound: withdrawRound});
        self.bondedAmount -= amount;
        if (self.bondedAmount == 0) {
            self.delegateAddress = address(0);
            self.startRound = 0;
            _leavePool(msg.sender);
        }
        _removeStake(delegate, amount);
        emit IBondingManager.Unbond(delegate, msg.sender, id, amount, withdrawRound);
    }

    /// Bonds the stake under a lock to the present delegate again.
    function rebond(uint256 unbondingLockId) external whenSystemNotPaused currentRoundInitialized {
        _claimUpToNow(msg.sender);
        if (delegatorStatus(msg.sender) == DelegatorStatus.Unbonded) {
            revert IBondingManager.BondingNotBonded(msg.sender);
        }
        _rebond(delegators[msg.sender].delegateAddress, unbondingLockId);
    }

    /// Bonds the stake under a lock to `to`, for a caller with nothing else bonded.
    function rebondFromUnbonded(address to, uint256 unbondingLockId)
        external
        whenSystemNotPaused
        currentRoundInitialized
    {
        if (to == address(0)) revert IBondingManager.BondingInvalidDelegate();
        _claimUpToNow(msg.sender);
        if (delegatorStatus(msg.sender) != DelegatorStatus.Unbonded) {
            revert IBondingManager.BondingNotUnbonded(msg.sender);
        }
        delegators[msg.sender].startRound = _currentRound() + 1;
        delegators[msg.sender].delegateAddress = to;
        _rebond(to, unbondingLockId);
    }

    /// Pays out the stake under a lock whose round has come.
    function withdrawStake(uint256 unbondingLockId) external whenSystemNotPaused currentRoundInitialized {
        UnbondingLock memory lock = _takeLock(unbondingLockId);
        if (lock.withdrawRound > _currentRound()) revert IBondingManager.BondingLockNotExpired(lock.withdrawRound);
        emit IBondingManager.WithdrawStake(msg.sender, unbondingLockId, lock.amount, lock.withdrawRound);
        _minter().trustedTransferTokens(msg.sender, lock.amount);
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
        Delegator storage self = delegators[account];
        return (
            self.bondedAmount,
            self.fees,
            self.delegateAddress,
            self.delegatedAmount,
            self.startRound,
            self.lastClaimRound,
            self.nextUnbondingLockId
        );
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
    function isValidUnbondingLock(address account, uint256 unbondingLockId) external view returns (bool) {
        return delegators[account].unbondingLocks[unbondingLockId].amount > 0;
    }

    /// Unbonded without stake; pending until the round after bonding begins.
    function delegatorStatus(address account) public view returns (DelegatorStatus) {
        Delegator storage self = delegators[account];
        if (self.bondedAmount == 0 || self.startRound == 0) return DelegatorStatus.Unbonded;
        return self.startRound > _currentRound() ? DelegatorStatus.Pending : DelegatorStatus.Bonded;
    }

    function _emitBond(address to, address oldDelegate, uint256 amount, uint256 bonded) internal override {
        emit IBondingManager.Bond(to, oldDelegate, msg.sender, amount, bonded);
    }

    function _rebond(address to, uint256 unbondingLockId) private {
        uint256 amount = _takeLock(unbondingLockId).amount;
        delegators[msg.sender].bondedAmount += amount;
        _addStake(to, amount);
        emit IBondingManager.Rebond(to, msg.sender, unbondingLockId, amount);
    }

    function _takeLock(uint256 unbondingLockId) private returns (UnbondingLock memory lock) {
        lock = delegators[msg.sender].unbondingLocks[unbondingLockId];
        if (lock.amount == 0) revert IBondingManager.BondingInvalidUnbondingLock(msg.sender, unbondingLockId);
        delete delegators[msg.sender].unbondingLocks[unbondingLockId];
    }
}
