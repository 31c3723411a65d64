// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Loader} from "./Loader.sol";

/// @title Writes raw words into the storage of a proxy
/// @notice What is loaded is exact to the word: code of the same layout goes on where the snapshot was taken.
contract SlotLoader is Loader {
    uint256 private constant RECORD = 64;

    /// Writes `records`, each 32 bytes of slot and 32 bytes of word. A word of zero clears its slot; of two words for one
    /// slot the later stays.
    function load(bytes calldata records) external whileLoading {
        if (records.length == 0 || records.length % RECORD != 0) revert LoaderInvalidLength(records.length);
        uint256 moved = type(uint256).max;
        assembly ("memory-safe") {
            let end := add(records.offset, records.length)
            for { let at := records.offset } lt(at, end) { at := add(at, 0x40) } {
                let slot := calldataload(at)
                let word := calldataload(add(at, 0x20))
                if lt(slot, 2) {
                    if xor(sload(slot), word) {
                        moved := slot
                        break
                    }
                    continue
                }
                sstore(slot, word)
            }
        }
        if (moved != type(uint256).max) revert LoaderProxySlot(moved);
    }
}
