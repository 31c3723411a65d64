// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IBondingManager} from "../bonding/IBondingManager.sol";
import {TicketState} from "./TicketState.sol";

/// @title What pays for winning tickets when the deposit is empty
/// @notice In every round each active transcoder can claim an equal part of a reserve, so that no sender can promise
/// the same money to all of them at once.
abstract contract TicketReserve is TicketState {
    struct ReserveInfo {
        uint256 fundsRemaining;
        uint256 claimedInCurrentRound;
    }

    /// What is left of a reserve, and what was claimed from it in this round; wei.
    function getReserveInfo(address reserveHolder) public view returns (ReserveInfo memory info) {
        Reserve storage reserve = reserves[reserveHolder];
        info.fundsRemaining = reserve.funds;
        info.claimedInCurrentRound = reserve.claimedForRound[_currentRound()];
    }

    /// What `claimant` can still claim from a reserve in this round; wei. Nothing unless it is an active transcoder.
    /// @dev The part is that of the pool as it is now, not of the active set, as in the deployed contract. When the
    /// pool has changed since the round began, the parts therefore do not add up: a claimant that already has more than
    /// its part gets nothing more, and nobody gets more than is left.
    function claimableReserve(address reserveHolder, address claimant) public view returns (uint256) {
        IBondingManager bondingManager = _bondingManager();
        uint256 poolSize = bondingManager.getTranscoderPoolSize();
        if (poolSize == 0 || !bondingManager.isActiveTranscoder(claimant)) return 0;

        Reserve storage reserve = reserves[reserveHolder];
        uint256 round = _currentRound();
        uint256 part = (reserve.funds + reserve.claimedForRound[round]) / poolSize;
        return Math.min(Math.saturatingSub(part, reserve.claimedByAddress[round][claimant]), reserve.funds);
    }

    /// What `claimant` has claimed from a reserve in this round; wei.
    function claimedReserve(address reserveHolder, address claimant) external view returns (uint256) {
        return reserves[reserveHolder].claimedByAddress[_currentRound()][claimant];
    }

    function _addReserve(address reserveHolder, uint256 amount) internal {
        reserves[reserveHolder].funds += amount;
        emit ReserveFunded(reserveHolder, amount);
    }

    /// @dev What was claimed this round stays on record. A holder that funds again in the same round changes the parts,
    /// but they never add up to more than there is.
    function _clearReserve(address reserveHolder) internal returns (uint256 funds) {
        funds = reserves[reserveHolder].funds;
        reserves[reserveHolder].funds = 0;
    }

    /// @dev Takes up to `amount` for `claimant`, and says how much.
    function _claimFromReserve(address reserveHolder, address claimant, uint256 amount)
        internal
        returns (uint256 claimed)
    {
        claimed = Math.min(amount, claimableReserve(reserveHolder, claimant));
        if (claimed == 0) return 0;
        Reserve storage reserve = reserves[reserveHolder];
        uint256 round = _currentRound();
        reserve.funds -= claimed;
        reserve.claimedForRound[round] += claimed;
        reserve.claimedByAddress[round][claimant] += claimed;
        emit ReserveClaimed(reserveHolder, claimant, claimed);
    }
}
