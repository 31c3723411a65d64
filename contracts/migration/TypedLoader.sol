// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Loader} from "./Loader.sol";

/// @title Writes delegators and their locks into the storage of a BondingManager, from records that are packed
/// @notice The same words as a SlotLoader writes, from less than a quarter of the data: on a rollup that is what a load
/// costs. For accounts that nobody delegates to; whoever is a delegate, and any number that does not fit, is loaded word by
/// word.
/// @dev Words of zero are not written, so an account must have no state before. Slots are those of BondingState: 3 is
/// `delegators`, and a delegator has its words in the order of its struct.
contract TypedLoader is Loader {
    uint256 private constant DELEGATOR_RECORD = 62;
    uint256 private constant LOCK_RECORD = 41;

    /// The record at `index` names a delegate that is not among those given.
    error TypedLoaderUnknownDelegate(uint256 index);

    /// Writes delegators. A record has 62 bytes: account 20, bonded amount 12, fees 12, start round 5, round of the last
    /// claim 5, next unbonding lock id 4, and 4 for the place of the delegate in `delegates`, from 1; 0 for none.
    function loadDelegators(address[] calldata delegates, bytes calldata records) external whileLoading {
        uint256 count = _countOf(records, DELEGATOR_RECORD);
        uint256 unknown = count;
        assembly ("memory-safe") {
            function write(slot, word) {
                if word { sstore(slot, word) }
            }
            mstore(0x20, 3)
            let at := records.offset
            for { let index := 0 } lt(index, count) { index := add(index, 1) } {
                let first := calldataload(at)
                // The record ends 2 bytes before the word does.
                let second := shr(16, calldataload(add(at, 0x20)))
                mstore(0, shr(96, first))
                let slot := keccak256(0, 0x40)
                write(slot, and(first, 0xffffffffffffffffffffffff))
                write(add(slot, 1), shr(144, second))
                let place := and(second, 0xffffffff)
                if place {
                    if gt(place, delegates.length) {
                        unknown := index
                        break
                    }
                    let delegate := calldataload(add(delegates.offset, shl(5, sub(place, 1))))
                    write(add(slot, 2), and(delegate, 0xffffffffffffffffffffffffffffffffffffffff))
                }
                write(add(slot, 4), and(shr(104, second), 0xffffffffff))
                write(add(slot, 5), and(shr(64, second), 0xffffffffff))
                write(add(slot, 6), and(shr(32, second), 0xffffffff))
                at := add(at, DELEGATOR_RECORD)
            }
        }
        if (unknown != count) revert TypedLoaderUnknownDelegate(unknown);
    }

    /// Writes unbonding locks. A record has 41 bytes: account 20, lock id 4, amount 12, withdraw round 5.
    function loadLocks(bytes calldata records) external whileLoading {
        uint256 count = _countOf(records, LOCK_RECORD);
        assembly ("memory-safe") {
            let at := records.offset
            for { let end := add(at, mul(count, LOCK_RECORD)) } lt(at, end) { at := add(at, LOCK_RECORD) } {
                let first := calldataload(at)
                mstore(0, shr(96, first))
                mstore(0x20, 3)
                mstore(0x20, add(keccak256(0, 0x40), 7))
                mstore(0, and(shr(64, first), 0xffffffff))
                let slot := keccak256(0, 0x40)
                // 8 bytes of the amount are in the first word, 4 in the second, where 5 of the round follow.
                let second := shr(184, calldataload(add(at, 0x20)))
                sstore(slot, or(shl(32, and(first, 0xffffffffffffffff)), shr(40, second)))
                let withdrawRound := and(second, 0xffffffffff)
                if withdrawRound { sstore(add(slot, 1), withdrawRound) }
            }
        }
    }

    function _countOf(bytes calldata records, uint256 length) private pure returns (uint256) {
        if (records.length == 0 || records.length % length != 0) revert LoaderInvalidLength(records.length);
        return records.length / length;
    }
}
