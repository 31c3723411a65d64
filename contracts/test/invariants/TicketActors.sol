// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITicketBroker} from "../../payments/ITicketBroker.sol";
import {TicketBroker} from "../../payments/TicketBroker.sol";
import {TicketReserve} from "../../payments/TicketReserve.sol";
import {TicketState} from "../../payments/TicketState.sol";
import {Controller} from "../../registry/Controller.sol";
import {Actors} from "./Actors.sol";

/// @title Actors that also pay each other by tickets
contract TicketActors is Actors {
    TicketBroker public immutable broker;

    uint256 private nonce;

    /// A ticket was paid twice.
    error PaidTwice(bytes32 ticketHash);

    constructor(Controller controller) Actors(controller) {
        broker = TicketBroker(controller.getContract(keccak256("TicketBroker")));
    }

    function fund(uint256 who, uint256 forWhom, uint256 deposit, uint256 reserve) external {
        address from = actor(who);
        deposit = bound(deposit, 0, from.balance / 4);
        reserve = bound(reserve, 0, from.balance / 4);
        address owner = forWhom % 4 == 0 ? actor(forWhom / 4) : from;
        attempt(
            "fund",
            from,
            address(broker),
            deposit + reserve,
            abi.encodeCall(broker.fundDepositAndReserveFor, (owner, deposit, reserve))
        );
    }

    function unlock(uint256 who) external {
        attempt("unlock", actor(who), address(broker), abi.encodeCall(broker.unlock, ()));
    }

    function cancelUnlock(uint256 who) external {
        attempt("cancelUnlock", actor(who), address(broker), abi.encodeCall(broker.cancelUnlock, ()));
    }

    function withdrawFunds(uint256 who) external {
        attempt("withdrawFunds", actor(who), address(broker), abi.encodeCall(broker.withdraw, ()));
    }

    /// A ticket for up to twice of what the sender has, winning in three cases out of four.
    function redeem(uint256 sender, uint256 recipient, uint256 faceValue, uint256 winProb) external {
        ITicketBroker.Ticket memory ticket;
        (TicketState.Sender memory funds, TicketReserve.ReserveInfo memory reserve) = broker.getSenderInfo(actor(sender));
        uint256 round = rounds.currentRound();
        ticket.sender = actor(sender);
        ticket.recipient = actor(recipient);
        ticket.faceValue = bound(faceValue, 0, 2 * (funds.deposit + reserve.fundsRemaining));
        ticket.winProb = winProb % 4 == 0 ? winProb : type(uint256).max;
        ticket.senderNonce = ++nonce;
        ticket.recipientRandHash = keccak256(abi.encodePacked(nonce));
        ticket.auxData = abi.encode(round, rounds.blockHashForRound(round));
        bytes memory signature = personalSign(nameOf(sender % COUNT), broker.getTicketHash(ticket));
        uint256 before = owedForTickets();
        if (
            attempt(
                "redeem",
                ticket.recipient,
                address(broker),
                abi.encodeCall(broker.redeemWinningTicket, (ticket, signature, nonce))
            )
        ) {
            assertLe(before - owedForTickets(), ticket.faceValue, "paid for a ticket");
            redeemAgain(ticket, signature);
        }
    }

    function redeemAgain(ITicketBroker.Ticket memory ticket, bytes memory signature) private {
        vm.prank(ticket.recipient);
        try broker.redeemWinningTicket(ticket, signature, nonce) {
            revert PaidTwice(broker.getTicketHash(ticket));
        } catch {}
    }

    /// Deposits and reserves that the vault owes.
    function owedForTickets() public view returns (uint256 sum) {
        for (uint256 i = 0; i < COUNT; ++i) {
            (TicketState.Sender memory funds, TicketReserve.ReserveInfo memory reserve) = broker.getSenderInfo(actors[i]);
            sum += funds.deposit + reserve.fundsRemaining;
        }
    }
}
