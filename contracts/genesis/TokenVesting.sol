// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {SingleOwner} from "../registry/SingleOwner.sol";

/// @title Tokens that become their receiver's over time
/// @notice Vested tokens grow linearly from `start` to `start + duration`, counted from the start and not from the cliff;
/// before the cliff nothing is vested. The owner may take back what is not vested, if the grant is revocable.
/// @dev Storage: slot 0 owner, 1 beneficiary, 2 cliff, 3 start, 4 duration, 5 revocable, 6 released, 7 revoked.
contract TokenVesting is SingleOwner {
    using SafeERC20 for IERC20;

    /// Who gets the tokens.
    address public beneficiary;

    /// Time before which nothing can be released, in seconds since 1970.
    uint256 public cliff;

    /// Time from which on tokens vest, in seconds since 1970.
    uint256 public start;

    /// Seconds from the start until everything is vested.
    uint256 public duration;

    /// Whether the owner may take back what is not vested.
    bool public revocable;

    /// What was released so far of a token.
    mapping(address token => uint256 amount) public released;

    /// Whether the rest of a token was taken back.
    mapping(address token => bool isRevoked) public revoked;

    event Released(uint256 amount);
    event Revoked();

    /// Tokens cannot vest for the null address.
    error VestingInvalidBeneficiary();

    /// The cliff comes after the end.
    error VestingCliffAfterEnd(uint256 cliffSeconds, uint256 durationSeconds);

    /// Nothing is vested that was not released already.
    error VestingNothingToRelease();

    /// This grant cannot be taken back.
    error VestingNotRevocable();

    /// The rest of this token was taken back already.
    error VestingAlreadyRevoked(address token);

    /// `cliffSeconds` and `durationSeconds` count from `startTime`.
    constructor(
        address grantBeneficiary,
        uint256 startTime,
        uint256 cliffSeconds,
        uint256 durationSeconds,
        bool isRevocable
    ) SingleOwner(msg.sender) {
        if (grantBeneficiary == address(0)) revert VestingInvalidBeneficiary();
        if (cliffSeconds > durationSeconds) revert VestingCliffAfterEnd(cliffSeconds, durationSeconds);
        beneficiary = grantBeneficiary;
        start = startTime;
        cliff = startTime + cliffSeconds;
        duration = durationSeconds;
        revocable = isRevocable;
    }

    /// Pays what is vested to the beneficiary. Anyone may call.
    function release(IERC20 token) external {
        uint256 amount = releasableAmount(token);
        if (amount == 0) revert VestingNothingToRelease();
        released[address(token)] += amount;
        token.safeTransfer(beneficiary, amount);
        emit Released(amount);
    }

    /// Takes back what is not vested yet. What is vested stays for the beneficiary.
    function revoke(IERC20 token) external onlyOwner {
        if (!revocable) revert VestingNotRevocable();
        if (revoked[address(token)]) revert VestingAlreadyRevoked(address(token));
        uint256 refund = token.balanceOf(address(this)) - releasableAmount(token);
        revoked[address(token)] = true;
        token.safeTransfer(owner, refund);
        emit Revoked();
    }

    /// What can be released of `token` now.
    function releasableAmount(IERC20 token) public view returns (uint256) {
        return vestedAmount(token) - released[address(token)];
    }

    /// What is vested of `token` so far, released or not.
    function vestedAmount(IERC20 token) public view returns (uint256) {
        uint256 total = token.balanceOf(address(this)) + released[address(token)];
        if (block.timestamp < cliff) return 0;
        if (block.timestamp >= start + duration || revoked[address(token)]) return total;
        return total * (block.timestamp - start) / duration;
    }
}
