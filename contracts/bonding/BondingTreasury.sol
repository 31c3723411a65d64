// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PrecisePercentage} from "../math/PrecisePercentage.sol";
import {BondingCheckpoints} from "./BondingCheckpoints.sol";

/// @title The treasury's part of rewards (LIP-89, LIP-92)
/// @dev Rates have 27 digits. A suite without a Treasury (the launch) pays none whatever the rate is, instead of letting
/// every reward fail on a transfer to nobody.
abstract contract BondingTreasury is BondingCheckpoints {
    /// Sets the treasury's part of rewards, with 27 digits, from the next round on.
    function setTreasuryRewardCutRate(uint256 cutRate) external onlyControllerOwner {
        if (cutRate > PrecisePercentage.ONE) revert BondingInvalidPercentage("treasuryRewardCutRate", cutRate);
        _setNextTreasuryRate(cutRate);
    }

    /// Sets the balance of the treasury, in units of 1e-18 LPT, from which on it gets no more; zero for no limit.
    function setTreasuryBalanceCeiling(uint256 ceiling) external onlyControllerOwner {
        treasuryBalanceCeiling = ceiling;
        emit ParameterUpdate("treasuryBalanceCeiling");
    }

    /// @dev Must run when a round begins.
    function _applyTreasuryRate() internal {
        if (treasuryRewardCutRate == nextRoundTreasuryRewardCutRate) return;
        treasuryRewardCutRate = nextRoundTreasuryRewardCutRate;
        emit ParameterUpdate("treasuryRewardCutRate");
    }

    /// @dev Must run before the reward that a full treasury is found by. The rate of the present round stays: all
    /// transcoders of one round give the same part.
    function _stopAtCeiling() internal {
        address treasury = _treasury();
        if (treasuryBalanceCeiling == 0 || nextRoundTreasuryRewardCutRate == 0 || treasury == address(0)) return;
        if (_token().balanceOf(treasury) >= treasuryBalanceCeiling) _setNextTreasuryRate(0);
    }

    /// @dev Pays the treasury its part of the new tokens in the vault, and says what is left.
    function _payTreasury(uint256 minted) internal returns (uint256 left) {
        address treasury = _treasury();
        uint256 amount = PrecisePercentage.fractionOf(minted, treasuryRewardCutRate, PrecisePercentage.ONE);
        if (amount == 0 || treasury == address(0)) return minted;
        _minter().trustedTransferTokens(treasury, amount);
        emit TreasuryReward(msg.sender, treasury, amount);
        return minted - amount;
    }

    function _setNextTreasuryRate(uint256 cutRate) private {
        nextRoundTreasuryRewardCutRate = cutRate;
        emit ParameterUpdate("nextRoundTreasuryRewardCutRate");
    }

    function _treasury() private view returns (address) {
        return _registered("Treasury");
    }
}
