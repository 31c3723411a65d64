// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../../bonding/IBondingManager.sol";
import {SortedDoublyLL} from "../../bonding/SortedDoublyLL.sol";
import {Percentage} from "../../math/Percentage.sol";
import {IRoundsManager} from "../../rounds/IRoundsManager.sol";
import {ILivepeerToken} from "../../token/ILivepeerToken.sol";
import {IMinter} from "../../token/IMinter.sol";
import {LaunchEarningsPool} from "./LaunchEarningsPool.sol";
import {StakeSettings2018} from "./StakeSettings2018.sol";

/// @title Stake, rewards and fees as in 2018, before and after Tributary
/// @dev For rehearsals. Storage: 6 transcoders, 7 totalBonded, 8..12 transcoderPool, 13 activeTranscoderSet. How stake
/// leaves is what Tributary changed, so that is left to the contracts on top. What the rest of a local suite calls has
/// the names of today; terms cannot be changed at all at the end of a round, where the launch let prices fall.
abstract contract StakeWork2018 is StakeSettings2018 {
    using LaunchEarningsPool for LaunchEarningsPool.Data;
    using SortedDoublyLL for SortedDoublyLL.Data;

    struct Transcoder {
        uint256 lastRewardRound;
        uint256 rewardCut;
        uint256 feeShare;
        uint256 pricePerSegment;
        uint256 pendingRewardCut;
        uint256 pendingFeeShare;
        uint256 pendingPricePerSegment;
        mapping(uint256 round => LaunchEarningsPool.Data pool) earningsPoolPerRound;
    }

    struct ActiveTranscoderSet {
        address[] transcoders;
        mapping(address account => bool active) isActive;
        uint256 totalStake;
    }

    mapping(address account => Transcoder transcoder) internal transcoders;

    uint256 internal totalBonded;

    SortedDoublyLL.Data internal transcoderPool;

    /// What is active in a round, in units of 1e-18 LPT.
    mapping(uint256 round => ActiveTranscoderSet set) public activeTranscoderSet;

    event TranscoderEvicted(address indexed transcoder);
    event TranscoderResigned(address indexed transcoder);
    event WithdrawFees(address indexed delegator);

    /// A claim goes from the round after the last one to `round` at most, through no more rounds than allowed.
    error BondingClaimOutOfRange(uint256 lastClaimRound, uint256 round);

    modifier currentRoundInitialized() {
        if (!_roundsManager().currentRoundInitialized()) revert IBondingManager.BondingRoundNotInitialized();
        _;
    }

    modifier onlyRegistered(string memory name) {
        if (msg.sender != _registered(name)) revert IBondingManager.BondingUnauthorizedCaller(msg.sender, name);
        _;
    }

    /// Sets how many transcoders can be active at once, and gives the pool as many places.
    function setNumActiveTranscoders(uint256 newNumActiveTranscoders) external onlyControllerOwner {
        numActiveTranscoders = newNumActiveTranscoders;
        if (newNumActiveTranscoders > transcoderPool.maxSize) transcoderPool.setMaxSize(newNumActiveTranscoders);
        emit ParameterUpdate("numActiveTranscoders");
    }

    /// Sets the caller's terms from the next round on, and takes a place in the pool where there is one.
    function transcoder(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment)
        external
        whenSystemNotPaused
        currentRoundInitialized
    {
        if (_roundsManager().currentRoundLocked()) revert IBondingManager.BondingRoundLocked();
        if (!Percentage.isValid(rewardCut)) revert IBondingManager.BondingInvalidPercentage("rewardCut", rewardCut);
        if (!Percentage.isValid(feeShare)) revert IBondingManager.BondingInvalidPercentage("feeShare", feeShare);
        LaunchDelegator storage self = _delegator(msg.sender);
        if (self.delegateAddress != msg.sender || self.bondedAmount == 0) {
            revert IBondingManager.BondingTranscoderNotRegistered(msg.sender);
        }
        Transcoder storage terms = transcoders[msg.sender];
        terms.pendingRewardCut = rewardCut;
        terms.pendingFeeShare = feeShare;
        terms.pendingPricePerSegment = pricePerSegment;
        if (!transcoderPool.contains(msg.sender)) _tryToJoin(msg.sender, self.delegatedAmount);
        bool registered = transcoderPool.contains(msg.sender);
        emit IBondingManager.TranscoderUpdate(msg.sender, rewardCut, feeShare, pricePerSegment, registered);
    }

    /// Bonds `amount` (1e-18 LPT) of the caller's tokens to `to`, and with it all its stake, also what was unbonding.
    function bond(uint256 amount, address to) external whenSystemNotPaused currentRoundInitialized {
        if (to == address(0)) revert IBondingManager.BondingInvalidDelegate();
        _claimUpToNow(msg.sender);
        LaunchDelegator storage self = _delegator(msg.sender);
        address oldDelegate = self.delegateAddress;
        uint256 delegated = amount;
        if (oldDelegate != to) {
            if (transcoderPool.contains(msg.sender)) revert IBondingManager.BondingTranscoderCannotDelegate(msg.sender);
            self.startRound = _currentRound() + 1;
            delegated += self.bondedAmount;
            if (oldDelegate == address(0)) self.withdrawRound = 0;
            else _removeStake(oldDelegate, self.bondedAmount);
        }
        if (delegated == 0) revert IBondingManager.BondingZeroAmount();
        self.bondedAmount += amount;
        self.delegateAddress = to;
        _addStake(to, delegated);
        _emitBond(to, oldDelegate, amount, self.bondedAmount);
        if (amount > 0) {
            ILivepeerToken(_registered("LivepeerToken")).transferFrom(msg.sender, address(_minter()), amount);
        }
    }

    /// Brings the caller's stake and fees up to `endRound`.
    function claimEarnings(uint256 endRound) external whenSystemNotPaused currentRoundInitialized {
        uint256 lastClaimRound = _delegator(msg.sender).lastClaimRound;
        if (endRound <= lastClaimRound || endRound > _currentRound()) {
            revert BondingClaimOutOfRange(lastClaimRound, endRound);
        }
        _claim(msg.sender, endRound);
    }

    /// Pays the caller its fees.
    function withdrawFees() external whenSystemNotPaused currentRoundInitialized {
        _claimUpToNow(msg.sender);
        LaunchDelegator storage self = _delegator(msg.sender);
        uint256 fees = self.fees;
        if (fees == 0) revert IBondingManager.BondingZeroAmount();
        self.fees = 0;
        emit WithdrawFees(msg.sender);
        _minter().trustedWithdrawETH(payable(msg.sender), fees);
    }

    /// Mints the caller's part of this round's inflation for itself and its delegators. Once per round.
    function reward() external whenSystemNotPaused currentRoundInitialized {
        uint256 round = _currentRound();
        ActiveTranscoderSet storage active = activeTranscoderSet[round];
        if (!active.isActive[msg.sender]) revert IBondingManager.BondingTranscoderNotActive(msg.sender);
        Transcoder storage self = transcoders[msg.sender];
        if (self.lastRewardRound == round) revert IBondingManager.BondingRewardAlreadyCalled(msg.sender);
        self.lastRewardRound = round;
        LaunchEarningsPool.Data storage pool = self.earningsPoolPerRound[round];
        uint256 amount = _minter().createReward(pool.totalStake, active.totalStake);
        pool.rewardPool += amount;
        _addStake(msg.sender, amount);
        emit IBondingManager.Reward(msg.sender, amount);
    }

    /// Begins a round: the first of the pool become active, with the terms they asked for. Only the RoundsManager.
    function setCurrentRoundTotalActiveStake() external onlyRegistered("RoundsManager") {
        uint256 round = _currentRound();
        ActiveTranscoderSet storage active = activeTranscoderSet[round];
        uint256 places = numActiveTranscoders;
        for (address id = transcoderPool.head; id != address(0) && places > 0; id = transcoderPool.getNext(id)) {
            Transcoder storage one = transcoders[id];
            one.rewardCut = one.pendingRewardCut;
            one.feeShare = one.pendingFeeShare;
            one.pricePerSegment = one.pendingPricePerSegment;
            uint256 stake = transcoderPool.getKey(id);
            one.earningsPoolPerRound[round].begin(stake, one.rewardCut, one.feeShare);
            active.transcoders.push(id);
            active.isActive[id] = true;
            active.totalStake += stake;
            --places;
        }
    }

    /// Books fees of a job of `round`. Only the JobsManager.
    function updateTranscoderWithFees(address account, uint256 fees, uint256 round)
        external
        whenSystemNotPaused
        onlyRegistered("JobsManager")
    {
        if (!transcoderPool.contains(account)) revert IBondingManager.BondingTranscoderNotRegistered(account);
        transcoders[account].earningsPoolPerRound[round].feePool += fees;
    }

    /// Takes a part of a transcoder's own stake. Only the JobsManager.
    function slashTranscoder(address account, address finder, uint256 slashAmount, uint256 finderFee)
        external
        whenSystemNotPaused
        onlyRegistered("JobsManager")
    {
        LaunchDelegator storage self = _delegator(account);
        uint256 penalty = Percentage.percentOf(self.bondedAmount, slashAmount);
        uint256 finderReward = finder == address(0) ? 0 : Percentage.percentOf(penalty, finderFee);
        self.bondedAmount -= penalty;
        if (self.delegateAddress != address(0)) _removeStake(self.delegateAddress, penalty);
        _leavePool(account);
        ActiveTranscoderSet storage active = activeTranscoderSet[_currentRound()];
        if (active.isActive[account]) {
            active.isActive[account] = false;
            active.totalStake -= transcoders[account].earningsPoolPerRound[_currentRound()].totalStake;
        }
        emit IBondingManager.TranscoderSlashed(account, finder, penalty, finderReward);
        if (finderReward > 0) _minter().trustedTransferTokens(finder, finderReward);
        if (penalty > finderReward) _minter().trustedBurnTokens(penalty - finderReward);
    }

    /// The transcoder that a job of `round` falls to.
    function electActiveTranscoder(uint256 maxPricePerSegment, bytes32 blockHash, uint256 round)
        external
        view
        returns (address)
    {
        address[] storage candidates = activeTranscoderSet[round].transcoders;
        uint256 totalStake;
        for (uint256 i = 0; i < candidates.length; ++i) {
            totalStake += _electable(candidates[i], maxPricePerSegment, round);
        }
        if (totalStake == 0) return address(0);
        uint256 drawn = uint256(blockHash) % totalStake;
        uint256 passed;
        for (uint256 i = 0; i < candidates.length; ++i) {
            passed += _electable(candidates[i], maxPricePerSegment, round);
            if (passed > drawn) return candidates[i];
        }
        return address(0);
    }

    function _emitBond(address to, address oldDelegate, uint256 amount, uint256 bonded) internal virtual;

    function _claimUpToNow(address account) internal {
        uint256 round = _currentRound();
        if (_delegator(account).lastClaimRound < round) _claim(account, round);
    }

    function _addStake(address delegate, uint256 amount) internal {
        _delegator(delegate).delegatedAmount += amount;
        totalBonded += amount;
        if (transcoderPool.contains(delegate)) _setKey(delegate);
    }

    function _removeStake(address delegate, uint256 amount) internal {
        _delegator(delegate).delegatedAmount -= amount;
        totalBonded -= amount;
        if (transcoderPool.contains(delegate)) _setKey(delegate);
    }

    /// @dev Nothing to do for an account without a place.
    function _leavePool(address account) internal {
        if (!transcoderPool.contains(account)) return;
        transcoderPool.remove(account);
        emit TranscoderResigned(account);
    }

    function _currentRound() internal view returns (uint256) {
        return _roundsManager().currentRound();
    }

    function _minter() internal view returns (IMinter) {
        return IMinter(_registered("Minter"));
    }

    function _claim(address account, uint256 endRound) private {
        LaunchDelegator storage self = _delegator(account);
        address delegate = self.delegateAddress;
        if (delegate != address(0)) {
            _requireRange(self.lastClaimRound, endRound);
            for (uint256 round = self.lastClaimRound + 1; round <= endRound; ++round) {
                LaunchEarningsPool.Data storage pool = transcoders[delegate].earningsPoolPerRound[round];
                if (pool.claimableStake == 0) continue;
                (uint256 rewards, uint256 fees) = pool.claim(self.bondedAmount, delegate == account);
                self.bondedAmount += rewards;
                self.fees += fees;
            }
        }
        self.lastClaimRound = endRound;
    }

    function _tryToJoin(address account, uint256 stake) private {
        if (transcoderPool.isFull()) {
            address last = transcoderPool.tail;
            if (stake <= transcoderPool.getKey(last)) return;
            transcoderPool.remove(last);
            emit TranscoderEvicted(last);
        }
        transcoderPool.insert(account, stake, address(0), address(0));
    }

    function _setKey(address account) private {
        transcoderPool.updateKey(account, _delegator(account).delegatedAmount, address(0), address(0));
    }

    function _requireRange(uint256 lastClaimRound, uint256 endRound) private view {
        uint256 most = maxEarningsClaimsRounds;
        if (most > 0 && endRound - lastClaimRound > most) revert BondingClaimOutOfRange(lastClaimRound, endRound);
    }

    function _electable(address account, uint256 maxPricePerSegment, uint256 round) private view returns (uint256) {
        Transcoder storage one = transcoders[account];
        if (!activeTranscoderSet[round].isActive[account] || one.pricePerSegment > maxPricePerSegment) return 0;
        return one.earningsPoolPerRound[round].totalStake;
    }

    function _roundsManager() private view returns (IRoundsManager) {
        return IRoundsManager(_registered("RoundsManager"));
    }
}
