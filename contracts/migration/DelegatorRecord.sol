// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A delegator in 62 bytes
/// @notice Account 20, bonded amount 12, fees 12, start round 5, round of the last claim 5, next unbonding lock id 4, and 4
/// for the place of the delegate in a list, from 1; 0 for none. For accounts that nobody delegates to.
/// @dev In two words: `first` has account and bonded amount, `second` the 30 bytes of the rest, at its lower end. Slots are
/// those of BondingState: 3 is `delegators`, and a delegator has its words in the order of its struct.
library DelegatorRecord {
    uint256 internal constant LENGTH = 62;

    uint256 private constant DELEGATORS = 3;
    uint256 private constant LAST_CLAIM_ROUND = 5;

    /// @dev Writes what is not zero. `delegate` is the one at the place that the record names.
    function store(uint256 first, uint256 second, address delegate) internal {
        uint256 slot = slotOf(address(uint160(first >> 96)));
        _write(slot, uint96(first));
        _write(slot + 1, second >> 144);
        _write(slot + 2, uint160(delegate));
        _write(slot + 4, uint40(second >> 104));
        _write(slot + LAST_CLAIM_ROUND, uint40(second >> 64));
        _write(slot + 6, uint32(second >> 32));
    }

    /// @dev Whether `account` ever claimed, as everyone has whom the BondingManager did something for.
    function hasClaimed(address account) internal view returns (bool answer) {
        uint256 slot = slotOf(account) + LAST_CLAIM_ROUND;
        assembly ("memory-safe") {
            answer := iszero(iszero(sload(slot)))
        }
    }

    /// @dev Place of the delegate, from 1; 0 for none.
    function placeOf(uint256 second) internal pure returns (uint256) {
        return uint32(second);
    }

    /// @dev First slot of a delegator.
    function slotOf(address account) internal pure returns (uint256 slot) {
        assembly ("memory-safe") {
            mstore(0, account)
            mstore(0x20, DELEGATORS)
            slot := keccak256(0, 0x40)
        }
    }

    function _write(uint256 slot, uint256 word) private {
        assembly ("memory-safe") {
            if word { sstore(slot, word) }
        }
    }
}
