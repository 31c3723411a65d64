// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The cheat codes of forge that the tests use
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    /// Goes to the block `height`.
    function roll(uint256 height) external;

    /// Sets the time, in seconds since 1970.
    function warp(uint256 timestamp) external;

    /// Makes `sender` the caller of the next call.
    function prank(address sender) external;

    /// Makes `sender` the caller of all calls until `stopPrank`.
    function startPrank(address sender) external;

    function stopPrank() external;

    /// Sets the ether of `account`.
    function deal(address account, uint256 balance) external;

    /// Puts `code` at `account`.
    function etch(address account, bytes calldata code) external;

    /// The next call must revert, whatever with.
    function expectRevert() external;

    /// The next call must revert with exactly this data.
    function expectRevert(bytes calldata data) external;

    /// The next call must revert with this error; its arguments do not matter.
    function expectPartialRevert(bytes4 selector) external;

    /// The next event that `emitter` emits in the next call must be the one emitted after this.
    function expectEmit(address emitter) external;

    /// Skips a fuzz run whose inputs make no sense.
    function assume(bool condition) external pure;

    /// Signature of `digest` by `privateKey`.
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    /// The account of `privateKey`.
    function addr(uint256 privateKey) external pure returns (address);

    /// Reads a storage slot.
    function load(address account, bytes32 slot) external view returns (bytes32);

    /// Writes a storage slot.
    function store(address account, bytes32 slot, bytes32 value) external;

    /// Names `account` in traces.
    function label(address account, string calldata name) external;

    /// Sets the hash of a block that is over.
    function setBlockhash(uint256 height, bytes32 blockHash) external;

    function recordLogs() external;

    function getRecordedLogs() external returns (Log[] memory);

    function toString(uint256 value) external pure returns (string memory);

    /// The block as the cheat codes see it: the optimizer may keep an older `block.number`.
    function getBlockNumber() external view returns (uint256);

    function getBlockTimestamp() external view returns (uint256);

    /// Keeps what the call between the two costs under `group` and `name`, in snapshots/.
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256);

    /// What the last call cost.
    function lastCallGas() external view returns (Gas memory);

    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    function snapshotState() external returns (uint256);

    function revertToState(uint256 id) external returns (bool);
}
