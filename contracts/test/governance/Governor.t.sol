// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governor} from "../../governance/Governor.sol";
import {Controller} from "../../registry/Controller.sol";
import {SingleOwner} from "../../registry/SingleOwner.sol";
import {Test} from "../support/Test.sol";

/// @dev Remembers calls, and takes ether.
contract Recorder {
    uint256[] public numbers;

    error RecorderRefused();

    function record(uint256 number) external payable {
        if (number == 13) revert RecorderRefused();
        numbers.push(number);
    }

    function count() external view returns (uint256) {
        return numbers.length;
    }
}

contract GovernorTest is Test {
    Governor private governor;
    Recorder private recorder;
    address private stranger;

    function setUp() public {
        governor = new Governor();
        recorder = new Recorder();
        stranger = account("stranger");
        vm.roll(1_000);
    }

    function test_stage_isTheOwnersAndOnce() public {
        Governor.Update memory update = single(address(recorder), 1);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(Governor.GovernorUnauthorized.selector, stranger));
        governor.stage(update, 0);
        vm.expectEmit(address(governor));
        emit Governor.UpdateStaged(update, 5);
        governor.stage(update, 5);
        bytes32 hash = keccak256(abi.encode(update));
        assertEq(governor.updates(hash), 1_005);
        vm.expectRevert(abi.encodeWithSelector(Governor.GovernorAlreadyStaged.selector, hash));
        governor.stage(update, 5);
        update.nonce = 1;
        governor.stage(update, 5);
    }

    function test_execute_waitsForTheDelayAndIsForAnyone() public {
        Governor.Update memory update = single(address(recorder), 7);
        bytes32 hash = keccak256(abi.encode(update));
        vm.expectRevert(abi.encodeWithSelector(Governor.GovernorNotStaged.selector, hash));
        governor.execute(update);
        governor.stage(update, 5);
        mine(4);
        vm.expectRevert(abi.encodeWithSelector(Governor.GovernorDelayNotExpired.selector, 1_005));
        governor.execute(update);
        mine(1);
        vm.expectEmit(address(governor));
        emit Governor.UpdateExecuted(update);
        vm.prank(stranger);
        governor.execute(update);
        assertEq(recorder.numbers(0), 7);
        vm.expectRevert(abi.encodeWithSelector(Governor.GovernorNotStaged.selector, hash));
        governor.execute(update);
        // It can be staged once more.
        governor.stage(update, 0);
        governor.execute(update);
        assertEq(recorder.count(), 2);
    }

    function test_cancel_dropsWhatIsStaged() public {
        Governor.Update memory update = single(address(recorder), 1);
        bytes32 hash = keccak256(abi.encode(update));
        vm.expectRevert(abi.encodeWithSelector(Governor.GovernorNotStaged.selector, hash));
        governor.cancel(update);
        governor.stage(update, 0);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(Governor.GovernorUnauthorized.selector, stranger));
        governor.cancel(update);
        vm.expectEmit(address(governor));
        emit Governor.UpdateCancelled(update);
        governor.cancel(update);
        assertEq(governor.updates(hash), 0);
    }

    function test_transferOwnership_onlyByAnUpdateOfItself() public {
        vm.expectRevert(abi.encodeWithSelector(Governor.GovernorOnlySelf.selector, address(this)));
        governor.transferOwnership(stranger);
        run(batchOf(address(governor), abi.encodeCall(governor.transferOwnership, (stranger))));
        assertEq(governor.owner(), stranger);
    }

    function test_transferOwnership_neverToNobody() public {
        Governor.Update memory update = batchOf(address(governor), abi.encodeCall(governor.transferOwnership, (address(0))));
        governor.stage(update, 0);
        vm.expectRevert(wrapped(abi.encodeWithSelector(Governor.GovernorInvalidOwner.selector)));
        governor.execute(update);
    }

    function test_execute_givesTheRevertOfACallAsTheBytesOfItsReason() public {
        Governor.Update memory update = single(address(recorder), 13);
        governor.stage(update, 0);
        vm.expectRevert(wrapped(abi.encodeWithSelector(Recorder.RecorderRefused.selector)));
        governor.execute(update);
        assertEq(governor.updates(keccak256(abi.encode(update))), 1_000);
    }

    function test_execute_paysFromWhatIsSentAndWhatItHas() public {
        vm.deal(address(this), 3);
        vm.deal(address(governor), 4);
        Governor.Update memory update = single(address(recorder), 1);
        update.value[0] = 7;
        governor.stage(update, 0);
        governor.execute{value: 3}(update);
        assertEq(address(recorder).balance, 7);
    }

    function test_execute_sendsEtherToAnAccountWithoutCode() public {
        vm.deal(address(governor), 2);
        Governor.Update memory update = batchOf(stranger, "");
        update.value[0] = 2;
        run(update);
        assertEq(stranger.balance, 2);
    }

    function test_governor_ownsTheControllerAndPausesInOneBatch() public {
        Controller controller = new Controller();
        controller.transferOwnership(address(governor));
        vm.expectRevert(abi.encodeWithSelector(SingleOwner.OwnerUnauthorized.selector, address(this)));
        controller.unpause();
        run(batchOf(address(controller), abi.encodeCall(controller.unpause, ())));
        assertFalse(controller.paused());
    }

    /// Any lengths: equal ones are staged, all others refused before anything is written.
    function testFuzz_stage_refusesUnequalArrays(uint8 targets, uint8 values, uint8 data) public {
        Governor.Update memory update = Governor.Update({
            target: new address[](targets % 5),
            value: new uint256[](values % 5),
            data: new bytes[](data % 5),
            nonce: 0
        });
        bool equal = targets % 5 == values % 5 && values % 5 == data % 5;
        if (!equal) {
            vm.expectRevert(
                abi.encodeWithSelector(Governor.GovernorUnequalLengths.selector, targets % 5, values % 5, data % 5)
            );
        }
        governor.stage(update, 1);
        assertEq(governor.updates(keccak256(abi.encode(update))), equal ? 1_001 : 0);
    }

    /// A batch happens in order and as a whole: a call that fails, or that goes to an address without code, undoes all
    /// of it.
    function testFuzz_execute_isAllOrNothing(uint256[6] memory numbers, uint8 broken, uint8 kind) public {
        Governor.Update memory update = Governor.Update({
            target: new address[](6),
            value: new uint256[](6),
            data: new bytes[](6),
            nonce: 0
        });
        for (uint256 i = 0; i < 6; ++i) {
            numbers[i] = bound(numbers[i], 14, type(uint256).max);
            update.target[i] = address(recorder);
            update.data[i] = abi.encodeCall(recorder.record, (numbers[i]));
        }
        broken %= 6;
        bytes memory expected;
        if (kind % 3 == 1) {
            update.data[broken] = abi.encodeCall(recorder.record, (13));
            expected = wrapped(abi.encodeWithSelector(Recorder.RecorderRefused.selector));
        } else if (kind % 3 == 2) {
            update.target[broken] = stranger;
            expected = abi.encodeWithSelector(Governor.GovernorTargetWithoutCode.selector, broken, stranger);
        }
        governor.stage(update, 0);
        if (expected.length > 0) vm.expectRevert(expected);
        governor.execute(update);
        assertEq(recorder.count(), expected.length > 0 ? 0 : 6);
        for (uint256 i = 0; i < recorder.count(); ++i) assertEq(recorder.numbers(i), numbers[i]);
    }

    function run(Governor.Update memory update) private {
        governor.stage(update, 0);
        governor.execute(update);
    }

    function single(address target, uint256 number) private pure returns (Governor.Update memory) {
        return batchOf(target, abi.encodeCall(Recorder.record, (number)));
    }

    function batchOf(address target, bytes memory data) private pure returns (Governor.Update memory update) {
        update.target = new address[](1);
        update.value = new uint256[](1);
        update.data = new bytes[](1);
        update.target[0] = target;
        update.data[0] = data;
    }

    function wrapped(bytes memory reason) private pure returns (bytes memory) {
        return abi.encodeWithSignature("Error(string)", string(reason));
    }
}
