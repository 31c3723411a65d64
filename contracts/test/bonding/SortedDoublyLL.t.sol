// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SortedDoublyLL} from "../../bonding/SortedDoublyLL.sol";
import {Test} from "../support/Test.sol";

/// @dev The list with its functions in the open.
contract List {
    using SortedDoublyLL for SortedDoublyLL.Data;

    SortedDoublyLL.Data private data;

    constructor(uint256 maxSize) {
        data.setMaxSize(maxSize);
    }

    function insert(address id, uint256 key, address prev, address next) external {
        data.insert(id, key, prev, next);
    }

    function remove(address id) external {
        data.remove(id);
    }

    function updateKey(address id, uint256 key, address prev, address next) external {
        data.updateKey(id, key, prev, next);
    }

    function members() external view returns (address[] memory ids, uint256[] memory keys) {
        ids = new address[](data.size);
        keys = new uint256[](data.size);
        address id = data.head;
        for (uint256 i = 0; i < ids.length; ++i) {
            (ids[i], keys[i]) = (id, data.getKey(id));
            id = data.getNext(id);
        }
        require(id == address(0), "more members than the size says");
    }

    function membersFromTheTail() external view returns (address[] memory ids) {
        ids = new address[](data.size);
        address id = data.tail;
        for (uint256 i = ids.length; i > 0; --i) {
            ids[i - 1] = id;
            id = data.nodes[id].prevId;
        }
        require(id == address(0), "more members than the size says");
    }

    function isFull() external view returns (bool) {
        return data.isFull();
    }
}

contract SortedDoublyLLTest is Test {
    struct Step {
        uint8 action;
        uint8 member;
        uint8 key;
        uint8 prev;
        uint8 next;
    }

    uint256 private constant MAX_SIZE = 6;
    /// @dev More than fit, so that some are never in.
    uint256 private constant MEMBERS = 9;

    List private list;
    address[] private modelIds;
    uint256[] private modelKeys;

    function setUp() public {
        list = new List(MAX_SIZE);
    }

    /// Whatever is done, with right hints, wrong ones, and hints that are no members, the list is the plain array that was
    /// sorted by hand.
    function testFuzz_anySteps_giveTheSameAsAPlainSortedArray(Step[40] memory steps) public {
        for (uint256 i = 0; i < steps.length; ++i) {
            Step memory step = steps[i];
            address id = memberAt(1 + step.member % MEMBERS);
            // Few keys, so that there are ties.
            uint256 key = step.key % 8;
            (address prev, address next) = hints(step, key, id);
            bool isMember = indexOf(id) < modelIds.length;
            if (step.action % 4 == 0) {
                if (!isMember) vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedListMissing.selector, id));
                list.remove(id);
                if (isMember) removeFromModel(id);
            } else if (step.action % 4 == 1) {
                if (!isMember) vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedListMissing.selector, id));
                list.updateKey(id, key, prev, next);
                if (isMember) {
                    removeFromModel(id);
                    if (key > 0) insertIntoModel(id, key);
                }
            } else {
                bool full = modelIds.length == MAX_SIZE;
                if (full) vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedListFull.selector));
                else if (isMember) vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedListDuplicate.selector, id));
                else if (key == 0) vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedListZero.selector));
                list.insert(id, key, prev, next);
                if (!full && !isMember && key > 0) insertIntoModel(id, key);
            }
            compare();
        }
    }

    function test_insert_refusesTheNullMember() public {
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedListZero.selector));
        list.insert(address(0), 1, address(0), address(0));
    }

    function test_insert_takesRightHintsAtBothEndsAndInTheMiddle() public {
        list.insert(memberAt(1), 10, address(0), address(0));
        list.insert(memberAt(2), 30, address(0), memberAt(1));
        list.insert(memberAt(3), 20, memberAt(2), memberAt(1));
        list.insert(memberAt(4), 5, memberAt(1), address(0));
        (address[] memory ids,) = list.members();
        assertEq(ids[0], memberAt(2));
        assertEq(ids[1], memberAt(3));
        assertEq(ids[2], memberAt(1));
        assertEq(ids[3], memberAt(4));
    }

    function test_insert_putsANewcomerAheadOfItsEquals() public {
        for (uint256 i = 1; i <= 3; ++i) list.insert(memberAt(i), 7, address(0), address(0));
        (address[] memory ids,) = list.members();
        assertEq(ids[0], memberAt(3));
        assertEq(ids[2], memberAt(1));
    }

    /// @dev A third each: no hint, the right one, any two numbers.
    function hints(Step memory step, uint256 key, address id) private view returns (address prev, address next) {
        if (step.prev % 3 == 0) return (address(0), address(0));
        if (step.prev % 3 == 2) return (memberAt(step.prev % (MEMBERS + 2)), memberAt(step.next % (MEMBERS + 2)));
        for (uint256 i = 0; i < modelIds.length; ++i) {
            if (modelIds[i] == id) continue;
            if (modelKeys[i] > key) prev = modelIds[i];
            else if (next == address(0)) next = modelIds[i];
        }
    }

    function compare() private view {
        (address[] memory ids, uint256[] memory keys) = list.members();
        address[] memory backwards = list.membersFromTheTail();
        assertEq(ids.length, modelIds.length, "size");
        for (uint256 i = 0; i < ids.length; ++i) {
            assertEq(ids[i], modelIds[i]);
            assertEq(backwards[i], modelIds[i]);
            assertEq(keys[i], modelKeys[i], "key");
        }
        assertTrue(list.isFull() == (ids.length == MAX_SIZE));
    }

    function memberAt(uint256 index) private pure returns (address) {
        return address(uint160(index));
    }

    function indexOf(address id) private view returns (uint256 index) {
        while (index < modelIds.length && modelIds[index] != id) ++index;
    }

    function insertIntoModel(address id, uint256 key) private {
        modelIds.push(id);
        modelKeys.push(key);
        for (uint256 i = modelIds.length - 1; i > 0 && modelKeys[i - 1] <= key; --i) {
            (modelIds[i], modelIds[i - 1]) = (modelIds[i - 1], modelIds[i]);
            (modelKeys[i], modelKeys[i - 1]) = (modelKeys[i - 1], modelKeys[i]);
        }
    }

    function removeFromModel(address id) private {
        for (uint256 i = indexOf(id); i + 1 < modelIds.length; ++i) {
            (modelIds[i], modelKeys[i]) = (modelIds[i + 1], modelKeys[i + 1]);
        }
        modelIds.pop();
        modelKeys.pop();
    }
}
