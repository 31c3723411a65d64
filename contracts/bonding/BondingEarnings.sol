// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PrecisePercentage} from "../math/PrecisePercentage.sol";
import {BondingTreasury} from "./BondingTreasury.sol";
import {EarningsPool} from "./EarningsPool.sol";
import {IBondingManager} from "./IBondingManager.sol";

/// @title What an account has earned (LIP-36)
/// @dev A delegator's stake grows with its delegate's reward factor from the round of its last claim to the current one,
/// whatever happened between. What a transcoder earns for itself, commission and its share for it, is kept apart until
/// it claims.
abstract contract BondingEarnings is BondingTreasury {
    /// Brings the caller's stake and fees up to date. The argument is not used: earnings are always claimed up to the
    /// current round.
    function claimEarnings(uint256) external whenSystemNotPaused currentRoundInitialized {
        _claimEarnings(msg.sender);
        _checkpoint(msg.sender);
    }

    /// @inheritdoc IBondingManager
    function pendingStake(address account, uint256) external view returns (uint256 stake) {
        (stake,) = _pendingStakeAndFees(account, _currentRound());
    }

    /// Fees of `account` with everything earned so far, in wei. The second argument is not used.
    function pendingFees(address account, uint256) external view returns (uint256 fees) {
        (, fees) = _pendingStakeAndFees(account, _currentRound());
    }

    /// @dev Stake added after this call in the same round earns from the next round on, so every change of stake claims
    /// first.
    function _claimEarnings(address account) internal {
        Delegator storage delegator = delegators[account];
        uint256 round = _currentRound();
        if (delegator.lastClaimRound >= round) return;

        address delegate = delegator.delegateAddress;
        if (delegate != address(0)) {
            (uint256 stake, uint256 fees) = _pendingStakeAndFees(account, round);
            _freezeFactors(delegate, round);
            if (delegate == account) {
                transcoders[account].cumulativeRewards = 0;
                transcoders[account].cumulativeFees = 0;
                _ownEarningsClaimed(transcoders[account], round);
            }
            emit EarningsClaimed(
                delegate,
                account,
                stake - delegator.bondedAmount,
                fees - delegator.fees,
                delegator.lastClaimRound + 1,
                round
            );
            delegator.bondedAmount = stake;
            delegator.fees = fees;
        }
        delegator.lastClaimRound = round;
    }

    /// @dev Writes the factors in force into `round`, so that a claim that starts there finds them after newer rounds
    /// have rewards and fees of their own. Must run wherever someone's `lastClaimRound` is set towards `delegate`.
    function _freezeFactors(address delegate, uint256 round) internal virtual {
        Transcoder storage transcoder = transcoders[delegate];
        EarningsPool.Data storage pool = transcoder.earningsPoolPerRound[round];
        EarningsPool.Factors memory factors = _factorsAt(transcoder, round);
        if (pool.cumulativeRewardFactor == 0) pool.cumulativeRewardFactor = factors.reward;
        if (pool.cumulativeFeeFactor == 0) pool.cumulativeFeeFactor = factors.fee;
    }

    /// @dev Factors at the end of `round`, or so far if it is the current one. A round without its own takes those of
    /// the last round that had rewards or fees, unless that came later.
    function _factorsAt(Transcoder storage transcoder, uint256 round)
        internal
        view
        returns (EarningsPool.Factors memory factors)
    {
        EarningsPool.Data storage pool = transcoder.earningsPoolPerRound[round];
        factors.reward = pool.cumulativeRewardFactor;
        factors.fee = pool.cumulativeFeeFactor;
        if (factors.reward == 0 && transcoder.lastRewardRound < round) {
            factors.reward = transcoder.earningsPoolPerRound[transcoder.lastRewardRound].cumulativeRewardFactor;
        }
        if (factors.fee == 0 && transcoder.lastFeeRound < round) {
            factors.fee = transcoder.earningsPoolPerRound[transcoder.lastFeeRound].cumulativeFeeFactor;
        }
        if (factors.reward == 0) factors.reward = PrecisePercentage.ONE;
    }

    /// @dev Factors that what is earned since the claim in `round` is measured from.
    function _startFactors(Transcoder storage transcoder, uint256 round)
        internal
        view
        virtual
        returns (EarningsPool.Factors memory)
    {
        return _factorsAt(transcoder, round);
    }

    /// @dev Runs when a transcoder has claimed its own earnings up to `round`.
    function _ownEarningsClaimed(Transcoder storage transcoder, uint256 round) internal virtual {}

    function _pendingStakeAndFees(address account, uint256 round) private view returns (uint256 stake, uint256 fees) {
        Delegator storage delegator = delegators[account];
        stake = delegator.bondedAmount;
        fees = delegator.fees;
        address delegate = delegator.delegateAddress;
        if (delegate == address(0) || delegator.lastClaimRound >= round) return (stake, fees);

        Transcoder storage transcoder = transcoders[delegate];
        EarningsPool.Factors memory start = _startFactors(transcoder, delegator.lastClaimRound);
        EarningsPool.Factors memory end = _factorsAt(transcoder, round);
        fees += PrecisePercentage.fractionOf(stake, end.fee - start.fee, start.reward);
        stake = PrecisePercentage.fractionOf(stake, end.reward, start.reward);
        if (delegate == account) {
            stake += transcoder.cumulativeRewards;
            fees += transcoder.cumulativeFees;
        }
    }
}
