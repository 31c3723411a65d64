// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakeSettings2018} from "./StakeSettings2018.sol";

/// @title Slot 5 as at the launch
abstract contract LaunchDelegators is StakeSettings2018 {
    mapping(address account => LaunchDelegator delegator) internal delegators;

    function _delegator(address account) internal view override returns (LaunchDelegator storage) {
        return delegators[account];
    }
}
