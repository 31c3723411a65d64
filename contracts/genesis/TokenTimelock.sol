// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Tokens that become their receiver's at one time, all at once
/// @dev Nobody owns it and nothing can be taken back. Storage: slot 0 token, 1 beneficiary, 2 releaseTime.
contract TokenTimelock {
    using SafeERC20 for IERC20;

    /// The token that is held.
    IERC20 public token;

    /// Who gets the tokens.
    address public beneficiary;

    /// Time from which on they can be released, in seconds since 1970.
    uint256 public releaseTime;

    /// The release time must be to come.
    error TimelockReleaseTimePassed(uint256 releaseTime);

    /// Tokens cannot be released before `releaseTime`.
    error TimelockNotReleasable(uint256 releaseTime);

    /// There is nothing to release.
    error TimelockEmpty();

    constructor(IERC20 lockedToken, address lockBeneficiary, uint256 lockReleaseTime) {
        if (lockReleaseTime <= block.timestamp) revert TimelockReleaseTimePassed(lockReleaseTime);
        token = lockedToken;
        beneficiary = lockBeneficiary;
        releaseTime = lockReleaseTime;
    }

    /// Pays everything to the beneficiary. Anyone may call.
    function release() external {
        if (block.timestamp < releaseTime) revert TimelockNotReleasable(releaseTime);
        uint256 amount = token.balanceOf(address(this));
        if (amount == 0) revert TimelockEmpty();
        token.safeTransfer(beneficiary, amount);
    }
}
