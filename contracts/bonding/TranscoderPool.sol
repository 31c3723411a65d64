// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {BondingEarnings} from "./BondingEarnings.sol";
import {IBondingManager} from "./IBondingManager.sol";
import {SortedDoublyLL} from "./SortedDoublyLL.sol";

/// @title The pool of transcoders: who will be active in the next round
/// @dev The pool changes at any time; what was active in a round is decided by `activationRound` and
/// `deactivationRound`. For elections, which look back at a round that may be over, the pool is copied when a round
/// begins: a job then always falls to the same transcoder, whatever stake has moved since.
abstract contract TranscoderPool is BondingEarnings {
    using SortedDoublyLL for SortedDoublyLL.Data;

    /// @inheritdoc IBondingManager
    function setCurrentRoundTotalActiveStake() external onlyRoundsManager {
        currentRoundTotalActiveStake = nextRoundTotalActiveStake;

        uint256 round = _currentRound();
        _checkpointTotal(round);
        _applyTreasuryRate();
        ElectionCandidate[] storage candidates = _electionCandidates[round];
        for (address id = transcoderPool.head; id != address(0); id = transcoderPool.getNext(id)) {
            candidates.push(
                ElectionCandidate({
                    transcoder: id,
                    stake: SafeCast.toUint96(transcoderPool.getKey(id)),
                    pricePerSegment: transcoders[id].pricePerSegment
                })
            );
        }
    }

    /// @inheritdoc IBondingManager
    function electActiveTranscoder(uint256 maxPricePerSegment, bytes32 blockHash, uint256 round)
        external
        view
        returns (address)
    {
        ElectionCandidate[] storage candidates = _electionCandidates[round];
        uint256 count = candidates.length;
        uint256 totalStake;
        for (uint256 i = 0; i < count; ++i) {
            if (candidates[i].pricePerSegment <= maxPricePerSegment) totalStake += candidates[i].stake;
        }
        if (totalStake == 0) return address(0);

        uint256 drawn = uint256(blockHash) % totalStake;
        uint256 passed;
        for (uint256 i = 0; i < count; ++i) {
            if (candidates[i].pricePerSegment > maxPricePerSegment) continue;
            passed += candidates[i].stake;
            if (passed > drawn) return candidates[i].transcoder;
        }
        return address(0);
    }

    /// Transcoders that could be elected in `round`, by stake, as they stood when it began.
    function getElectionCandidates(uint256 round) external view returns (ElectionCandidate[] memory) {
        return _electionCandidates[round];
    }

    /// @inheritdoc IBondingManager
    function getTotalBonded() external view returns (uint256) {
        return currentRoundTotalActiveStake;
    }

    /// How many transcoders the pool may hold.
    function getTranscoderPoolMaxSize() external view returns (uint256) {
        return transcoderPool.maxSize;
    }

    /// @inheritdoc IBondingManager
    function getTranscoderPoolSize() external view returns (uint256) {
        return transcoderPool.size;
    }

    /// The transcoder with the most stake; null when the pool is empty.
    function getFirstTranscoderInPool() external view returns (address) {
        return transcoderPool.head;
    }

    /// The transcoder after `account`; null at the end.
    function getNextTranscoderInPool(address account) external view returns (address) {
        return transcoderPool.getNext(account);
    }

    function _increaseTotalStake(address delegate, uint256 amount, Hint memory hint) internal {
        if (isRegisteredTranscoder(delegate)) {
            uint256 newStake = delegators[delegate].delegatedAmount + amount;
            if (transcoderPool.contains(delegate)) {
                nextRoundTotalActiveStake += amount;
                _setPoolStake(delegate, newStake, hint);
            } else {
                _tryToJoinPool(delegate, newStake, hint);
            }
        }
        delegators[delegate].delegatedAmount += amount;
    }

    function _decreaseTotalStake(address delegate, uint256 amount, Hint memory hint) internal {
        if (transcoderPool.contains(delegate)) {
            nextRoundTotalActiveStake -= amount;
            _setPoolStake(delegate, delegators[delegate].delegatedAmount - amount, hint);
        }
        delegators[delegate].delegatedAmount -= amount;
    }

    /// @dev A full pool takes a newcomer only with more stake than its last member, who leaves.
    function _tryToJoinPool(address account, uint256 stake, Hint memory hint) internal {
        uint256 nextRound = _currentRound() + 1;
        if (transcoderPool.isFull()) {
            address last = transcoderPool.tail;
            if (stake <= transcoderPool.getKey(last)) return;
            _leavePool(last, nextRound);
        }
        transcoderPool.insert(account, stake, hint.prev, hint.next);
        nextRoundTotalActiveStake += stake;

        Transcoder storage transcoder = transcoders[account];
        transcoder.lastActiveStakeUpdateRound = nextRound;
        transcoder.activationRound = nextRound;
        transcoder.deactivationRound = NEVER;
        transcoder.earningsPoolPerRound[nextRound].totalStake = stake;
        emit TranscoderActivated(account, nextRound);
    }

    function _leavePool(address account, uint256 deactivationRound) internal {
        nextRoundTotalActiveStake -= transcoderPool.getKey(account);
        transcoderPool.remove(account);
        transcoders[account].deactivationRound = deactivationRound;
        emit TranscoderDeactivated(account, deactivationRound);
    }

    /// @dev Brings the stake of `account` in the current round up to date: a round in which its stake did not change has
    /// none of its own.
    function _carryStakeInto(address account, uint256 round) internal {
        Transcoder storage transcoder = transcoders[account];
        uint256 lastUpdateRound = transcoder.lastActiveStakeUpdateRound;
        if (lastUpdateRound < round) {
            transcoder.earningsPoolPerRound[round].totalStake =
                transcoder.earningsPoolPerRound[lastUpdateRound].totalStake;
        }
    }

    /// @dev Stake changes count from the next round on, so the current round first keeps what it had.
    function _setPoolStake(address account, uint256 newStake, Hint memory hint) private {
        transcoderPool.updateKey(account, newStake, hint.prev, hint.next);

        Transcoder storage transcoder = transcoders[account];
        uint256 round = _currentRound();
        _carryStakeInto(account, round);
        transcoder.earningsPoolPerRound[round + 1].totalStake = newStake;
        transcoder.lastActiveStakeUpdateRound = round + 1;
    }
}
