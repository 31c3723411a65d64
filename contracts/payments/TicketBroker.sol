// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {TicketFunds} from "./TicketFunds.sol";
import {TicketState} from "./TicketState.sol";

/// @title TicketBroker: payment by probabilistic tickets
/// @notice A sender hands out signed tickets off the chain. Most are worth nothing; a winning one is redeemed here for
/// its face value, which its recipient and the delegators share as fees.
/// @dev Behind a ManagerProxy, registered as `TicketBroker` and as `JobsManager`: the Minter keeps ether for the
/// latter. The parts, each on top of the one before: TicketState (all storage), TicketReserve, TicketFunds. No ether
/// stays here. What must hold: the sum of all deposits and reserves is at most what the Minter has beyond the fees it
/// owes; a ticket is paid at most once, and never more than its face value.
///
/// A ticket hash names neither chain nor contract. What keeps a ticket from being redeemed on two chains is the block
/// hash of its round, which a chain that was forked after that round shares.
contract TicketBroker is TicketFunds {
    uint256 private constant SIGNATURE_LENGTH = 65;
    uint256 private constant AUX_DATA_LENGTH = 64;

    constructor(address initialController) TicketState(initialController) {}

    /// Pays a winning ticket, from the sender's deposit first and from its reserve for what is missing, as far as the
    /// recipient has a claim to it. The ticket is used up, even where that was less than its face value. Anyone may
    /// call it.
    /// @param sig The sender's signature of the ticket hash as a personal message.
    /// @param recipientRand The number behind `recipientRandHash`.
    function redeemWinningTicket(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand)
        external
        whenSystemNotPaused
        currentRoundInitialized
    {
        bytes32 ticketHash = getTicketHash(ticket);
        uint256 creationRound = _requireWinning(ticket, ticketHash, sig, recipientRand);

        if (!_isLocked(senders[ticket.sender])) revert TicketSenderUnlocked(ticket.sender);
        _requireFunds(ticket.sender);
        usedTickets[ticketHash] = true;

        uint256 amount = _take(ticket);
        if (amount > 0) {
            emit WinningTicketTransfer(ticket.sender, ticket.recipient, amount);
            _bondingManager().updateTranscoderWithFees(ticket.recipient, amount, creationRound);
        }
        emit WinningTicketRedeemed(
            ticket.sender,
            ticket.recipient,
            ticket.faceValue,
            ticket.winProb,
            ticket.senderNonce,
            recipientRand,
            ticket.auxData
        );
    }

    /// Redeems many tickets. One that cannot be redeemed changes nothing and does not stop the others.
    function batchRedeemWinningTickets(
        Ticket[] calldata tickets,
        bytes[] calldata sigs,
        uint256[] calldata recipientRands
    ) external whenSystemNotPaused currentRoundInitialized {
        if (tickets.length != sigs.length || tickets.length != recipientRands.length) revert TicketUnequalLengths();
        for (uint256 i = 0; i < tickets.length; ++i) {
            try this.redeemWinningTicket(tickets[i], sigs[i], recipientRands[i]) {} catch {}
        }
    }

    /// What the sender signs, and a ticket is known by once it is used.
    function getTicketHash(Ticket calldata ticket) public pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                ticket.recipient,
                ticket.sender,
                ticket.faceValue,
                ticket.winProb,
                ticket.senderNonce,
                ticket.recipientRandHash,
                ticket.auxData
            )
        );
    }

    /// @dev Takes the face value out of the sender's funds, or what there is for the recipient.
    function _take(Ticket calldata ticket) private returns (uint256 amount) {
        Sender storage sender = senders[ticket.sender];
        uint256 deposit = sender.deposit;
        if (ticket.faceValue <= deposit) {
            sender.deposit = deposit - ticket.faceValue;
            return ticket.faceValue;
        }
        sender.deposit = 0;
        return deposit + _claimFromReserve(ticket.sender, ticket.recipient, ticket.faceValue - deposit);
    }

    function _requireWinning(Ticket calldata ticket, bytes32 ticketHash, bytes calldata sig, uint256 recipientRand)
        private
        view
        returns (uint256 creationRound)
    {
        if (ticket.recipient == address(0)) revert TicketInvalidRecipient();
        if (ticket.sender == address(0)) revert TicketInvalidSender();
        creationRound = _requireValidRound(ticket.auxData);
        if (keccak256(abi.encodePacked(recipientRand)) != ticket.recipientRandHash) {
            revert TicketWrongRand(recipientRand);
        }
        if (usedTickets[ticketHash]) revert TicketUsed(ticketHash);
        _requireSignature(ticket.sender, ticketHash, sig);
        if (uint256(keccak256(abi.encodePacked(sig, recipientRand))) >= ticket.winProb) {
            revert TicketNotWinning(ticketHash);
        }
    }

    function _requireValidRound(bytes calldata auxData) private view returns (uint256 creationRound) {
        if (auxData.length != AUX_DATA_LENGTH) revert TicketInvalidAuxData(auxData.length);
        bytes32 blockHash;
        (creationRound, blockHash) = abi.decode(auxData, (uint256, bytes32));
        bytes32 roundBlockHash = _roundsManager().blockHashForRound(creationRound);
        if (roundBlockHash == bytes32(0)) revert TicketUnknownRound(creationRound);
        if (roundBlockHash != blockHash) revert TicketWrongBlockHash(creationRound, blockHash);
        // A round with a block hash is not in the future, so nothing here can overflow, however long tickets are valid.
        if (_currentRound() - creationRound >= ticketValidityPeriod) {
            revert TicketExpired(creationRound + ticketValidityPeriod - 1);
        }
    }

    /// @dev The draw goes over the bytes of the signature, so there must be one form of it only: 65 bytes, low s.
    function _requireSignature(address sender, bytes32 ticketHash, bytes calldata sig) private pure {
        if (sig.length != SIGNATURE_LENGTH) revert TicketInvalidSignatureLength(sig.length);
        (address signer,,) = ECDSA.tryRecoverCalldata(MessageHashUtils.toEthSignedMessageHash(ticketHash), sig);
        if (signer != sender) revert TicketInvalidSignature(ticketHash);
    }
}
