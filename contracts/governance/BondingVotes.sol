// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IBondingManager} from "../bonding/IBondingManager.sol";
import {PrecisePercentage} from "../math/PrecisePercentage.sol";
import {ManagerProxyTarget} from "../registry/ManagerProxyTarget.sol";
import {IRoundsManager} from "../rounds/IRoundsManager.sol";
import {IBondingVotes} from "./IBondingVotes.sol";

/// @title Stake as voting power, in the shape of a token with votes (ERC-5805)
/// @notice A transcoder votes with all that is delegated to it, a delegator with its own stake, so that it can outvote
/// its transcoder for its part. The sum of all votes can therefore exceed the total supply, which is the active stake.
/// @dev Behind a ManagerProxy. Storage: 2 bondingCheckpoints, 3..4 totalStakeCheckpoints. The clock counts rounds. What an
/// account has at the start of a round is what the BondingManager wrote down before it; "votes of round r" of ERC-5805
/// are those at the end of r, the start of r + 1. An account that was never written down has no votes: anyone may have it
/// done by `checkpointBondingState` of the BondingManager.
contract BondingVotes is ManagerProxyTarget, IBondingVotes {
    struct BondingCheckpoint {
        uint256 bondedAmount;
        address delegateAddress;
        uint256 delegatedAmount;
        uint256 lastClaimRound;
        uint256 lastRewardRound;
    }

    struct BondingCheckpointsByRound {
        uint256[] startRounds;
        mapping(uint256 startRound => BondingCheckpoint checkpoint) data;
    }

    struct TotalActiveStakeByRound {
        uint256[] rounds;
        mapping(uint256 round => uint256 stake) data;
    }

    mapping(address account => BondingCheckpointsByRound checkpoints) private bondingCheckpoints;

    TotalActiveStakeByRound private totalStakeCheckpoints;

    modifier onlyBondingManager() {
        address required = _registered("BondingManager");
        if (msg.sender != required) revert InvalidCaller(msg.sender, required);
        _;
    }

    modifier onlyPastRounds(uint256 round) {
        uint256 current = clock();
        if (round >= current) revert FutureLookup(round, current == 0 ? 0 : current - 1);
        _;
    }

    constructor(address initialController) ManagerProxyTarget(initialController) {}

    /// @inheritdoc IBondingVotes
    function checkpointBondingState(
        address account,
        uint256 startRound,
        uint256 bondedAmount,
        address delegateAddress,
        uint256 delegatedAmount,
        uint256 lastClaimRound,
        uint256 lastRewardRound
    ) external onlyBondingManager {
        uint256 nextRound = uint256(clock()) + 1;
        if (startRound != nextRound) revert InvalidStartRound(startRound, nextRound);
        if (lastClaimRound >= startRound) revert FutureLastClaimRound(lastClaimRound, startRound - 1);

        BondingCheckpointsByRound storage checkpoints = bondingCheckpoints[account];
        BondingCheckpoint memory previous = _latestBefore(checkpoints, startRound);
        BondingCheckpoint memory current = BondingCheckpoint({
            bondedAmount: bondedAmount,
            delegateAddress: delegateAddress,
            delegatedAmount: delegatedAmount,
            lastClaimRound: lastClaimRound,
            lastRewardRound: lastRewardRound
        });
        _append(checkpoints.startRounds, startRound);
        checkpoints.data[startRound] = current;
        _emitChanges(account, previous, current);
    }

    /// @inheritdoc IBondingVotes
    function checkpointTotalActiveStake(uint256 totalStake, uint256 round) external onlyBondingManager {
        uint256 current = clock();
        if (round != current) revert InvalidTotalStakeCheckpointRound(round, current);
        _append(totalStakeCheckpoints.rounds, round);
        totalStakeCheckpoints.data[round] = totalStake;
    }

    /// Votes `account` will have at the start of the next round, as far as is known now.
    function getVotes(address account) external view returns (uint256 votes) {
        (votes,) = getVotesAndDelegateAtRoundStart(account, uint256(clock()) + 1);
    }

    /// Votes `account` had at the end of `round`, which must be over.
    function getPastVotes(address account, uint256 round) external view onlyPastRounds(round) returns (uint256 votes) {
        (votes,) = getVotesAndDelegateAtRoundStart(account, round + 1);
    }

    /// The delegate of `account` at the start of the next round, as far as is known now.
    function delegates(address account) external view returns (address delegateAddress) {
        (, delegateAddress) = getVotesAndDelegateAtRoundStart(account, uint256(clock()) + 1);
    }

    /// @inheritdoc IBondingVotes
    function delegatedAt(address account, uint256 round)
        external
        view
        onlyPastRounds(round)
        returns (address delegateAddress)
    {
        (, delegateAddress) = getVotesAndDelegateAtRoundStart(account, round + 1);
    }

    /// Active stake of the next round, as far as is known now.
    function totalSupply() external view returns (uint256) {
        return getTotalActiveStakeAt(uint256(clock()) + 1);
    }

    /// Active stake at the end of `round`, which must be over.
    function getPastTotalSupply(uint256 round) external view onlyPastRounds(round) returns (uint256) {
        return getTotalActiveStakeAt(round + 1);
    }

    /// Whether anything was ever written down for `account`.
    function hasCheckpoint(address account) external view returns (bool) {
        return bondingCheckpoints[account].startRounds.length > 0;
    }

    /// Always reverts: votes follow the stake.
    function delegate(address) external pure {
        revert MustCallBondingManager("bond");
    }

    /// Always reverts: votes follow the stake.
    function delegateBySig(address, uint256, uint256, uint8, bytes32, bytes32) external pure {
        revert MustCallBondingManager("bondFor");
    }

    /// Name of the votes, which cannot be transferred.
    function name() external pure returns (string memory) {
        return "Livepeer Voting Power";
    }

    /// Symbol of the votes.
    function symbol() external pure returns (string memory) {
        return "vLPT";
    }

    /// One vote is one LPT, with as many digits.
    function decimals() external pure returns (uint8) {
        return 18;
    }

    /// What the clock counts (ERC-6372).
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=livepeer_round";
    }

    /// The current round (ERC-6372). It goes on with the blocks, initialized or not.
    function clock() public view returns (uint48) {
        return SafeCast.toUint48(IRoundsManager(_registered("RoundsManager")).currentRound());
    }

    /// Votes and delegate of `account` at the start of `round`, at most the next one.
    function getVotesAndDelegateAtRoundStart(address account, uint256 round)
        public
        view
        returns (uint256 votes, address delegateAddress)
    {
        _requireKnown(round);
        BondingCheckpoint storage bond = _checkpointAt(account, round);
        delegateAddress = bond.delegateAddress;
        if (bond.bondedAmount == 0) votes = 0;
        else if (delegateAddress == account) votes = bond.delegatedAmount;
        else votes = _delegatorStakeAt(bond, round);
    }

    /// Active stake of `round`, at most the next one.
    /// @dev The total is written down when a round is initialized, and only changes in rounds that are. A round that was
    /// skipped has the total of the next one that was not, and without such a one, what the next round will begin with.
    /// Before the first total there were no votes, so the supply was zero.
    function getTotalActiveStakeAt(uint256 round) public view returns (uint256) {
        _requireKnown(round);
        uint256[] storage rounds = totalStakeCheckpoints.rounds;
        uint256 index = Arrays.lowerBound(rounds, round);
        if (index == rounds.length) return _bondingManager().nextRoundTotalActiveStake();
        uint256 written = rounds[index];
        return index == 0 && written != round ? 0 : totalStakeCheckpoints.data[written];
    }

    /// @dev The stake grows with the reward factor of the delegate from the round of the last claim to the last round in
    /// which the delegate had a reward before `round`.
    function _delegatorStakeAt(BondingCheckpoint storage bond, uint256 round) private view returns (uint256) {
        address transcoder = bond.delegateAddress;
        BondingCheckpoint storage transcoderBond = _checkpointAt(transcoder, round);
        bool registered = transcoderBond.delegateAddress == transcoder && transcoderBond.bondedAmount > 0;
        if (!registered) return 0;
        if (transcoderBond.lastRewardRound < bond.lastClaimRound) return bond.bondedAmount;
        return PrecisePercentage.fractionOf(
            bond.bondedAmount,
            _rewardFactor(transcoder, transcoderBond.lastRewardRound),
            _rewardFactor(transcoder, bond.lastClaimRound)
        );
    }

    function _rewardFactor(address transcoder, uint256 round) private view returns (uint256 factor) {
        (,,, factor,) = _bondingManager().getTranscoderEarningsPoolForRound(transcoder, round);
        if (factor == 0) revert MissingEarningsPool(transcoder, round);
    }

    /// @dev What was written down last for a start at or before `round`. An empty one when there is none: no round starts
    /// a checkpoint at zero, since they are written for the next round.
    function _checkpointAt(address account, uint256 round) private view returns (BondingCheckpoint storage) {
        return _latestBefore(bondingCheckpoints[account], round);
    }

    function _latestBefore(BondingCheckpointsByRound storage checkpoints, uint256 round)
        private
        view
        returns (BondingCheckpoint storage)
    {
        uint256 count = Arrays.upperBound(checkpoints.startRounds, round);
        return checkpoints.data[count == 0 ? 0 : checkpoints.startRounds[count - 1]];
    }

    function _append(uint256[] storage rounds, uint256 round) private {
        uint256 count = rounds.length;
        uint256 last = count == 0 ? 0 : rounds[count - 1];
        if (round < last) revert DecreasingValues(round, last);
        if (count == 0 || round != last) rounds.push(round);
    }

    function _requireKnown(uint256 round) private view {
        uint256 nextRound = uint256(clock()) + 1;
        if (round > nextRound) revert FutureLookup(round, nextRound);
    }

    function _bondingManager() private view returns (IBondingManager) {
        return IBondingManager(_registered("BondingManager"));
    }

    function _emitChanges(address account, BondingCheckpoint memory previous, BondingCheckpoint memory current) private {
        if (previous.delegateAddress != current.delegateAddress) {
            emit DelegateChanged(account, previous.delegateAddress, current.delegateAddress);
        }
        // Only a transcoder has votes that others delegated.
        uint256 previousVotes = previous.delegateAddress == account ? previous.delegatedAmount : 0;
        uint256 currentVotes = current.delegateAddress == account ? current.delegatedAmount : 0;
        if (previousVotes != currentVotes) emit DelegateVotesChanged(account, previousVotes, currentVotes);

        if (previous.bondedAmount != current.bondedAmount || previous.lastClaimRound != current.lastClaimRound) {
            emit DelegatorBondedAmountChanged(
                account, previous.bondedAmount, previous.lastClaimRound, current.bondedAmount, current.lastClaimRound
            );
        }
    }
}
