// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IBondingManager} from "../bonding/IBondingManager.sol";
import {IController} from "../registry/IController.sol";
import {Manager} from "../registry/Manager.sol";
import {ILivepeerToken} from "./ILivepeerToken.sol";
import {IMinter} from "./IMinter.sol";

/// @title What Minters of every scale have in common
/// @notice Inflation rises by `inflationChange` in every round that begins with less than `targetBondingRate` of the
/// supply bonded, and falls by as much, down to zero, in one that begins with more. It has no upper bound.
/// @dev Not behind a proxy; storage: slot 0 controller, 1 inflation, 2 inflationChange, 3 targetBondingRate,
/// 4 currentMintableTokens, 5 currentMintedTokens. Inflation has no setter: another value means another Minter.
abstract contract ScaledMinter is Manager, IMinter {
    /// Share of the supply minted per round, in parts of `PERC_DIVISOR`.
    uint256 public inflation;

    /// How far inflation moves per round, in parts of `PERC_DIVISOR`.
    uint256 public inflationChange;

    /// Share of the supply that should be bonded, in parts of `PERC_DIVISOR`.
    uint256 public targetBondingRate;

    /// What may be minted in the current round, in units of 1e-18 LPT.
    uint256 public currentMintableTokens;

    /// What was minted in the current round, in units of 1e-18 LPT.
    uint256 public currentMintedTokens;

    modifier onlyBondingManager() {
        if (msg.sender != _registered("BondingManager")) revert MinterUnauthorizedCaller(msg.sender);
        _;
    }

    modifier onlyRoundsManager() {
        if (msg.sender != _registered("RoundsManager")) revert MinterUnauthorizedCaller(msg.sender);
        _;
    }

    modifier onlyBondingManagerOrJobsManager() {
        if (msg.sender != _registered("BondingManager") && msg.sender != _registered("JobsManager")) {
            revert MinterUnauthorizedCaller(msg.sender);
        }
        _;
    }

    modifier onlyMinterOrJobsManager() {
        if (msg.sender != _registered("Minter") && msg.sender != _registered("JobsManager")) {
            revert MinterUnauthorizedCaller(msg.sender);
        }
        _;
    }

    constructor(
        address initialController,
        uint256 initialInflation,
        uint256 initialInflationChange,
        uint256 initialTargetBondingRate
    ) Manager(initialController) {
        _requirePercentage("inflation", initialInflation);
        _requirePercentage("inflationChange", initialInflationChange);
        _requirePercentage("targetBondingRate", initialTargetBondingRate);
        inflation = initialInflation;
        inflationChange = initialInflationChange;
        targetBondingRate = initialTargetBondingRate;
    }

    /// Sets how far inflation moves per round, in parts of `PERC_DIVISOR`.
    function setInflationChange(uint256 newInflationChange) external onlyControllerOwner {
        _requirePercentage("inflationChange", newInflationChange);
        inflationChange = newInflationChange;
        emit ParameterUpdate("inflationChange");
    }

    /// Sets the share of the supply that should be bonded, in parts of `PERC_DIVISOR`.
    function setTargetBondingRate(uint256 newTargetBondingRate) external onlyControllerOwner {
        _requirePercentage("targetBondingRate", newTargetBondingRate);
        targetBondingRate = newTargetBondingRate;
        emit ParameterUpdate("targetBondingRate");
    }

    /// @inheritdoc IMinter
    /// @dev This contract must still be the registered Minter, or the new one would refuse its ether. Register the new
    /// one afterwards, in the same batch.
    function migrateToNewMinter(address newMinter) external onlyControllerOwner whenSystemPaused {
        if (
            newMinter == address(0) || newMinter == address(this) || _registered("Minter") != address(this)
                || address(IMinter(newMinter).getController()) != address(controller)
        ) revert MinterInvalidNewMinter(newMinter);

        ILivepeerToken token = _token();
        token.transferOwnership(newMinter);
        token.transfer(newMinter, token.balanceOf(address(this)));
        IMinter(newMinter).depositETH{value: address(this).balance}();
    }

    /// @inheritdoc IMinter
    /// @dev Rounds down twice: the fraction is cut to the digits of `PERC_DIVISOR` before it multiplies, so that a third of
    /// 1,400 is 466.6662 in parts per million. Existing balances depend on this; it is not an oversight.
    function createReward(uint256 fracNum, uint256 fracDenom)
        external
        onlyBondingManager
        whenSystemNotPaused
        returns (uint256)
    {
        uint256 amount = _percentOf(currentMintableTokens, _fraction(fracNum, fracDenom));
        uint256 minted = currentMintedTokens + amount;
        if (minted > currentMintableTokens) revert MinterMintableExceeded(minted, currentMintableTokens);
        currentMintedTokens = minted;
        _token().mint(address(this), amount);
        return amount;
    }

    /// @inheritdoc IMinter
    function trustedTransferTokens(address to, uint256 amount) external onlyBondingManager whenSystemNotPaused {
        _token().transfer(to, amount);
    }

    /// @inheritdoc IMinter
    function trustedBurnTokens(uint256 amount) external onlyBondingManager whenSystemNotPaused {
        _token().burn(amount);
    }

    /// @inheritdoc IMinter
    function trustedWithdrawETH(address payable to, uint256 amount)
        external
        onlyBondingManagerOrJobsManager
        whenSystemNotPaused
    {
        Address.sendValue(to, amount);
    }

    /// @inheritdoc IMinter
    /// @dev Works while the protocol is stopped, unlike at the 2018 launch. There, `migrateToNewMinter` needed a stopped
    /// protocol and this function a running one, so no Minter could ever be replaced. Users cannot get here while it is
    /// stopped: the JobsManager takes no deposit then.
    function depositETH() external payable virtual onlyMinterOrJobsManager returns (bool) {
        return true;
    }

    /// @inheritdoc IMinter
    function setCurrentRewardTokens() external onlyRoundsManager whenSystemNotPaused {
        uint256 supply = _totalSupply();
        _adjustInflation(supply);
        currentMintableTokens = _percentOf(supply, inflation);
        currentMintedTokens = 0;
        emit SetCurrentRewardTokens(currentMintableTokens, inflation);
    }

    /// @inheritdoc IMinter
    function getController() external view returns (IController) {
        return controller;
    }

    /// What 100% is in this Minter's rates.
    /// @dev Not on chain with the published Minters, whose library has a constant of this name.
    // forge-lint: disable-next-line(mixed-case-function)
    function PERC_DIVISOR() public pure virtual returns (uint256);

    /// The tokens that inflation is a share of.
    function _totalSupply() internal view returns (uint256) {
        return _token().totalSupply();
    }

    function _adjustInflation(uint256 supply) private {
        uint256 bonded = IBondingManager(_registered("BondingManager")).getTotalBonded();
        uint256 bondingRate = supply == 0 ? 0 : _fraction(bonded, supply);
        if (bondingRate < targetBondingRate) {
            inflation += inflationChange;
        } else if (bondingRate > targetBondingRate) {
            inflation = inflation > inflationChange ? inflation - inflationChange : 0;
        }
    }

    function _token() private view returns (ILivepeerToken) {
        return ILivepeerToken(_registered("LivepeerToken"));
    }

    /// `numerator / denominator` in parts of `PERC_DIVISOR`, rounded down.
    function _fraction(uint256 numerator, uint256 denominator) private pure returns (uint256) {
        return numerator * PERC_DIVISOR() / denominator;
    }

    /// `points` parts of `PERC_DIVISOR` of `amount`, rounded down.
    function _percentOf(uint256 amount, uint256 points) private pure returns (uint256) {
        return amount * points / PERC_DIVISOR();
    }

    function _requirePercentage(string memory param, uint256 value) private pure {
        if (value > PERC_DIVISOR()) revert MinterInvalidPercentage(param, value);
    }
}
