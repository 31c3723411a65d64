// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CodeData} from "../../migration/CodeData.sol";
import {SnapshotChunks} from "../../migration/SnapshotChunks.sol";
import {Test} from "../support/Test.sol";

contract SnapshotChunksTest is Test {
    SnapshotChunks private chunks;
    address private first;
    address private second;
    bytes private delegates;

    function setUp() public {
        (first, second) = (account("first"), account("second"));
        delegates = abi.encodePacked(first, second);
    }

    function testFuzz_everyAccountIsFound_onceAndOnlyByItself(uint256 seed, uint256 perChunk, uint256 count) public {
        perChunk = bound(perChunk, 1, 9);
        count = bound(count, 1, 30);
        sealOf(seed, perChunk, count);
        for (uint256 index = 0; index < count; ++index) {
            address who = whoAt(seed, index);
            assertTrue(chunks.isWaiting(who));
            assertFalse(chunks.isWaiting(address(uint160(who) + 1)));
            assertFalse(chunks.isWaiting(address(uint160(who) - 1)));
        }
        for (uint256 index = 0; index < count; ++index) {
            (uint256 one, uint256 two, address delegate) = chunks.take(whoAt(seed, index));
            bytes memory record = recordAt(seed, index);
            assertEq(one, uint256(bytes32(record)));
            assertEq(two, uint256(uint240(bytes30(wordAt(record, 32)))), "second word");
            assertEq(delegate, index % 3 == 0 ? address(0) : index % 3 == 1 ? first : second);
            assertFalse(chunks.isWaiting(whoAt(seed, index)));
            (one, two, delegate) = chunks.take(whoAt(seed, index));
            assertEq(one | two | uint160(delegate), 0);
            if (index + 1 < count) assertTrue(chunks.isWaiting(whoAt(seed, index + 1)));
        }
        assertFalse(chunks.isWaiting(address(0)));
        assertFalse(chunks.isWaiting(address(type(uint160).max)));
    }

    /// As many as a contract can hold, found at both ends.
    function test_aFullChunk() public {
        sealOf(7, 396, 800);
        assertEq(chunks.chunks(0).code.length, 24_553);
        for (uint256 index = 0; index < 800; index += 79) {
            assertTrue(chunks.isWaiting(whoAt(7, index)));
        }
        for (uint256 index = 395; index < 398; ++index) {
            (uint256 one,,) = chunks.take(whoAt(7, index));
            assertEq(one >> 96, uint160(whoAt(7, index)), "account");
        }
        chunks = newChunks(bytes32(0));
        bytes memory tooMuch = chunkOf(7, 0, 397);
        vm.expectRevert(abi.encodeWithSelector(CodeData.CodeDataNotStored.selector, 24_614));
        chunks.add(tooMuch);
    }

    function test_onlyWhatWasPromised_isSealed() public {
        bytes32 promised = hashOf(1, 2, 4);
        chunks = newChunks(promised);
        chunks.add(chunkOf(1, 0, 2));
        bytes32 soFar = keccak256(abi.encode(keccak256(delegates), keccak256(chunkOf(1, 0, 2))));
        vm.expectRevert(abi.encodeWithSelector(SnapshotChunks.SnapshotChunksDifferent.selector, soFar, promised));
        chunks.seal();
        vm.expectRevert(abi.encodeWithSelector(SnapshotChunks.SnapshotChunksNotSealed.selector));
        chunks.take(whoAt(1, 0));
        assertFalse(chunks.isSealed());
        chunks.add(chunkOf(1, 2, 4));
        vm.expectEmit(address(chunks));
        emit SnapshotChunks.Sealed(promised, 2);
        chunks.seal();
        assertTrue(chunks.isSealed());
        vm.expectRevert(abi.encodeWithSelector(SnapshotChunks.SnapshotChunksSealed.selector));
        chunks.seal();
        vm.expectRevert(abi.encodeWithSelector(SnapshotChunks.SnapshotChunksSealed.selector));
        chunks.add(chunkOf(1, 4, 5));
    }

    function test_accountsAscend_withinAChunkAndFromOneToTheNext() public {
        chunks = newChunks(bytes32(0));
        bytes memory twice = bytes.concat(recordAt(1, 3), recordAt(1, 3));
        bytes memory back = bytes.concat(recordAt(1, 3), recordAt(1, 2));
        expectInvalid(1);
        chunks.add(twice);
        expectInvalid(1);
        chunks.add(back);
        chunks.add(recordAt(1, 3));
        bytes memory again = recordAt(1, 3);
        expectInvalid(0);
        chunks.add(again);
        expectInvalid(0);
        chunks.add(abi.encodePacked(uint160(0), uint96(1), bytes30(0)));
        chunks.add(recordAt(1, 4));
    }

    function test_delegates_areKnown_andNobodyElsesThanTheirOwn() public {
        chunks = newChunks(bytes32(0));
        expectInvalid(0);
        chunks.add(abi.encodePacked(uint160(5), bytes12(0), bytes26(0), uint32(3)));
        expectInvalid(0);
        chunks.add(abi.encodePacked(second, bytes12(0), bytes26(0), uint32(2)));
        chunks.add(abi.encodePacked(second, bytes12(0), bytes26(0), uint32(1)));
    }

    function testFuzz_anythingButWholeRecords_isRefused(uint256 length) public {
        chunks = newChunks(bytes32(0));
        length = bound(length, 0, 300);
        if (length > 0 && length % 62 == 0) --length;
        vm.expectRevert(abi.encodeWithSelector(SnapshotChunks.SnapshotChunksInvalidLength.selector, length));
        chunks.add(new bytes(length));
    }

    function test_onlyTheDeployerAdds_andOnlyTheConsumerTakes() public {
        sealOf(1, 2, 4);
        address stranger = account("stranger");
        vm.startPrank(stranger);
        vm.expectRevert(abi.encodeWithSelector(SnapshotChunks.SnapshotChunksNotTheConsumer.selector, stranger));
        chunks.take(whoAt(1, 0));
        vm.stopPrank();
        chunks = newChunks(bytes32(0));
        bytes memory chunk = chunkOf(1, 0, 2);
        vm.startPrank(stranger);
        vm.expectRevert(abi.encodeWithSelector(SnapshotChunks.SnapshotChunksUnauthorized.selector, stranger));
        chunks.add(chunk);
        vm.expectRevert(abi.encodeWithSelector(SnapshotChunks.SnapshotChunksUnauthorized.selector, stranger));
        chunks.seal();
    }

    function test_aSnapshotWithoutDelegators_isOne() public {
        chunks = newChunks(keccak256(delegates));
        chunks.seal();
        assertFalse(chunks.isWaiting(first));
    }

    function test_withoutAConsumerOrWholeDelegates_thereAreNoChunks() public {
        expectError(SnapshotChunks.SnapshotChunksInvalid.selector);
        new SnapshotChunks(address(0), bytes32(0), delegates);
        expectError(SnapshotChunks.SnapshotChunksInvalid.selector);
        new SnapshotChunks(address(this), bytes32(0), bytes.concat(delegates, hex"00"));
    }

    function expectInvalid(uint256 index) private {
        vm.expectRevert(abi.encodeWithSelector(SnapshotChunks.SnapshotChunksInvalidRecord.selector, index));
    }

    function newChunks(bytes32 promised) private returns (SnapshotChunks) {
        return new SnapshotChunks(address(this), promised, delegates);
    }

    function sealOf(uint256 seed, uint256 perChunk, uint256 count) private {
        chunks = newChunks(hashOf(seed, perChunk, count));
        for (uint256 from = 0; from < count; from += perChunk) {
            chunks.add(chunkOf(seed, from, from + perChunk < count ? from + perChunk : count));
        }
        chunks.seal();
    }

    function hashOf(uint256 seed, uint256 perChunk, uint256 count) private view returns (bytes32 hash) {
        hash = keccak256(delegates);
        for (uint256 from = 0; from < count; from += perChunk) {
            uint256 end = from + perChunk < count ? from + perChunk : count;
            hash = keccak256(abi.encode(hash, keccak256(chunkOf(seed, from, end))));
        }
    }

    function chunkOf(uint256 seed, uint256 from, uint256 end) private pure returns (bytes memory chunk) {
        // A record is written as two words, of which 2 bytes are too many.
        chunk = new bytes((end - from) * 62 + 2);
        for (uint256 index = from; index < end; ++index) {
            bytes memory record = recordAt(seed, index);
            assembly ("memory-safe") {
                let place := add(add(chunk, 0x20), mul(sub(index, from), 62))
                mstore(place, mload(add(record, 0x20)))
                mstore(add(place, 0x20), mload(add(record, 0x40)))
            }
        }
        assembly ("memory-safe") {
            mstore(chunk, mul(sub(end, from), 62))
        }
    }

    /// Ascending, with a gap of at least two between any two.
    function whoAt(uint256 seed, uint256 index) private pure returns (address) {
        uint256 high = (index + 1) << 80;
        return address(uint160(high + 4 + uint64(uint256(keccak256(abi.encode(seed, index))))));
    }

    function recordAt(uint256 seed, uint256 index) private pure returns (bytes memory) {
        uint256 any = uint256(keccak256(abi.encode("record", seed, index)));
        return
            abi.encodePacked(whoAt(seed, index), bytes12(bytes32(any)), bytes26(bytes32(any << 96)), uint32(index % 3));
    }

    function wordAt(bytes memory data, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), offset))
        }
    }
}
