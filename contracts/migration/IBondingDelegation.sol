// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The functions of the BondingManager that are about delegators
/// @dev Apart from the contract, so that what loads a fork knows their selectors without its code.
interface IBondingDelegation {
    function bond(uint256 amount, address to) external;

    function bondWithHint(
        uint256 amount,
        address to,
        address oldDelegateNewPosPrev,
        address oldDelegateNewPosNext,
        address currDelegateNewPosPrev,
        address currDelegateNewPosNext
    ) external;

    /// Bonds the caller's tokens as stake of `owner`.
    function bondForWithHint(
        uint256 amount,
        address owner,
        address to,
        address oldDelegateNewPosPrev,
        address oldDelegateNewPosNext,
        address currDelegateNewPosPrev,
        address currDelegateNewPosNext
    ) external;

    function unbond(uint256 amount) external;

    function unbondWithHint(uint256 amount, address newPosPrev, address newPosNext) external;

    function rebond(uint256 unbondingLockId) external;

    function rebondWithHint(uint256 unbondingLockId, address newPosPrev, address newPosNext) external;

    function rebondFromUnbonded(address to, uint256 unbondingLockId) external;

    function rebondFromUnbondedWithHint(address to, uint256 unbondingLockId, address newPosPrev, address newPosNext)
        external;

    function transferBond(
        address delegator,
        uint256 amount,
        address oldDelegateNewPosPrev,
        address oldDelegateNewPosNext,
        address newDelegateNewPosPrev,
        address newDelegateNewPosNext
    ) external;

    function withdrawStake(uint256 unbondingLockId) external;

    function withdrawFees(address payable recipient, uint256 amount) external;

    function claimEarnings(uint256 endRound) external;

    function checkpointBondingState(address account) external;

    /// Also of one that was a transcoder when it did what it is slashed for, and delegates to another by now.
    function slashTranscoder(address account, address finder, uint256 slashAmount, uint256 finderFee) external;

    function getDelegator(address account)
        external
        view
        returns (uint256, uint256, address, uint256, uint256, uint256, uint256);

    function pendingStake(address account, uint256 endRound) external view returns (uint256);

    function pendingFees(address account, uint256 endRound) external view returns (uint256);

    function delegatorStatus(address account) external view returns (uint8);
}
