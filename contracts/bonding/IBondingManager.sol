// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Stake, delegation, rewards and fees
/// @dev The functions other contracts of the protocol call, and every event and error of the BondingManager.
interface IBondingManager {
    event TranscoderUpdate(address indexed transcoder, uint256 rewardCut, uint256 feeShare);

    /// The form of the 2018 launch, emitted besides the other one when a price per segment is set.
    event TranscoderUpdate(
        address indexed transcoder,
        uint256 pendingRewardCut,
        uint256 pendingFeeShare,
        uint256 pendingPricePerSegment,
        bool registered
    );
    event TranscoderActivated(address indexed transcoder, uint256 activationRound);
    event TranscoderDeactivated(address indexed transcoder, uint256 deactivationRound);
    event TranscoderSlashed(address indexed transcoder, address finder, uint256 penalty, uint256 finderReward);
    event Reward(address indexed transcoder, uint256 amount);
    event TreasuryReward(address indexed transcoder, address treasury, uint256 amount);
    event Bond(
        address indexed newDelegate,
        address indexed oldDelegate,
        address indexed delegator,
        uint256 additionalAmount,
        uint256 bondedAmount
    );
    event Unbond(
        address indexed delegate,
        address indexed delegator,
        uint256 unbondingLockId,
        uint256 amount,
        uint256 withdrawRound
    );
    event Rebond(address indexed delegate, address indexed delegator, uint256 unbondingLockId, uint256 amount);
    event TransferBond(
        address indexed oldDelegator,
        address indexed newDelegator,
        uint256 oldUnbondingLockId,
        uint256 newUnbondingLockId,
        uint256 amount
    );
    event WithdrawStake(address indexed delegator, uint256 unbondingLockId, uint256 amount, uint256 withdrawRound);
    event WithdrawFees(address indexed delegator, address recipient, uint256 amount);
    event EarningsClaimed(
        address indexed delegate,
        address indexed delegator,
        uint256 rewards,
        uint256 fees,
        uint256 startRound,
        uint256 endRound
    );

    /// `caller` is not the contract registered as `required`.
    error BondingUnauthorizedCaller(address caller, string required);

    /// `initializeRound` has not been called in this round.
    error BondingRoundNotInitialized();

    /// Cuts, shares and prices are frozen at the end of a round.
    error BondingRoundLocked();

    /// `value` of `param` is more than 100%.
    error BondingInvalidPercentage(string param, uint256 value);

    /// The pool of transcoders can only grow: `size` is not above `current`.
    error BondingPoolCannotShrink(uint256 size, uint256 current);

    /// `account` is not a transcoder: it has no stake bonded to itself.
    error BondingTranscoderNotRegistered(address account);

    /// `account` is not in the active set of this round.
    error BondingTranscoderNotActive(address account);

    /// An active transcoder changes its terms only after its reward of the round.
    error BondingRewardNotCalled(address account);

    /// The reward of this round was taken already.
    error BondingRewardAlreadyCalled(address account);

    /// A transcoder must stay its own delegate.
    error BondingTranscoderCannotDelegate(address account);

    /// Nobody can delegate to the null address.
    error BondingInvalidDelegate();

    /// Nobody but the null address would own the stake.
    error BondingInvalidDelegator();

    /// Only `owner` itself moves its stake to another delegate.
    error BondingDelegateChangeByOther(address owner);

    /// A claim now would cost `owner` the reward that its delegate has not called in this round.
    error BondingRewardPending(address owner);

    /// The amount is zero.
    error BondingZeroAmount();

    /// `account` has nothing bonded.
    error BondingNotBonded(address account);

    /// `account` still has stake bonded.
    error BondingNotUnbonded(address account);

    /// `amount` is more than the `available` amount.
    error BondingInsufficientAmount(uint256 amount, uint256 available);

    /// `account` has no unbonding lock with this id.
    error BondingInvalidUnbondingLock(address account, uint256 unbondingLockId);

    /// The unbonding lock opens in `withdrawRound`.
    error BondingLockNotExpired(uint256 withdrawRound);

    /// Fees cannot be paid to the null address.
    error BondingInvalidRecipient();

    /// There is no BondingVotes to tell of stake.
    error BondingVotesNotRegistered();

    /// Starts a round: freezes the stake and the candidates for election. Only the RoundsManager.
    function setCurrentRoundTotalActiveStake() external;

    /// Takes `slashAmount` (parts per million) of the transcoder's own stake; `finder` gets `finderFee` (parts per
    /// million) of it, the rest is burned. Only the JobsManager.
    function slashTranscoder(address transcoder, address finder, uint256 slashAmount, uint256 finderFee) external;

    /// Credits `fees` wei to the transcoder and its delegators. Only the JobsManager or the TicketBroker.
    function updateTranscoderWithFees(address transcoder, uint256 fees, uint256 round) external;

    /// The transcoder that a job of `round` falls to, drawn by stake with `blockHash` among the active transcoders whose
    /// price is at most `maxPricePerSegment`; the null address when there is none.
    function electActiveTranscoder(uint256 maxPricePerSegment, bytes32 blockHash, uint256 round)
        external
        view
        returns (address);

    /// Whether `transcoder` has stake bonded to itself.
    function isRegisteredTranscoder(address transcoder) external view returns (bool);

    /// Whether `transcoder` is in the active set of the current round.
    function isActiveTranscoder(address transcoder) external view returns (bool);

    /// How many transcoders the pool holds: the active set of the next round.
    function getTranscoderPoolSize() external view returns (uint256);

    /// Stake that counts as bonded for inflation: the active stake of the current round.
    function getTotalBonded() external view returns (uint256);

    /// Stake of `account` with everything earned so far, in units of 1e-18 LPT. The second argument is not used.
    function pendingStake(address account, uint256 endRound) external view returns (uint256);

    /// All stake delegated to `account`, its own included, in units of 1e-18 LPT.
    function transcoderTotalStake(address account) external view returns (uint256);

    /// Stake that will be active in the next round, in units of 1e-18 LPT.
    function nextRoundTotalActiveStake() external view returns (uint256);

    /// Stake, terms and cumulative factors of `account` in `round`; zero where the round set none.
    function getTranscoderEarningsPoolForRound(address account, uint256 round)
        external
        view
        returns (
            uint256 totalStake,
            uint256 transcoderRewardCut,
            uint256 transcoderFeeShare,
            uint256 cumulativeRewardFactor,
            uint256 cumulativeFeeFactor
        );
}
