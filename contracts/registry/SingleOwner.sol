// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOwned} from "./IOwned.sol";

/// @title Ownership that is handed over in one step and can never be renounced
/// @dev The deployed protocol has exactly these members. OpenZeppelin's Ownable would add `renounceOwnership`,
/// which on the Controller ends governance for good, so it is not used here. `owner` is the first variable: readers of
/// raw storage expect it in the low 20 bytes of slot 0 of the Controller.
abstract contract SingleOwner is IOwned {
    address public owner;

    /// `account` is not the owner.
    error OwnerUnauthorized(address account);

    /// Ownership cannot go to the null address.
    error OwnerInvalid();

    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    modifier onlyOwner() {
        if (msg.sender != owner) revert OwnerUnauthorized(msg.sender);
        _;
    }

    constructor(address initialOwner) {
        owner = initialOwner;
        emit OwnershipTransferred(address(0), initialOwner);
    }

    /// Hands ownership to `newOwner` at once. There is no second step: a wrong address is final.
    function transferOwnership(address newOwner) public virtual onlyOwner {
        if (newOwner == address(0)) revert OwnerInvalid();
        emit OwnershipTransferred(owner, newOwner);
        owner = newOwner;
    }
}
