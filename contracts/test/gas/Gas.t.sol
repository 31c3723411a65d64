// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governor} from "../../governance/Governor.sol";
import {Poll} from "../../governance/Poll.sol";
import {PollCreator} from "../../governance/PollCreator.sol";
import {IdentityVerifier} from "../../jobs/IdentityVerifier.sol";
import {Controller} from "../../registry/Controller.sol";
import {ScaledMinter} from "../../token/ScaledMinter.sol";
import {CurrentProtocol} from "../support/CurrentProtocol.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";
import {Segments} from "../support/Segments.sol";

/// @title What single transactions cost in a pool of ten
/// @dev In the profile `gas` every call is a transaction of its own: cold storage, and the 21,000 and the data included.
abstract contract Gas is LaunchProtocol {
    address internal transcoder;
    address internal delegator;

    function prepare() internal {
        bonding.setNumActiveTranscoders(20);
        (transcoder, delegator) = (account("transcoder"), account("delegator"));
        for (uint256 i = 0; i < 9; ++i) {
            bondTranscoder(account(string.concat("other", vm.toString(i))), (2_000 + i) * LPT, 100_000, 500_000);
        }
        bondTranscoder(transcoder, 10_000 * LPT, 100_000, 500_000);
        token.transfer(delegator, 1_000 * LPT);
        vm.prank(delegator);
        token.approve(address(bonding), 1_000 * LPT);
        nextRound();
    }

    function measureStake(string memory group) internal {
        vm.prank(delegator);
        bonding.bond(500 * LPT, transcoder);
        vm.snapshotGasLastCall(group, "bond, first");
        vm.prank(transcoder);
        bonding.reward();
        vm.snapshotGasLastCall(group, "reward");
        skipRounds(1);
        rounds.initializeRound();
        vm.snapshotGasLastCall(group, "initializeRound");
        vm.prank(transcoder);
        bonding.reward();
        vm.snapshotGasLastCall(group, "reward, second");
        vm.prank(delegator);
        bonding.bond(100 * LPT, transcoder);
        vm.snapshotGasLastCall(group, "bond, more");
        nextRound();
        vm.prank(delegator);
        bonding.claimEarnings(0);
        vm.snapshotGasLastCall(group, "claimEarnings");
        vm.prank(delegator);
        bonding.unbond(100 * LPT);
        vm.snapshotGasLastCall(group, "unbond");
        vm.prank(delegator);
        bonding.rebond(0);
        vm.snapshotGasLastCall(group, "rebond");
        vm.prank(delegator);
        bonding.unbond(100 * LPT);
        skipRounds(UNBONDING_PERIOD);
        rounds.initializeRound();
        vm.prank(delegator);
        bonding.withdrawStake(1);
        vm.snapshotGasLastCall(group, "withdrawStake");
    }
}

contract LaunchGasTest is Gas, Segments {
    function setUp() public override {
        super.setUp();
        prepare();
    }

    function test_stake() public {
        measureStake("launch");
    }

    function test_jobs() public {
        register("Verifier", address(new IdentityVerifier(address(controller))));
        address broadcaster = account("broadcaster");
        vm.deal(broadcaster, 1 ether);
        vm.startPrank(broadcaster);
        jobs.deposit{value: 1 ether}();
        vm.snapshotGasLastCall("launch", "deposit");
        jobs.job(STREAM, PROFILES, 1_000, vm.getBlockNumber() + 50);
        vm.snapshotGasLastCall("launch", "job");
        vm.stopPrank();
        mine(1);
        Segment[2] memory segments = twoSegments("broadcaster");
        bytes32 root = rootOf(segments);
        uint256 creationBlock = vm.getBlockNumber() - 1;
        bytes32 drawn = blockhash(creationBlock);
        address elected = bonding.electActiveTranscoder(1_000, drawn, rounds.currentRound());
        vm.startPrank(elected);
        jobs.claimWork(0, [uint256(0), 1], root);
        vm.snapshotGasLastCall("launch", "claimWork, first");
        mine(2);
        jobs.verify(
            0, 0, 0, "where", segments[0].dataHashes, segments[0].signature, abi.encodePacked(segments[1].receipt)
        );
        vm.snapshotGasLastCall("launch", "verify");
        jobs.claimWork(0, [uint256(2), 3], root);
        vm.snapshotGasLastCall("launch", "claimWork, second");
        mine(20);
        jobs.distributeFees(0, 0);
        vm.snapshotGasLastCall("launch", "distributeFees");
        bonding.withdrawFees(payable(elected), 0);
        vm.snapshotGasLastCall("launch", "withdrawFees");
        vm.stopPrank();
    }

    function test_upgradeByTheGovernor() public {
        Governor governor = new Governor();
        controller.transferOwnership(address(governor));
        Governor.Update memory update;
        update.target = new address[](1);
        update.value = new uint256[](1);
        update.data = new bytes[](1);
        update.target[0] = address(controller);
        update.data[0] = abi.encodeCall(
            Controller.setContractInfo, (keccak256("JobsManagerTarget"), address(this), GIT_HASH)
        );
        governor.stage(update, 0);
        vm.snapshotGasLastCall("launch", "Governor stage");
        governor.execute(update);
        vm.snapshotGasLastCall("launch", "Governor execute");
    }
}

contract CurrentGasTest is CurrentProtocol, Gas {
    function setUp() public override(CurrentProtocol, LaunchProtocol) {
        CurrentProtocol.setUp();
        prepare();
    }

    function newMinter() internal override(CurrentProtocol, LaunchProtocol) returns (ScaledMinter) {
        return CurrentProtocol.newMinter();
    }

    function test_stake() public {
        measureStake("current");
    }

    function test_votes() public {
        vm.prank(delegator);
        bonding.bond(500 * LPT, transcoder);
        nextRound();
        PollCreator creator = new PollCreator(address(bonding), 57_600);
        vm.prank(transcoder);
        creator.createPoll("QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR");
        vm.snapshotGasLastCall("current", "createPoll");
        Poll poll = new Poll(vm.getBlockNumber());
        poll.vote(0);
        vm.snapshotGasLastCall("current", "Poll vote");

        address[] memory targets = new address[](1);
        targets[0] = address(token);
        vm.prank(transcoder);
        uint256 id = governor.propose(targets, new uint256[](1), new bytes[](1), "");
        vm.snapshotGasLastCall("current", "propose");
        nextRound();
        nextRound();
        vm.prank(transcoder);
        governor.castVote(id, 1);
        vm.snapshotGasLastCall("current", "castVote, transcoder");
        vm.prank(delegator);
        governor.castVote(id, 0);
        vm.snapshotGasLastCall("current", "castVote, delegator overriding");
    }

    function test_tickets() public {
        address payer = account("payer");
        vm.deal(payer, 2 ether);
        vm.prank(payer);
        broker.fundDepositAndReserve{value: 2 ether}(1 ether, 1 ether);
        vm.snapshotGasLastCall("current", "fundDepositAndReserve");
        bytes memory signature = personalSign(
            "payer", broker.getTicketHash(ticketOf(payer, transcoder, 0.1 ether, type(uint256).max, 7))
        );
        broker.redeemWinningTicket(ticketOf(payer, transcoder, 0.1 ether, type(uint256).max, 7), signature, 7);
        vm.snapshotGasLastCall("current", "redeemWinningTicket");
    }
}
