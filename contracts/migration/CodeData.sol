// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Data kept as the code of a contract, 200 gas a byte
/// @dev The code begins with STOP, so that nobody can run it.
library CodeData {
    /// Bytes that fit into one contract (EIP-170).
    uint256 internal constant MAX_LENGTH = 24_575;

    /// The data is longer than a contract can be, or could not be deployed.
    error CodeDataNotStored(uint256 length);

    /// @dev Deploys `data`.
    function store(bytes memory data) internal returns (address kept) {
        if (data.length > MAX_LENGTH) revert CodeDataNotStored(data.length);
        // PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN; and the code behind it.
        bytes memory creation = abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a3d393df3", hex"00", data);
        assembly ("memory-safe") {
            kept := create(0, add(creation, 0x20), mload(creation))
        }
        if (kept == address(0)) revert CodeDataNotStored(data.length);
    }

    /// @dev How many bytes of data `kept` has.
    function lengthOf(address kept) internal view returns (uint256) {
        return kept.code.length - 1;
    }

    /// @dev The 32 bytes from `offset` on; zeros beyond the end.
    function wordAt(address kept, uint256 offset) internal view returns (uint256 word) {
        assembly ("memory-safe") {
            extcodecopy(kept, 0, add(offset, 1), 0x20)
            word := mload(0)
        }
    }
}
