// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {Manager} from "../registry/Manager.sol";

/// @title Roots of trees that claims about a past state are proven against (LIP-52)
/// @dev Not behind a proxy; storage: slot 0 controller, 1 snapshot. Pairs are hashed in sorted order, as OpenZeppelin's
/// trees are built. A leaf of 64 bytes before hashing could be mistaken for a pair: whoever makes a tree hashes twice, or
/// other lengths.
contract MerkleSnapshot is Manager {
    /// Root of the snapshot `id`; zero when there is none.
    mapping(bytes32 id => bytes32 root) public snapshot;

    constructor(address initialController) Manager(initialController) {}

    /// Writes the root of a snapshot. It can be written again, as in the deployed contract: that a snapshot stays what it
    /// was is a promise of whoever owns the Controller.
    function setSnapshot(bytes32 id, bytes32 root) external onlyControllerOwner {
        snapshot[id] = root;
    }

    /// Whether `leaf`, a hash, is in the tree of the snapshot `id`.
    /// @dev Without a root nothing is: a single zero leaf would otherwise prove itself against the zero that stands for
    /// no root.
    function verify(bytes32 id, bytes32[] calldata proof, bytes32 leaf) external view returns (bool) {
        bytes32 root = snapshot[id];
        return root != bytes32(0) && MerkleProof.verifyCalldata(proof, root, leaf);
    }
}
