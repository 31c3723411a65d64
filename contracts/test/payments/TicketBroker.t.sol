// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IManager} from "../../registry/IManager.sol";
import {ITicketBroker} from "../../payments/ITicketBroker.sol";
import {TicketReserve} from "../../payments/TicketReserve.sol";
import {TicketState} from "../../payments/TicketState.sol";
import {CurrentProtocol} from "../support/CurrentProtocol.sol";

contract TicketBrokerTest is CurrentProtocol {
    uint256 private constant ALWAYS = type(uint256).max;
    uint256 private constant RAND = 42;

    address private alice;
    address private bob;
    address private payer;

    function setUp() public override {
        super.setUp();
        (alice, bob, payer) = (account("alice"), account("bob"), account("payer"));
        bondTranscoder(alice, 700 * LPT, 0, 0);
        bondTranscoder(bob, 300 * LPT, 0, 0);
        vm.deal(payer, 100 ether);
        nextRound();
    }

    function test_funds_lieInTheVault() public {
        vm.startPrank(payer);
        broker.fundDeposit{value: 3}();
        vm.expectEmit(address(broker));
        emit ITicketBroker.ReserveFunded(payer, 4);
        broker.fundReserve{value: 4}();
        broker.fundDepositAndReserve{value: 5}(2, 3);
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketInvalidPayment.selector, 5, 4));
        broker.fundDepositAndReserve{value: 5}(2, 2);
        vm.stopPrank();
        assertFunds(5, 7);
        assertEq(address(minter).balance, 12);
        assertEq(address(broker).balance, 0);
    }

    function test_withdraw_needsAnUnlockAndItsEnd() public {
        vm.startPrank(payer);
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketNoFunds.selector, payer));
        broker.unlock();
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketNoFunds.selector, payer));
        broker.withdraw();
        broker.fundDepositAndReserve{value: 5}(2, 3);
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketNoUnlock.selector, payer));
        broker.withdraw();
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketNoUnlock.selector, payer));
        broker.cancelUnlock();
        uint256 round = rounds.currentRound();
        vm.expectEmit(address(broker));
        emit ITicketBroker.Unlock(payer, round, round + 2);
        broker.unlock();
        assertTrue(broker.isUnlockInProgress(payer));
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketUnlockInProgress.selector, round + 2));
        broker.unlock();
        vm.stopPrank();
        nextRound();
        vm.startPrank(payer);
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketFundsLocked.selector, round + 2));
        broker.withdraw();
        vm.stopPrank();
        nextRound();
        vm.prank(payer);
        broker.withdraw();
        assertEq(payer.balance, 100 ether);
        assertFunds(0, 0);
    }

    function test_unlock_isTakenBackByTheSenderAndByItsOwnMoneyOnly() public {
        fund(2, 3);
        vm.startPrank(payer);
        broker.unlock();
        vm.expectEmit(address(broker));
        emit ITicketBroker.UnlockCancelled(payer);
        broker.cancelUnlock();
        broker.unlock();
        broker.fundDeposit{value: 1}();
        assertFalse(broker.isUnlockInProgress(payer));
        broker.unlock();
        vm.stopPrank();
        vm.deal(bob, 1);
        vm.prank(bob);
        broker.fundDepositAndReserveFor{value: 1}(payer, 1, 0);
        assertTrue(broker.isUnlockInProgress(payer));
    }

    function test_redeem_paysTheDepositToTheTranscoder() public {
        fund(1 ether, 1 ether);
        ITicketBroker.Ticket memory ticket = ticketOf(payer, alice, 0.6 ether, ALWAYS, RAND);
        bytes memory signature = sign(ticket);
        vm.expectEmit(address(broker));
        emit ITicketBroker.WinningTicketTransfer(payer, alice, 0.6 ether);
        vm.expectEmit(address(broker));
        emit ITicketBroker.WinningTicketRedeemed(payer, alice, 0.6 ether, ALWAYS, 1, RAND, ticket.auxData);
        broker.redeemWinningTicket(ticket, signature, RAND);
        assertFunds(0.4 ether, 1 ether);
        assertEq(pendingFees(alice), 0.6 ether);
        assertTrue(broker.usedTickets(broker.getTicketHash(ticket)));
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketUsed.selector, broker.getTicketHash(ticket)));
        broker.redeemWinningTicket(ticket, signature, RAND);
    }

    function test_redeem_takesWhatIsMissingFromAnEqualPartOfTheReserve() public {
        fund(0.1 ether, 1 ether);
        assertEq(broker.claimableReserve(payer, alice), 0.5 ether);
        redeem(ticketOf(payer, alice, 1 ether, ALWAYS, RAND));
        assertEq(pendingFees(alice), 0.6 ether);
        assertEq(broker.claimableReserve(payer, alice), 0);
        assertEq(broker.claimedReserve(payer, alice), 0.5 ether);
        assertEq(broker.claimableReserve(payer, bob), 0.5 ether);
        assertEq(broker.claimableReserve(payer, payer), 0);
        redeem(ticketOf(payer, bob, 0.2 ether, ALWAYS, RAND));
        TicketReserve.ReserveInfo memory reserve = broker.getReserveInfo(payer);
        assertEq(reserve.fundsRemaining, 0.3 ether);
        assertEq(reserve.claimedInCurrentRound, 0.7 ether);
        // In the next round there are new parts, of what is left.
        nextRound();
        assertEq(broker.claimableReserve(payer, alice), 0.15 ether);
    }

    function test_redeem_ofAnEmptyPartPaysNothingAndUsesTheTicketUp() public {
        fund(0, 1 ether);
        ITicketBroker.Ticket memory ticket = ticketOf(payer, alice, 1 ether, ALWAYS, RAND);
        redeem(ticket);
        ticket.senderNonce = 2;
        redeem(ticket);
        assertEq(pendingFees(alice), 0.5 ether);
        assertTrue(broker.usedTickets(broker.getTicketHash(ticket)));
    }

    function test_claimableReserve_withAnEmptyPoolIsNothing() public {
        fund(0, 1 ether);
        vm.prank(alice);
        bonding.unbond(700 * LPT);
        vm.prank(bob);
        bonding.unbond(300 * LPT);
        assertEq(broker.claimableReserve(payer, alice), 0);
    }

    function test_redeem_refusesEveryFlaw() public {
        fund(1 ether, 0);
        ITicketBroker.Ticket memory ticket = ticketOf(payer, address(0), 1, ALWAYS, RAND);
        refuse(ticket, abi.encodeWithSelector(ITicketBroker.TicketInvalidRecipient.selector));
        ticket = ticketOf(address(0), alice, 1, ALWAYS, RAND);
        refuse(ticket, abi.encodeWithSelector(ITicketBroker.TicketInvalidSender.selector));
        ticket = ticketOf(payer, alice, 1, ALWAYS, RAND);
        ticket.auxData = abi.encode(1, 2, 3);
        refuse(ticket, abi.encodeWithSelector(ITicketBroker.TicketInvalidAuxData.selector, 96));
        ticket.auxData = abi.encode(1, 2);
        refuse(ticket, abi.encodeWithSelector(ITicketBroker.TicketUnknownRound.selector, 1));
        uint256 round = rounds.currentRound();
        ticket.auxData = abi.encode(round, 2);
        refuse(ticket, abi.encodeWithSelector(ITicketBroker.TicketWrongBlockHash.selector, round, 2));
        ticket = ticketOf(payer, alice, 1, ALWAYS, RAND + 1);
        refuse(ticket, abi.encodeWithSelector(ITicketBroker.TicketWrongRand.selector, RAND));
        ticket = ticketOf(payer, alice, 1, 0, RAND);
        refuse(ticket, abi.encodeWithSelector(ITicketBroker.TicketNotWinning.selector, broker.getTicketHash(ticket)));
        ticket = ticketOf(payer, alice, 1, ALWAYS, RAND);
        bytes memory signature = sign(ticket);
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketInvalidSignatureLength.selector, 66));
        broker.redeemWinningTicket(ticket, bytes.concat(signature, hex"00"), RAND);
        bytes memory foreign = personalSign("alice", broker.getTicketHash(ticket));
        vm.expectRevert(
            abi.encodeWithSelector(ITicketBroker.TicketInvalidSignature.selector, broker.getTicketHash(ticket))
        );
        broker.redeemWinningTicket(ticket, foreign, RAND);
        ticket = ticketOf(bob, alice, 1, ALWAYS, RAND);
        bytes memory ofBob = personalSign("bob", broker.getTicketHash(ticket));
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketNoFunds.selector, bob));
        broker.redeemWinningTicket(ticket, ofBob, RAND);
    }

    function test_ticket_isGoodForTheRoundsOfItsValidity() public {
        fund(1 ether, 0);
        ITicketBroker.Ticket memory ticket = ticketOf(payer, alice, 1, ALWAYS, RAND);
        uint256 round = rounds.currentRound();
        nextRound();
        redeem(ticket);
        ticket.senderNonce = 2;
        nextRound();
        refuse(ticket, abi.encodeWithSelector(ITicketBroker.TicketExpired.selector, round + 1));
    }

    function test_redeem_isRefusedOnceTheSenderIsUnlocked() public {
        fund(1 ether, 0);
        vm.prank(payer);
        broker.unlock();
        nextRound();
        redeem(ticketOf(payer, alice, 1, ALWAYS, RAND));
        nextRound();
        refuse(
            ticketOf(payer, alice, 1, ALWAYS, RAND),
            abi.encodeWithSelector(ITicketBroker.TicketSenderUnlocked.selector, payer)
        );
    }

    function test_batch_redeemsWhatItCan() public {
        fund(1 ether, 0);
        ITicketBroker.Ticket[] memory tickets = new ITicketBroker.Ticket[](3);
        bytes[] memory signatures = new bytes[](3);
        uint256[] memory rands = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            tickets[i] = ticketOf(payer, alice, 10, i == 1 ? 0 : ALWAYS, RAND);
            tickets[i].senderNonce = i;
            signatures[i] = sign(tickets[i]);
            rands[i] = RAND;
        }
        broker.batchRedeemWinningTickets(tickets, signatures, rands);
        assertEq(pendingFees(alice), 20);
        assertFalse(broker.usedTickets(broker.getTicketHash(tickets[1])));
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketUnequalLengths.selector));
        broker.batchRedeemWinningTickets(tickets, signatures, new uint256[](2));
        vm.expectRevert(abi.encodeWithSelector(ITicketBroker.TicketUnequalLengths.selector));
        broker.batchRedeemWinningTickets(tickets, new bytes[](4), rands);
    }

    function test_redeem_waitsForTheRound() public {
        fund(1 ether, 0);
        ITicketBroker.Ticket memory ticket = ticketOf(payer, alice, 1, ALWAYS, RAND);
        skipRounds(1);
        refuse(ticket, abi.encodeWithSelector(ITicketBroker.TicketRoundNotInitialized.selector));
    }

    function test_parameters_areTheControllerOwners() public {
        vm.expectRevert(
            abi.encodeWithSelector(ITicketBroker.TicketInvalidParameter.selector, "ticketValidityPeriod", 0)
        );
        broker.setTicketValidityPeriod(0);
        vm.startPrank(payer);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        broker.setTicketValidityPeriod(1);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        broker.setUnlockPeriod(1);
        vm.stopPrank();
    }

    function test_everyone_waitsForARunningProtocol() public {
        ITicketBroker.Ticket memory ticket = ticketOf(payer, alice, 1, ALWAYS, RAND);
        controller.pause();
        bytes4 paused = IManager.ManagerSystemPaused.selector;
        expectError(paused);
        broker.fundDeposit();
        expectError(paused);
        broker.fundReserve();
        expectError(paused);
        broker.fundDepositAndReserve(0, 0);
        expectError(paused);
        broker.unlock();
        expectError(paused);
        broker.cancelUnlock();
        expectError(paused);
        broker.withdraw();
        expectError(paused);
        broker.redeemWinningTicket(ticket, "", 0);
        expectError(paused);
        broker.batchRedeemWinningTickets(new ITicketBroker.Ticket[](0), new bytes[](0), new uint256[](0));
    }

    function test_ticketHash_isOverThePackedFields() public view {
        ITicketBroker.Ticket memory ticket = ticketOf(payer, alice, 1, 2, RAND);
        bytes32 expected = keccak256(
            abi.encodePacked(alice, payer, uint256(1), uint256(2), uint256(1), ticket.recipientRandHash, ticket.auxData)
        );
        assertEq(broker.getTicketHash(ticket), expected);
    }

    /// A ticket wins exactly when keccak256(signature, recipientRand) is below its probability.
    function testFuzz_winning_isADrawBelowTheProbability(uint256 rand, uint256 winProb, uint64 nonce) public {
        fund(1 ether, 0);
        ITicketBroker.Ticket memory ticket = ticketOf(payer, alice, 5, winProb, rand);
        ticket.senderNonce = nonce;
        bytes memory signature = sign(ticket);
        bool wins = uint256(keccak256(abi.encodePacked(signature, rand))) < winProb;
        if (!wins) expectError(ITicketBroker.TicketNotWinning.selector);
        broker.redeemWinningTicket(ticket, signature, rand);
        assertEq(pendingFees(alice), wins ? 5 : 0);
    }

    /// At the very draw the ticket loses, one above it wins.
    function test_winning_isStrictlyBelow() public {
        fund(1 ether, 0);
        // The probability is part of what is signed, so the draw of a given one cannot be chosen; its neighbours can be tried.
        for (uint256 rand = 0; rand < 8; ++rand) {
            ITicketBroker.Ticket memory ticket = ticketOf(payer, alice, 1, ALWAYS / 2, rand);
            bytes memory signature = sign(ticket);
            bool wins = uint256(keccak256(abi.encodePacked(signature, rand))) < ALWAYS / 2;
            if (!wins) expectError(ITicketBroker.TicketNotWinning.selector);
            broker.redeemWinningTicket(ticket, signature, rand);
        }
    }

    /// Whatever is asked for, by whom and in which order, parts of a reserve never add up to more than it.
    function testFuzz_reserve_partsNeverExceedIt(uint96 funds, uint96[6] memory faceValues) public {
        vm.assume(funds > 0);
        vm.deal(payer, funds);
        fund(0, funds);
        uint256 paid;
        for (uint256 i = 0; i < faceValues.length; ++i) {
            address recipient = i % 2 == 0 ? alice : bob;
            uint256 before = pendingFees(recipient);
            ITicketBroker.Ticket memory ticket = ticketOf(payer, recipient, faceValues[i], ALWAYS, RAND);
            ticket.senderNonce = i;
            if (broker.getReserveInfo(payer).fundsRemaining == 0) break;
            redeem(ticket);
            paid += pendingFees(recipient) - before;
            assertLe(broker.claimedReserve(payer, recipient), uint256(funds) / 2, "part of one");
            assertEq(broker.getReserveInfo(payer).fundsRemaining + paid, funds);
        }
    }

    function fund(uint256 deposit, uint256 reserve) private {
        vm.prank(payer);
        broker.fundDepositAndReserve{value: deposit + reserve}(deposit, reserve);
    }

    function sign(ITicketBroker.Ticket memory ticket) private view returns (bytes memory) {
        return personalSign("payer", broker.getTicketHash(ticket));
    }

    function redeem(ITicketBroker.Ticket memory ticket) private {
        bytes memory signature = sign(ticket);
        broker.redeemWinningTicket(ticket, signature, RAND);
    }

    function refuse(ITicketBroker.Ticket memory ticket, bytes memory reason) private {
        bytes memory signature = sign(ticket);
        vm.expectRevert(reason);
        broker.redeemWinningTicket(ticket, signature, RAND);
    }

    function assertFunds(uint256 deposit, uint256 reserve) private view {
        (TicketState.Sender memory sender, TicketReserve.ReserveInfo memory info) = broker.getSenderInfo(payer);
        assertEq(sender.deposit, deposit, "deposit");
        assertEq(info.fundsRemaining, reserve, "reserve");
    }
}
