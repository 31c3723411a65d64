// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingForOthers} from "../../bonding/BondingForOthers.sol";
import {IBondingManager} from "../../bonding/IBondingManager.sol";
import {DelegatorRecord} from "../../migration/DelegatorRecord.sol";
import {LazyBondingTarget} from "../../migration/LazyBondingTarget.sol";
import {SnapshotChunks} from "../../migration/SnapshotChunks.sol";
import {CurrentProtocol} from "../support/CurrentProtocol.sol";

/// Asks without being able to write.
contract Asker {
    function ask(address bonding, bytes calldata question) external view returns (bool, bytes memory) {
        return bonding.staticcall(question);
    }
}

/// Delegators who live in one protocol as they would have, and in the other out of chunks.
contract LazyBondingTargetTest is CurrentProtocol {
    address private transcoder;
    address[3] private who;
    uint256[7][3] private words;
    SnapshotChunks private chunks;
    LazyBondingTarget private lazy;
    Asker private asker;
    address private stranger;

    function setUp() public override {
        super.setUp();
        bonding.setNumActiveTranscoders(10);
        (transcoder, stranger) = (account("transcoder"), account("stranger"));
        asker = new Asker();
        who = [account("a"), account("b"), account("c")];
        bondTranscoder(transcoder, 1_000 * LPT, 100_000, 500_000);
        bond(who[0], 300 * LPT, transcoder);
        bond(who[1], 200 * LPT, transcoder);
        bond(who[2], 100 * LPT, transcoder);
        nextRound();
        reward(transcoder);
        payTranscoder(1 ether);
        nextRound();
        vm.prank(who[0]);
        bonding.claimEarnings(0);
        vm.prank(who[1]);
        bonding.unbond(50 * LPT);
        reward(transcoder);
    }

    /// Whatever is done, the state in the end is as if there had been no chunks.
    function testFuzz_lifeGoesOnAsItWouldHave(uint256 seed) public {
        uint256 start = vm.snapshotState();
        live(seed);
        uint256[7][3] memory expected = wordsNow();
        uint256 expectedTotal = bonding.transcoderTotalStake(transcoder);
        vm.revertToState(start);
        snapshot();
        live(seed);
        lazy_().touch(everybody());
        assertEq(keccak256(abi.encode(wordsNow())), keccak256(abi.encode(expected)));
        assertEq(bonding.transcoderTotalStake(transcoder), expectedTotal);
    }

    function test_touched_theStorageIsThatOfTheSnapshot() public {
        bytes32 before = wholeState();
        snapshot();
        assertTrue(wholeState() != before);
        vm.prank(stranger);
        lazy_().touch(everybody());
        assertEq(wholeState(), before);
        lazy_().touch(everybody());
        assertEq(wholeState(), before);
    }

    function test_aQuestionFromOutside_isAnsweredAsIfTheAccountWereThere() public {
        uint256[3] memory stakes = [pendingStake(who[0]), pendingStake(who[1]), pendingStake(who[2])];
        uint256[3] memory fees = [pendingFees(who[0]), pendingFees(who[1]), pendingFees(who[2])];
        snapshot();
        for (uint256 index = 0; index < 3; ++index) {
            uint256 state = vm.snapshotState();
            assertEq(ask(abi.encodeCall(bonding.pendingStake, (who[index], 0))), stakes[index]);
            vm.revertToState(state);
            assertEq(ask(abi.encodeCall(bonding.pendingFees, (who[index], 0))), fees[index]);
            vm.revertToState(state);
            assertEq(ask(abi.encodeCall(bonding.delegatorStatus, (who[index]))), 1);
            vm.revertToState(state);
            assertEq(ask(abi.encodeCall(bonding.getDelegator, (who[index]))), words[index][0]);
            vm.revertToState(state);
        }
    }

    /// Zeros would be a lie, and nobody could tell.
    function test_anotherContractThatCannotWrite_isRefusedAnAnswer() public {
        snapshot();
        bytes memory question = abi.encodeCall(bonding.pendingStake, (who[0], 0));
        (bool isAnswered, bytes memory answer) = asker.ask(address(bonding), question);
        assertFalse(isAnswered);
        bytes memory refusal = abi.encodeWithSelector(LazyBondingTarget.LazyBondingNotTouched.selector, who[0]);
        assertEq(keccak256(answer), keccak256(refusal));
        (isAnswered, answer) = asker.ask(address(bonding), abi.encodeCall(bonding.pendingStake, (stranger, 0)));
        assertTrue(isAnswered && uint256(bytes32(answer)) == 0);
        lazy_().touch(everybody());
        (isAnswered, answer) = asker.ask(address(bonding), question);
        assertTrue(isAnswered);
        assertEq(uint256(bytes32(answer)), pendingStake(who[0]));
    }

    function test_whatHasAllItsStakeWithdrawn_doesNotComeBack() public {
        snapshot();
        vm.prank(who[0]);
        bonding.unbond(words[0][0]);
        skipRounds(UNBONDING_PERIOD);
        rounds.initializeRound();
        vm.prank(who[0]);
        bonding.withdrawStake(0);
        lazy_().touch(everybody());
        (uint256 bonded,,,,,, uint256 locks) = bonding.getDelegator(who[0]);
        assertEq(bonded + locks, 1);
        // Not even if it lost every word of its own.
        for (uint256 word = 0; word < 7; ++word) {
            vm.store(address(bonding), slotOf(who[0], word), bytes32(0));
        }
        lazy_().touch(everybody());
        assertEq(uint256(vm.load(address(bonding), slotOf(who[0], 0))), 0);
    }

    /// The owner of a bond for another, the receiver of a transfer, a new delegate, whoever is checkpointed.
    function test_whomOthersActOn_comesInBefore() public {
        snapshot();
        bond(stranger, 10 * LPT, transcoder);
        nextRound();
        reward(transcoder);
        token.approve(address(bonding), 10 * LPT);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingDelegateChangeByOther.selector, who[0]));
        bonding.bondForWithHint(1, who[0], stranger, address(0), address(0), address(0), address(0));
        bonding.bondForWithHint(1, who[0], transcoder, address(0), address(0), address(0), address(0));
        assertGe(bondedAmount(who[0]), words[0][0] + 1, "bonded for");
        vm.prank(stranger);
        bonding.transferBond(who[1], LPT, address(0), address(0), address(0), address(0));
        assertGe(bondedAmount(who[1]), words[1][0] + LPT, "transferred");
        vm.prank(stranger);
        bonding.bond(0, who[2]);
        assertEq(uint256(vm.load(address(bonding), slotOf(who[2], 0))), words[2][0], "new delegate");
        nextRound();
        assertGe(votes.getVotes(who[2]), words[2][0], "votes");
    }

    function test_aNewDelegate_comesInBefore_howeverItIsChosen() public {
        bond(stranger, 10 * LPT, transcoder);
        nextRound();
        vm.prank(stranger);
        bonding.unbond(10 * LPT);
        snapshot();
        vm.prank(stranger);
        bonding.rebondFromUnbonded(who[0], 0);
        assertEq(uint256(vm.load(address(bonding), slotOf(who[0], 0))), words[0][0], "rebond");
        token.approve(address(bonding), 10 * LPT);
        bonding.bondForWithHint(1, account("new"), who[1], address(0), address(0), address(0), address(0));
        assertEq(uint256(vm.load(address(bonding), slotOf(who[1], 0))), words[1][0], "bond for");
        bonding.checkpointBondingState(who[2]);
        assertEq(uint256(vm.load(address(bonding), slotOf(who[2], 0))), words[2][0], "checkpoint");
    }

    function test_whoBondsMore_comesInBefore() public {
        snapshot();
        bond(who[1], 5 * LPT, transcoder);
        assertGe(bondedAmount(who[1]), words[1][0] + 5 * LPT, "with what was there");
        assertFalse(chunks.isWaiting(who[1]));
    }

    /// It may have been a transcoder when it did it. A claim by the slashing would otherwise hide that it is not there.
    function test_whoIsSlashed_comesInBefore() public {
        snapshot();
        vm.prank(address(broker));
        bonding.slashTranscoder(who[0], address(0), 100_000, 0);
        assertEq(bondedAmount(who[0]), words[0][0] - words[0][0] / 10, "what is left");
        assertFalse(chunks.isWaiting(who[0]));
    }

    function test_itself_touchesNothing() public {
        snapshot();
        vm.expectRevert(abi.encodeWithSelector(SnapshotChunks.SnapshotChunksNotTheConsumer.selector, address(lazy)));
        lazy.touch(everybody());
        lazy_().probe();
    }

    function test_withoutCodeOrCompleteChunks_thereIsNoTarget() public {
        SnapshotChunks open = new SnapshotChunks(address(bonding), bytes32(0), "");
        expectError(LazyBondingTarget.LazyBondingInvalid.selector);
        new LazyBondingTarget(address(bonding), address(open));
        expectError(LazyBondingTarget.LazyBondingInvalid.selector);
        new LazyBondingTarget(address(bonding), stranger);
        snapshot();
        expectError(LazyBondingTarget.LazyBondingInvalid.selector);
        new LazyBondingTarget(stranger, address(chunks));
    }

    /// As the TicketBroker does.
    function payTranscoder(uint256 amount) private {
        vm.deal(address(broker), amount);
        uint256 round = rounds.currentRound();
        vm.startPrank(address(broker));
        minter.depositETH{value: amount}();
        bonding.updateTranscoderWithFees(transcoder, amount, round);
        vm.stopPrank();
    }

    /// Takes the delegators out of the storage and puts them into chunks.
    function snapshot() private {
        words = wordsNow();
        bytes memory records;
        uint160 last;
        for (uint256 place = 0; place < 3; ++place) {
            uint256 index = next(last);
            last = uint160(who[index]);
            records = bytes.concat(records, recordOf(index));
            for (uint256 word = 0; word < 7; ++word) {
                vm.store(address(bonding), slotOf(who[index], word), bytes32(0));
            }
        }
        bytes memory delegates = abi.encodePacked(stranger, transcoder);
        bytes32 hash = keccak256(abi.encode(keccak256(delegates), keccak256(records)));
        chunks = new SnapshotChunks(address(bonding), hash, delegates);
        chunks.add(records);
        chunks.seal();
        lazy = new LazyBondingTarget(controller.getContract(keccak256("BondingManagerTarget")), address(chunks));
        register("BondingManagerTarget", address(lazy));
    }

    function recordOf(uint256 index) private view returns (bytes memory) {
        uint256[7] memory one = words[index];
        assertEq(one[3], 0, "delegated");
        assertEq(address(uint160(one[2])), transcoder);
        bytes memory amounts = abi.encodePacked(who[index], uint96(one[0]), uint96(one[1]));
        return abi.encodePacked(amounts, uint40(one[4]), uint40(one[5]), uint32(one[6]), uint32(2));
    }

    /// The account of `who` with the lowest address above `last`.
    function next(uint160 last) private view returns (uint256 found) {
        uint160 lowest = type(uint160).max;
        for (uint256 index = 0; index < 3; ++index) {
            if (uint160(who[index]) <= last || uint160(who[index]) > lowest) continue;
            (found, lowest) = (index, uint160(who[index]));
        }
    }

    /// A few steps of the delegators and the transcoder.
    function live(uint256 seed) private {
        for (uint256 step = 0; step < 8; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            address one = who[seed % 3];
            uint256 act = (seed >> 8) % 8;
            if (act == 0) nextRound();
            if (act == 0 && bonding.isActiveTranscoder(transcoder)) payTranscoder(0.1 ether);
            if (act == 1 && bonding.isActiveTranscoder(transcoder)) {
                tryAs(transcoder, abi.encodeWithSignature("reward()"));
            }
            if (act == 2) tryAs(one, abi.encodeCall(bonding.claimEarnings, (0)));
            if (act == 3) tryAs(one, abi.encodeCall(bonding.unbond, (30 * LPT)));
            if (act == 4) tryAs(one, abi.encodeCall(bonding.rebond, (0)));
            if (act == 5) tryAs(one, abi.encodeCall(bonding.withdrawFees, (payable(stranger), 1_000)));
            if (act == 6) tryAs(one, abi.encodeCall(bonding.bond, (0, transcoder)));
            if (act == 7) {
                address other = who[(seed >> 16) % 3];
                tryAs(
                    one,
                    abi.encodeCall(
                        BondingForOthers(address(bonding)).transferBond,
                        (other, LPT, address(0), address(0), address(0), address(0))
                    )
                );
            }
        }
    }

    function tryAs(address from, bytes memory data) private {
        vm.prank(from);
        (bool isDone,) = address(bonding).call(data);
        isDone;
    }

    function ask(bytes memory question) private returns (uint256) {
        (bool isAnswered, bytes memory answer) = address(bonding).call(question);
        assertTrue(isAnswered);
        return uint256(bytes32(answer));
    }

    function wordsNow() private view returns (uint256[7][3] memory now_) {
        for (uint256 index = 0; index < 3; ++index) {
            for (uint256 word = 0; word < 7; ++word) {
                now_[index][word] = uint256(vm.load(address(bonding), slotOf(who[index], word)));
            }
        }
    }

    function wholeState() private view returns (bytes32 hash) {
        hash = keccak256(abi.encode(wordsNow()));
        for (uint256 slot = 0; slot < 20; ++slot) {
            hash = keccak256(abi.encode(hash, vm.load(address(bonding), bytes32(slot))));
        }
    }

    function slotOf(address account_, uint256 word) private pure returns (bytes32) {
        return bytes32(DelegatorRecord.slotOf(account_) + word);
    }

    function lazy_() private view returns (LazyBondingTarget) {
        return LazyBondingTarget(payable(address(bonding)));
    }

    function everybody() private view returns (address[] memory all) {
        all = new address[](3);
        for (uint256 index = 0; index < 3; ++index) {
            all[index] = who[index];
        }
    }
}
