// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TicketReserve} from "./TicketReserve.sol";

/// @title Money of those who pay by tickets
/// @notice The deposit pays winning tickets as long as it lasts, the reserve after that. Both lie in the Minter. They
/// can be withdrawn after an unlock, which takes long enough for recipients to redeem what they hold.
abstract contract TicketFunds is TicketReserve {
    /// Adds the ether sent to the caller's deposit.
    function fundDeposit() external payable whenSystemNotPaused {
        _fundDeposit(msg.sender, msg.value);
        _keep();
    }

    /// Adds the ether sent to the caller's reserve.
    function fundReserve() external payable whenSystemNotPaused {
        _fundReserve(msg.sender, msg.value);
        _keep();
    }

    /// Adds the ether sent to the caller's deposit and reserve, whose amounts must add up to it.
    function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) external payable {
        fundDepositAndReserveFor(msg.sender, depositAmount, reserveAmount);
    }

    /// Asks for an unlock. Tickets are paid until it is over.
    function unlock() external whenSystemNotPaused {
        Sender storage sender = senders[msg.sender];
        _requireFunds(msg.sender);
        if (_isUnlocking(sender)) revert TicketUnlockInProgress(sender.withdrawRound);
        uint256 round = _currentRound();
        sender.withdrawRound = round + unlockPeriod;
        emit Unlock(msg.sender, round, sender.withdrawRound);
    }

    /// Takes the caller's unlock back.
    function cancelUnlock() external whenSystemNotPaused {
        if (!_isUnlocking(senders[msg.sender])) revert TicketNoUnlock(msg.sender);
        _cancelUnlock(msg.sender);
    }

    /// Pays the caller all its funds, after the unlock.
    function withdraw() external whenSystemNotPaused {
        Sender storage sender = senders[msg.sender];
        _requireFunds(msg.sender);
        if (!_isUnlocking(sender)) revert TicketNoUnlock(msg.sender);
        if (_isLocked(sender)) revert TicketFundsLocked(sender.withdrawRound);
        uint256 deposit = sender.deposit;
        sender.deposit = 0;
        uint256 reserve = _clearReserve(msg.sender);
        emit Withdrawal(msg.sender, deposit, reserve);
        _minter().trustedWithdrawETH(payable(msg.sender), deposit + reserve);
    }

    /// Adds the ether sent to the deposit and reserve of `account`, whose amounts must add up to it.
    function fundDepositAndReserveFor(address account, uint256 depositAmount, uint256 reserveAmount)
        public
        payable
        whenSystemNotPaused
    {
        uint256 expected = depositAmount + reserveAmount;
        if (msg.value != expected) revert TicketInvalidPayment(msg.value, expected);
        _fundDeposit(account, depositAmount);
        _fundReserve(account, reserveAmount);
        _keep();
    }

    /// Deposit in wei and withdraw round of a sender (zero without an unlock), and its reserve.
    function getSenderInfo(address account) external view returns (Sender memory sender, ReserveInfo memory reserve) {
        sender = senders[account];
        reserve = getReserveInfo(account);
    }

    /// Whether `account` has asked for an unlock, which may be over.
    function isUnlockInProgress(address account) external view returns (bool) {
        return _isUnlocking(senders[account]);
    }

    function _requireFunds(address account) internal view {
        if (senders[account].deposit == 0 && reserves[account].funds == 0) revert TicketNoFunds(account);
    }

    function _isLocked(Sender storage sender) internal view returns (bool) {
        return !_isUnlocking(sender) || _currentRound() < sender.withdrawRound;
    }

    function _isUnlocking(Sender storage sender) internal view returns (bool) {
        return sender.withdrawRound > 0;
    }

    function _fundDeposit(address account, uint256 amount) private {
        senders[account].deposit += amount;
        _stay(account);
        emit DepositFunded(account, amount);
    }

    function _fundReserve(address account, uint256 amount) private {
        _addReserve(account, amount);
        _stay(account);
    }

    /// @dev Who adds to its own funds does not want to leave. The money of others must not take an unlock back, or
    /// anyone could keep a sender from ever withdrawing.
    function _stay(address account) private {
        if (account == msg.sender && _isUnlocking(senders[account])) _cancelUnlock(account);
    }

    function _cancelUnlock(address account) private {
        senders[account].withdrawRound = 0;
        emit UnlockCancelled(account);
    }

    function _keep() private {
        _minter().depositETH{value: msg.value}();
    }
}
