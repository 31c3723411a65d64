// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CodeData} from "./CodeData.sol";
import {DelegatorRecord} from "./DelegatorRecord.sol";

/// @title The delegators of a snapshot, kept as code until each of them is needed
/// @notice Records lie in chunks, ascending by account. The deployer adds the chunks in order. Nothing can be taken until
/// they were sealed, which only chunks of the promised hash can be; then they are as they are for ever.
/// @dev The promised hash begins as the hash of the delegates, 20 bytes each, and becomes keccak256(hash, hash of the chunk)
/// with every chunk. An account is given to the consumer once. No account delegates to itself here: a delegate must be there
/// from the start, so that it can be delegated to. There can be 1,228 chunks of 396 records.
contract SnapshotChunks {
    using CodeData for address;

    uint256 private constant ADDRESS = 20;
    /// @dev Of the index of a record; a chunk has fewer.
    uint256 private constant PLACES_IN_CHUNK = 512;

    /// Who may add chunks and seal them.
    address public immutable deployer;

    /// The contract that accounts are given to.
    address public immutable consumer;

    /// What the hash must be in the end.
    bytes32 public immutable promisedHash;

    /// Code of the delegates, 20 bytes each.
    address public immutable delegates;

    /// Hash of the delegates and of all chunks so far.
    bytes32 public contentHash;

    /// Code of the first accounts of all chunks, 20 bytes each; null until sealed.
    address public directory;

    /// Codes of the chunks.
    address[] public chunks;

    address private _lastAccount;

    mapping(uint256 word => uint256 bits) private _taken;

    /// `account` is not the deployer.
    error SnapshotChunksUnauthorized(address account);

    /// `account` is not the consumer.
    error SnapshotChunksNotTheConsumer(address account);

    /// Whoever is null could not take anything, or no list of addresses has `length` bytes.
    error SnapshotChunksInvalid(address consumer, uint256 length);

    /// Chunks can no longer be added or sealed.
    error SnapshotChunksSealed();

    /// The chunks are not complete yet.
    error SnapshotChunksNotSealed();

    /// `length` bytes are no whole number of records, or none at all.
    error SnapshotChunksInvalidLength(uint256 length);

    /// The record at `index` of the chunk does not belong there: its account is not above the one before, or its delegate is
    /// not known or is the account itself.
    error SnapshotChunksInvalidRecord(uint256 index);

    /// The chunks are not those that were promised.
    error SnapshotChunksDifferent(bytes32 contentHash, bytes32 promisedHash);

    event ChunkAdded(uint256 indexed index, address kept);
    event Sealed(bytes32 contentHash, uint256 chunks);
    event Taken(address indexed account);

    modifier whileAdding() {
        if (msg.sender != deployer) revert SnapshotChunksUnauthorized(msg.sender);
        if (directory != address(0)) revert SnapshotChunksSealed();
        _;
    }

    constructor(address initialConsumer, bytes32 initialPromisedHash, bytes memory delegateList) {
        if (initialConsumer == address(0) || delegateList.length % ADDRESS != 0) {
            revert SnapshotChunksInvalid(initialConsumer, delegateList.length);
        }
        deployer = msg.sender;
        consumer = initialConsumer;
        promisedHash = initialPromisedHash;
        delegates = CodeData.store(delegateList);
        contentHash = keccak256(delegateList);
    }

    /// Adds the next chunk: records one after the other, as many as fit into a contract.
    function add(bytes calldata chunk) external whileAdding {
        if (chunk.length == 0 || chunk.length % DelegatorRecord.LENGTH != 0) {
            revert SnapshotChunksInvalidLength(chunk.length);
        }
        _checkRecords(chunk);
        contentHash = keccak256(abi.encode(contentHash, keccak256(chunk)));
        address kept = CodeData.store(chunk);
        emit ChunkAdded(chunks.length, kept);
        chunks.push(kept);
    }

    /// Ends the adding, when what was added is what was promised.
    function seal() external whileAdding {
        if (contentHash != promisedHash) revert SnapshotChunksDifferent(contentHash, promisedHash);
        uint256 count = chunks.length;
        // The last account is written as a whole word, of which 12 bytes are too many.
        bytes memory firsts = new bytes(count * ADDRESS + 12);
        for (uint256 index = 0; index < count; ++index) {
            uint256 first = chunks[index].wordAt(0);
            assembly ("memory-safe") {
                mstore(add(add(firsts, 0x20), mul(index, ADDRESS)), first)
            }
        }
        assembly ("memory-safe") {
            mstore(firsts, mul(count, ADDRESS))
        }
        directory = CodeData.store(firsts);
        emit Sealed(contentHash, count);
    }

    /// Gives the record of `account` to the consumer; zeros when there is none, or it was given before.
    function take(address account) external returns (uint256 first, uint256 second, address delegate) {
        if (msg.sender != consumer) revert SnapshotChunksNotTheConsumer(msg.sender);
        uint256 index;
        (index, first, second) = _find(account);
        if (first == 0 || _isTaken(index)) return (0, 0, address(0));
        _taken[index >> 8] |= 1 << (index & 0xff);
        delegate = _delegateAt(DelegatorRecord.placeOf(second));
        emit Taken(account);
    }

    /// Whether `account` has a record that was not given yet.
    function isWaiting(address account) external view returns (bool) {
        (uint256 index, uint256 first,) = _find(account);
        return first != 0 && !_isTaken(index);
    }

    /// Whether all chunks are there.
    function isSealed() external view returns (bool) {
        return directory != address(0);
    }

    function _checkRecords(bytes calldata chunk) private {
        address last = _lastAccount;
        uint256 count = chunk.length / DelegatorRecord.LENGTH;
        uint256 known = delegates.lengthOf() / ADDRESS;
        bytes memory list = delegates.code;
        for (uint256 index = 0; index < count; ++index) {
            uint256 first;
            uint256 second;
            address delegate;
            assembly ("memory-safe") {
                let at := add(chunk.offset, mul(index, 62))
                first := calldataload(at)
                second := shr(16, calldataload(add(at, 0x20)))
            }
            address account = address(uint160(first >> 96));
            uint256 place = DelegatorRecord.placeOf(second);
            if (place > known) revert SnapshotChunksInvalidRecord(index);
            if (place > 0) {
                assembly ("memory-safe") {
                    // Behind the length and the STOP that the code begins with.
                    delegate := shr(96, mload(add(add(list, 0x21), mul(sub(place, 1), ADDRESS))))
                }
            }
            if (account <= last || delegate == account) revert SnapshotChunksInvalidRecord(index);
            last = account;
        }
        _lastAccount = last;
    }

    /// @dev Index and words of the record of `account`; zeros when there is none. A first word is never zero, as no account
    /// is.
    function _find(address account) private view returns (uint256 index, uint256 first, uint256 second) {
        address list = directory;
        if (list == address(0)) revert SnapshotChunksNotSealed();
        uint256 chunk = _countUpTo(list, ADDRESS, account);
        if (chunk == 0) return (0, 0, 0);
        address kept = chunks[chunk - 1];
        uint256 place = _countUpTo(kept, DelegatorRecord.LENGTH, account);
        uint256 offset = (place - 1) * DelegatorRecord.LENGTH;
        first = kept.wordAt(offset);
        if (address(uint160(first >> 96)) != account) return (0, 0, 0);
        second = kept.wordAt(offset + 32) >> 16;
        index = (chunk - 1) * PLACES_IN_CHUNK + place - 1;
    }

    /// @dev How many of the ascending accounts that the entries of `kept` begin with are not above `account`.
    function _countUpTo(address kept, uint256 entryLength, address account) private view returns (uint256 low) {
        uint256 high = kept.lengthOf() / entryLength;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (address(uint160(kept.wordAt(middle * entryLength) >> 96)) <= account) low = middle + 1;
            else high = middle;
        }
    }

    function _delegateAt(uint256 place) private view returns (address) {
        return place == 0 ? address(0) : address(uint160(delegates.wordAt((place - 1) * ADDRESS) >> 96));
    }

    function _isTaken(uint256 index) private view returns (bool) {
        return _taken[index >> 8] & (1 << (index & 0xff)) != 0;
    }
}
