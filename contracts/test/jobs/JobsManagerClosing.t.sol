// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobsManager} from "../../jobs/IJobsManager.sol";
import {JobsManagerClosing} from "../../jobs/JobsManagerClosing.sol";
import {TicketBroker} from "../../payments/TicketBroker.sol";
import {IManager} from "../../registry/IManager.sol";
import {TicketState} from "../../payments/TicketState.sol";
import {Segments} from "../support/Segments.sol";

/// @dev Job 0 is claimed by a transcoder who stays, for 4,000 wei; 1 ether was deposited.
contract JobsManagerClosingTest is Segments {
    uint256 private constant PRICE = 1_000;
    uint256 private constant FEES = 4 * PRICE;

    JobsManagerClosing private closing;
    address private t;
    address private broadcaster;

    function setUp() public override {
        super.setUp();
        (t, broadcaster) = (account("t"), account("broadcaster"));
        closing = JobsManagerClosing(payable(address(jobs)));
        bondTranscoder(t, 1_000 * LPT, 0, 0);
        nextRound();
        vm.deal(broadcaster, 2 ether);
        vm.startPrank(broadcaster);
        jobs.deposit{value: 1 ether}();
        jobs.job(STREAM, PROFILES, PRICE, vm.getBlockNumber() + 50);
        vm.stopPrank();
        mine(1);
        vm.prank(t);
        jobs.claimWork(0, [uint256(0), 1], keccak256("root"));
        close();
    }

    function test_nothingComesIn() public {
        vm.startPrank(broadcaster);
        (bool deposited,) = address(closing).call{value: 1}(abi.encodeWithSignature("deposit()"));
        assertFalse(deposited);
        (bool posted,) =
            address(closing).call(abi.encodeWithSignature("job(string,string,uint256,uint256)", "s", PROFILES, 1, 9_999));
        assertFalse(posted);
        (bool paid,) = address(closing).call{value: 1}("");
        assertFalse(paid);
        vm.stopPrank();
        expectError(JobsManagerClosing.JobsClosed.selector);
        closing.receiveVerification(0, 0, 0, true);
    }

    function test_distributeFees_paysClaimsThatAreFinal() public {
        expectError(IJobsManager.JobsClaimNotFinal.selector);
        closing.distributeFees(0, 0);
        mine(20);
        uint256[] memory ids = new uint256[](1);
        closing.batchDistributeFees(0, ids);
        assertEq(pendingFees(t), FEES);
        expectError(IJobsManager.JobsClaimNotPending.selector);
        closing.distributeFees(0, 0);
    }

    function test_returnEscrow_onlyWhereNobodyCanBePaid() public {
        expectError(IJobsManager.JobsClaimNotFinal.selector);
        closing.returnEscrow(one());
        mine(20);
        expectError(JobsManagerClosing.JobsClaimPayable.selector);
        closing.returnEscrow(one());
        vm.prank(t);
        bonding.unbond(1_000 * LPT);
        vm.prank(broadcaster);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        closing.returnEscrow(one());
        for (uint256 i = 0; i < 2; ++i) closing.returnEscrow(one());
        assertEq(depositOf(broadcaster), 1 ether);
    }

    function test_deposits_moveToTheWeiAndOnce() public {
        mine(20);
        closing.distributeFees(0, 0);
        uint256 held = address(minter).balance;
        expectError(JobsManagerClosing.JobsNotReplaced.selector);
        closing.moveDeposits(people());
        for (uint256 i = 0; i < 2; ++i) closing.collectDeposits(people());
        assertEq(address(closing).balance, 1 ether - FEES);
        TicketBroker broker = openBroker();
        for (uint256 i = 0; i < 2; ++i) closing.moveDeposits(people());
        (TicketState.Sender memory sender,) = broker.getSenderInfo(broadcaster);
        assertEq(sender.deposit, 1 ether - FEES);
        assertEq(address(minter).balance, held);
        assertEq(address(closing).balance, 0);
    }

    function test_withdraw_worksWhereverTheDepositWaits() public {
        vm.prank(broadcaster);
        closing.withdraw();
        assertEq(broadcaster.balance, 2 ether - FEES);

        mine(20);
        vm.prank(t);
        bonding.unbond(1_000 * LPT);
        closing.returnEscrow(one());
        closing.collectDeposits(people());
        TicketBroker broker = openBroker();
        vm.prank(broadcaster);
        closing.withdraw();
        assertEq(broadcaster.balance, 2 ether);
        closing.moveDeposits(people());
        (TicketState.Sender memory sender,) = broker.getSenderInfo(broadcaster);
        assertEq(sender.deposit, 0);
    }

    function test_collectDeposits_notWhileStopped() public {
        controller.pause();
        expectError(IManager.ManagerSystemPaused.selector);
        closing.collectDeposits(people());
    }

    function test_distributeFees_notFromAnEscrowThatIsGone() public {
        mine(20);
        vm.prank(t);
        bonding.unbond(1_000 * LPT);
        closing.returnEscrow(one());
        expectError(IJobsManager.JobsInsufficientEscrow.selector);
        closing.distributeFees(0, 0);
    }

    function close() private {
        register("JobsManagerTarget", address(new JobsManagerClosing(address(controller))));
    }

    function openBroker() private returns (TicketBroker broker) {
        broker = TicketBroker(deployProxied("TicketBroker", address(new TicketBroker(address(controller)))));
        register("JobsManager", address(broker));
    }

    function depositOf(address who) private view returns (uint256 amount) {
        (amount,) = closing.broadcasters(who);
    }

    function one() private pure returns (uint256[] memory ids) {
        ids = new uint256[](1);
    }

    function people() private view returns (address[] memory accounts) {
        accounts = new address[](2);
        (accounts[0], accounts[1]) = (broadcaster, t);
    }
}
