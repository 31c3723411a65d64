// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../bonding/IBondingManager.sol";
import {ManagerProxyTarget} from "../registry/ManagerProxyTarget.sol";
import {IRoundsManager} from "../rounds/IRoundsManager.sol";
import {IMinter} from "../token/IMinter.sol";
import {ITicketBroker} from "./ITicketBroker.sol";

/// @title All state of the TicketBroker, and what governance decides about it
/// @dev Storage: 2 reserves, 3 senders, 4 unlockPeriod, 5 usedTickets, 6 ticketValidityPeriod. An upgrade appends after
/// 6.
abstract contract TicketState is ManagerProxyTarget, ITicketBroker {
    struct Reserve {
        uint256 funds;
        mapping(uint256 round => uint256 amount) claimedForRound;
        mapping(uint256 round => mapping(address claimant => uint256 amount)) claimedByAddress;
    }

    struct Sender {
        uint256 deposit;
        uint256 withdrawRound;
    }

    mapping(address holder => Reserve reserve) internal reserves;

    mapping(address account => Sender sender) internal senders;

    /// Rounds between asking for an unlock and withdrawing.
    uint256 public unlockPeriod;

    /// Whether the ticket with this hash was redeemed.
    mapping(bytes32 ticketHash => bool used) public usedTickets;

    /// Rounds in which a ticket can be redeemed, that of its creation included.
    uint256 public ticketValidityPeriod;

    modifier currentRoundInitialized() {
        if (!_roundsManager().currentRoundInitialized()) revert TicketRoundNotInitialized();
        _;
    }

    constructor(address initialController) ManagerProxyTarget(initialController) {}

    /// Sets the rounds between asking for an unlock and withdrawing. Unlocks in progress keep their round.
    function setUnlockPeriod(uint256 newUnlockPeriod) external onlyControllerOwner {
        unlockPeriod = newUnlockPeriod;
        emit ParameterUpdate("unlockPeriod");
    }

    /// Sets the rounds in which a ticket can be redeemed; at least one.
    function setTicketValidityPeriod(uint256 newTicketValidityPeriod) external onlyControllerOwner {
        if (newTicketValidityPeriod == 0) revert TicketInvalidParameter("ticketValidityPeriod", 0);
        ticketValidityPeriod = newTicketValidityPeriod;
        emit ParameterUpdate("ticketValidityPeriod");
    }

    function _currentRound() internal view returns (uint256) {
        return _roundsManager().currentRound();
    }

    function _roundsManager() internal view returns (IRoundsManager) {
        return IRoundsManager(_registered("RoundsManager"));
    }

    function _bondingManager() internal view returns (IBondingManager) {
        return IBondingManager(_registered("BondingManager"));
    }

    function _minter() internal view returns (IMinter) {
        return IMinter(_registered("Minter"));
    }
}
