// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title Merkle proofs as bytes: the sibling hashes one after the other, as the contracts of the launch take them
/// @dev Each pair is sorted before hashing, so a proof needs no directions.
library PackedMerkleProof {
    /// Whether `leaf`, a hash, is in the tree of `root`. A proof of broken hashes proves nothing.
    function verify(bytes calldata proof, bytes32 root, bytes32 leaf) internal pure returns (bool) {
        if (proof.length % 32 != 0) return false;
        bytes32 node = leaf;
        for (uint256 i = 0; i < proof.length; i += 32) {
            node = Hashes.commutativeKeccak256(node, bytes32(proof[i:i + 32]));
        }
        return node == root;
    }
}
