// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {PackedMerkleProof} from "../math/PackedMerkleProof.sol";

/// @title The arithmetic and the proofs of transcoding work
/// @dev Member functions are internal, so that no deployed library has to be linked. Hashes are over packed encodings:
///
///     segment   keccak256(streamId, segmentNumber, dataHash)                        signed with personal_sign
///     receipt   keccak256(streamId, segmentNumber, dataHash, transcodedDataHash, signature)
///     claim     Merkle root of the receipts, each pair sorted before hashing
///     challenge keccak256(block, hash of that block, segmentNumber) % rate == 0
library JobLib {
    /// @dev Characters of one profile id.
    uint256 private constant PROFILE_LENGTH = 8;

    /// Whether `options` is a non-empty sequence of profile ids.
    function validTranscodingOptions(string memory options) internal pure returns (bool) {
        uint256 length = bytes(options).length;
        return length > 0 && length % PROFILE_LENGTH == 0;
    }

    /// Wei for `segments` segments, each in every profile of `options`.
    function calcFees(uint256 segments, string memory options, uint256 pricePerSegment)
        internal
        pure
        returns (uint256)
    {
        return segments * (bytes(options).length / PROFILE_LENGTH) * pricePerSegment;
    }

    /// Whether a segment of a claim was drawn for verification by the hash of the block after the claim.
    function shouldVerifySegment(
        uint256 segmentNumber,
        uint256[2] memory segmentRange,
        uint256 challengeBlock,
        bytes32 challengeBlockHash,
        uint64 verificationRate
    ) internal pure returns (bool) {
        if (segmentNumber < segmentRange[0] || segmentNumber > segmentRange[1]) return false;
        bytes32 draw = keccak256(abi.encodePacked(challengeBlock, challengeBlockHash, segmentNumber));
        return uint256(draw) % verificationRate == 0;
    }

    /// Whether `broadcaster` signed the segment. Anything but 65 bytes is no signature.
    function validateBroadcasterSig(
        string memory streamId,
        uint256 segmentNumber,
        bytes32 dataHash,
        bytes memory signature,
        address broadcaster
    ) internal pure returns (bool) {
        bytes32 segmentHash = keccak256(abi.encodePacked(streamId, segmentNumber, dataHash));
        (address signer, ECDSA.RecoverError problem,) =
            ECDSA.tryRecover(MessageHashUtils.toEthSignedMessageHash(segmentHash), signature);
        return problem == ECDSA.RecoverError.NoError && signer == broadcaster;
    }

    /// Whether the receipt of a segment is a leaf of `claimRoot`. `proof` is the sibling hashes, one after the other.
    function validateReceipt(
        string memory streamId,
        uint256 segmentNumber,
        bytes32[2] memory dataHashes,
        bytes memory signature,
        bytes calldata proof,
        bytes32 claimRoot
    ) internal pure returns (bool) {
        bytes32 receipt =
            keccak256(abi.encodePacked(streamId, segmentNumber, dataHashes[0], dataHashes[1], signature));
        return PackedMerkleProof.verify(proof, claimRoot, receipt);
    }
}
