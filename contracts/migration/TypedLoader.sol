// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DelegatorRecord} from "./DelegatorRecord.sol";
import {Loader} from "./Loader.sol";

/// @title Writes delegators and their locks into the storage of a BondingManager, from records that are packed
/// @notice The same words as a SlotLoader writes, from a fifth of the data: on a rollup that is what a load costs. For
/// accounts that nobody delegates to; whoever is a delegate, and any number that does not fit, is loaded word by word.
/// @dev Words of zero are not written, so an account must have no state before.
contract TypedLoader is Loader {
    uint256 private constant LOCK_LENGTH = 41;
    uint256 private constant DELEGATORS = 3;

    /// The record at `index` names a delegate that is not among those given.
    error TypedLoaderUnknownDelegate(uint256 index);

    /// Writes delegators, each a DelegatorRecord with a place in `delegates`.
    function loadDelegators(address[] calldata delegates, bytes calldata records) external whileLoading {
        uint256 count = _countOf(records, DelegatorRecord.LENGTH);
        for (uint256 index = 0; index < count; ++index) {
            uint256 first;
            uint256 second;
            assembly ("memory-safe") {
                let at := add(records.offset, mul(index, 62))
                first := calldataload(at)
                // The record ends 2 bytes before this word does.
                second := shr(16, calldataload(add(at, 0x20)))
            }
            uint256 place = DelegatorRecord.placeOf(second);
            if (place > delegates.length) revert TypedLoaderUnknownDelegate(index);
            DelegatorRecord.store(first, second, place == 0 ? address(0) : delegates[place - 1]);
        }
    }

    /// Writes unbonding locks. A record has 41 bytes: account 20, lock id 4, amount 12, withdraw round 5.
    function loadLocks(bytes calldata records) external whileLoading {
        uint256 count = _countOf(records, LOCK_LENGTH);
        assembly ("memory-safe") {
            let at := records.offset
            for { let end := add(at, mul(count, LOCK_LENGTH)) } lt(at, end) { at := add(at, LOCK_LENGTH) } {
                let first := calldataload(at)
                mstore(0, shr(96, first))
                mstore(0x20, DELEGATORS)
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
