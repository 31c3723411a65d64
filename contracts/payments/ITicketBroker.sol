// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Payment by probabilistic tickets
/// @dev The ticket, and every event and error of the TicketBroker. The string that clients knew an error by is quoted.
interface ITicketBroker {
    /// What a sender promises: `faceValue` wei to `recipient`, if the ticket wins.
    /// @param winProb The ticket wins when keccak256(signature, recipientRand) is below this.
    /// @param senderNonce Tells apart the tickets of one `recipientRandHash`.
    /// @param recipientRandHash keccak256 of the number that the recipient keeps to itself until it redeems.
    /// @param auxData The round of creation and the block hash of that round: 64 bytes.
    struct Ticket {
        address recipient;
        address sender;
        uint256 faceValue;
        uint256 winProb;
        uint256 senderNonce;
        bytes32 recipientRandHash;
        bytes auxData;
    }

    event DepositFunded(address indexed sender, uint256 amount);
    event ReserveFunded(address indexed reserveHolder, uint256 amount);
    event ReserveClaimed(address indexed reserveHolder, address claimant, uint256 amount);
    event WinningTicketTransfer(address indexed sender, address indexed recipient, uint256 amount);
    event WinningTicketRedeemed(
        address indexed sender,
        address indexed recipient,
        uint256 faceValue,
        uint256 winProb,
        uint256 senderNonce,
        uint256 recipientRand,
        bytes auxData
    );
    event Unlock(address indexed sender, uint256 startRound, uint256 endRound);
    event UnlockCancelled(address indexed sender);
    event Withdrawal(address indexed sender, uint256 deposit, uint256 reserve);

    /// `initializeRound` has not been called in this round: "current round is not initialized".
    error TicketRoundNotInitialized();

    /// `value` of `param` is not allowed: "ticketValidityPeriod must be greater than 0".
    error TicketInvalidParameter(string param, uint256 value);

    /// The ether sent is not `expected`: "msg.value does not equal sum of deposit amount and reserve amount".
    error TicketInvalidPayment(uint256 value, uint256 expected);

    /// `sender` has nothing to pay or withdraw: "sender deposit and reserve are zero".
    error TicketNoFunds(address sender);

    /// The unlock was asked for before and ends in `withdrawRound`: "unlock already initiated".
    error TicketUnlockInProgress(uint256 withdrawRound);

    /// `sender` has not asked for an unlock: "no unlock request in progress".
    error TicketNoUnlock(address sender);

    /// Funds can be withdrawn from `withdrawRound` on: "account is locked".
    error TicketFundsLocked(uint256 withdrawRound);

    /// The funds of `sender` can be withdrawn any moment, so they pay no tickets: "sender is unlocked".
    error TicketSenderUnlocked(address sender);

    /// "ticket recipient is null address"
    error TicketInvalidRecipient();

    /// "ticket sender is null address"
    error TicketInvalidSender();

    /// "invalid length for ticket auxData: must be 64 bytes"
    error TicketInvalidAuxData(uint256 length);

    /// The round was never initialized: "ticket creationRound does not have a block hash".
    error TicketUnknownRound(uint256 creationRound);

    /// Another hash than that of the round: "ticket creationRoundBlockHash invalid for creationRound".
    error TicketWrongBlockHash(uint256 creationRound, bytes32 blockHash);

    /// The ticket could be redeemed up to `lastRound`: "ticket is expired".
    error TicketExpired(uint256 lastRound);

    /// "recipientRand does not match recipientRandHash"
    error TicketWrongRand(uint256 recipientRand);

    /// "ticket is used"
    error TicketUsed(bytes32 ticketHash);

    /// Only the long form is taken, or one ticket would have two draws: "INVALID_SIGNATURE_LENGTH".
    error TicketInvalidSignatureLength(uint256 length);

    /// Not the sender's signature: "invalid signature over ticket hash".
    error TicketInvalidSignature(bytes32 ticketHash);

    /// "ticket did not win"
    error TicketNotWinning(bytes32 ticketHash);

    /// A batch needs a signature and a number for every ticket.
    error TicketUnequalLengths();
}
