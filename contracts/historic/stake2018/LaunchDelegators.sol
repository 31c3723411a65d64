// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakeSettings2018} from "./StakeSettings2018.sol";

/// @title Slot 5 as at the launch
/// @dev Called like that of Tributary: in both it is the struct of one contract, which has grown.
abstract contract Delegators2018 is StakeSettings2018 {
    struct Delegator {
        uint256 bondedAmount;
        uint256 fees;
        address delegateAddress;
        uint256 delegatedAmount;
        uint256 startRound;
        uint256 withdrawRound;
        uint256 lastClaimRound;
    }

    mapping(address account => Delegator delegator) internal delegators;

    /// @dev Both structs have the same fields in the same slots.
    function _delegator(address account) internal view override returns (LaunchDelegator storage same) {
        Delegator storage found = delegators[account];
        assembly ("memory-safe") {
            same.slot := found.slot
        }
    }
}
