// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SingleOwner} from "../registry/SingleOwner.sol";

/// @title An owner whose powers are divided by contract and function
/// @notice Owns the Controller on behalf of several: every function of every contract has one authority, which is the
/// owner's own unless the owner gave it away. So parameters can be handed over first and upgrades later.
/// @dev Not behind a proxy. Storage: 0 owner, 1 _authorities. The owner can take back what it gave.
contract DividedOwner is SingleOwner {
    mapping(address target => mapping(bytes4 selector => address authority)) private _authorities;

    /// `caller` is not the authority for that function, `authority` is.
    error DividedOwnerUnauthorized(address caller, address target, bytes4 selector, address authority);

    /// The contract never calls itself: its rules are the owner's to set, directly.
    error DividedOwnerInvalidTarget(address target);

    /// There are different numbers of targets, values and payloads.
    error DividedOwnerUnequalLengths(uint256 targets, uint256 values, uint256 payloads);

    /// The call at `index` carries data, but `target` has no code to run it.
    error DividedOwnerTargetWithoutCode(uint256 index, address target);

    /// The ether sent along is not what the calls need.
    error DividedOwnerUnequalValue(uint256 sent, uint256 needed);

    event AuthoritySet(address indexed target, bytes4 indexed selector, address authority);

    constructor(address initialOwner) SingleOwner(initialOwner) {
        if (initialOwner == address(0)) revert OwnerInvalid();
    }

    /// Gives the function of `target` to `authority`, alone; the null address gives it back to the owner.
    function setAuthority(address target, bytes4 selector, address authority) external onlyOwner {
        if (target == address(this)) revert DividedOwnerInvalidTarget(target);
        _authorities[target][selector] = authority;
        emit AuthoritySet(target, selector, authority);
    }

    /// Makes the calls in order, all or none. The caller must be the authority for each of them, and send the ether that
    /// they need. What a callee reverts with is passed on as it is.
    /// @dev Data too short for a selector runs the fallback of the target; its authority is that of selector zero.
    function execute(address[] calldata targets, uint256[] calldata values, bytes[] calldata payloads)
        external
        payable
    {
        uint256 count = targets.length;
        if (values.length != count || payloads.length != count) {
            revert DividedOwnerUnequalLengths(count, values.length, payloads.length);
        }
        uint256 needed = 0;
        for (uint256 i = 0; i < count; ++i) {
            _requireAuthority(targets[i], payloads[i].length < 4 ? bytes4(0) : bytes4(payloads[i]));
            needed += values[i];
        }
        if (needed != msg.value) revert DividedOwnerUnequalValue(msg.value, needed);
        for (uint256 i = 0; i < count; ++i) {
            _call(i, targets[i], values[i], payloads[i]);
        }
    }

    /// Who may have a function of `target` called: one account, the owner where nothing is set.
    function authorityFor(address target, bytes4 selector) public view returns (address authority) {
        authority = _authorities[target][selector];
        if (authority == address(0)) authority = owner;
    }

    function _requireAuthority(address target, bytes4 selector) private view {
        if (target == address(this)) revert DividedOwnerInvalidTarget(target);
        address authority = authorityFor(target, selector);
        if (msg.sender != authority) revert DividedOwnerUnauthorized(msg.sender, target, selector, authority);
    }

    function _call(uint256 index, address target, uint256 value, bytes calldata payload) private {
        if (payload.length > 0 && target.code.length == 0) revert DividedOwnerTargetWithoutCode(index, target);
        (bool success, bytes memory reason) = target.call{value: value}(payload);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
