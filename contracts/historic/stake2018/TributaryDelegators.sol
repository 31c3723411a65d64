// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakeSettings2018} from "./StakeSettings2018.sol";

/// @title Slot 5 as from Tributary on
/// @dev Called like that of the launch: in both it is the struct of one contract, which has grown.
abstract contract Delegators2018 is StakeSettings2018 {
    struct UnbondingLock {
        uint256 amount;
        uint256 withdrawRound;
    }

    /// The delegator of the launch with two fields appended, and one that nothing writes any more.
    struct Delegator {
        uint256 bondedAmount;
        uint256 fees;
        address delegateAddress;
        uint256 delegatedAmount;
        uint256 startRound;
        uint256 withdrawRoundDEPRECATED;
        uint256 lastClaimRound;
        uint256 nextUnbondingLockId;
        mapping(uint256 id => UnbondingLock lock) unbondingLocks;
    }

    mapping(address account => Delegator delegator) internal delegators;

    /// @dev Both structs have the same fields in the same slots as far as that of the launch goes.
    function _delegator(address account) internal view override returns (LaunchDelegator storage same) {
        Delegator storage found = delegators[account];
        assembly ("memory-safe") {
            same.slot := found.slot
        }
    }
}
