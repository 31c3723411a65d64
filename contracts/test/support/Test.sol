// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @title What every test contract has: cheat codes and assertions
abstract contract Test {
    /// forge answers at this address: the low 20 bytes of keccak256("hevm cheat code").
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// forge counts a contract with this function as a test.
    bool public constant IS_TEST = true;

    /// `what` was expected to be `expected`.
    error AssertionFailed(string what, uint256 actual, uint256 expected);

    function assertEq(uint256 actual, uint256 expected, string memory what) internal pure {
        if (actual != expected) revert AssertionFailed(what, actual, expected);
    }

    function assertEq(uint256 actual, uint256 expected) internal pure {
        assertEq(actual, expected, "value");
    }

    function assertEq(address actual, address expected) internal pure {
        assertEq(uint160(actual), uint160(expected), "address");
    }

    function assertEq(bytes32 actual, bytes32 expected) internal pure {
        assertEq(uint256(actual), uint256(expected), "bytes32");
    }

    function assertEq(string memory actual, string memory expected) internal pure {
        assertTrue(keccak256(bytes(actual)) == keccak256(bytes(expected)), actual);
    }

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert AssertionFailed(what, 0, 1);
    }

    function assertTrue(bool condition) internal pure {
        assertTrue(condition, "condition");
    }

    function assertFalse(bool condition) internal pure {
        assertTrue(!condition, "condition that should not hold");
    }

    function assertLe(uint256 actual, uint256 limit, string memory what) internal pure {
        if (actual > limit) revert AssertionFailed(what, actual, limit);
    }

    function assertGe(uint256 actual, uint256 limit, string memory what) internal pure {
        if (actual < limit) revert AssertionFailed(what, actual, limit);
    }

    /// `actual` lies within `tolerance` of `expected`.
    function assertNear(uint256 actual, uint256 expected, uint256 tolerance, string memory what) internal pure {
        uint256 distance = actual > expected ? actual - expected : expected - actual;
        if (distance > tolerance) revert AssertionFailed(what, actual, expected);
    }

    /// Brings any number into `min` to `max`, both included.
    function bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        if (value >= min && value <= max) return value;
        uint256 count = max - min + 1;
        return count == 0 ? value : min + value % count;
    }

    /// An account that has a name.
    function account(string memory name) internal returns (address made) {
        made = vm.addr(privateKeyOf(name));
        vm.label(made, name);
    }

    function privateKeyOf(string memory name) internal pure returns (uint256) {
        return uint256(keccak256(bytes(name))) >> 8;
    }

    /// A signature as wallets give it for a message of 32 bytes (ERC-191), by the account of `name`.
    function personalSign(string memory name, bytes32 message) internal pure returns (bytes memory) {
        bytes32 digest = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", message));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKeyOf(name), digest);
        return abi.encodePacked(r, s, v);
    }

    /// Goes `blocks` blocks on. A block has 12 seconds.
    function mine(uint256 blocks) internal {
        vm.roll(vm.getBlockNumber() + blocks);
        vm.warp(vm.getBlockTimestamp() + blocks * 12);
    }

    /// The next call must revert with this error, whatever its arguments.
    function expectError(bytes4 selector) internal {
        vm.expectPartialRevert(selector);
    }
}
