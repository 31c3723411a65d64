// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LaunchProtocol} from "./LaunchProtocol.sol";

/// @title Segments as a broadcaster signs them and a transcoder proves them
abstract contract Segments is LaunchProtocol {
    struct Segment {
        bytes32[2] dataHashes;
        bytes signature;
        bytes32 receipt;
    }

    string internal constant STREAM = "stream";
    string internal constant PROFILES = "P720p30fP240p30f";

    function twoSegments(string memory broadcaster) internal pure returns (Segment[2] memory) {
        return [segmentOf(broadcaster, 0), segmentOf(broadcaster, 1)];
    }

    function segmentOf(string memory broadcaster, uint256 number) internal pure returns (Segment memory segment) {
        segment.dataHashes = [keccak256(abi.encode("sent", number)), keccak256(abi.encode("transcoded", number))];
        bytes32 digest = keccak256(abi.encodePacked(STREAM, number, segment.dataHashes[0]));
        segment.signature = personalSign(broadcaster, digest);
        segment.receipt = keccak256(
            abi.encodePacked(STREAM, number, segment.dataHashes[0], segment.dataHashes[1], segment.signature)
        );
    }

    /// Root of the tree of two receipts; the proof of each is the other.
    function rootOf(Segment[2] memory segments) internal pure returns (bytes32) {
        (bytes32 left, bytes32 right) = (segments[0].receipt, segments[1].receipt);
        return left < right ? keccak256(abi.encodePacked(left, right)) : keccak256(abi.encodePacked(right, left));
    }
}
