// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../../bonding/IBondingManager.sol";
import {Delegators2018} from "./LaunchDelegators.sol";
import {StakeReads2018} from "./StakeReads2018.sol";
import {StakeSettings2018} from "./StakeSettings2018.sol";

/// @title BondingManager of the 2018 launch: stake leaves as a whole
/// @notice Who unbonds keeps its `bondedAmount`, without a delegate, until it withdraws all of it from `withdrawRound` on.
/// @dev For rehearsals of Tributary, the upgrade of August 2018 (BondingManagerTributary2018).
contract BondingManagerLaunch2018 is Delegators2018, StakeReads2018 {
    enum DelegatorStatus {
        Pending,
        Bonded,
        Unbonding,
        Unbonded
    }

    event Bond(address indexed delegate, address indexed delegator);
    event Unbond(address indexed delegate, address indexed delegator);
    event WithdrawStake(address indexed delegator);

    constructor(address initialController) StakeSettings2018(initialController) {}

    /// Takes all of the caller's stake out. It can be withdrawn after the unbonding period.
    function unbond() external whenSystemNotPaused currentRoundInitialized {
        _claimUpToNow(msg.sender);
        if (delegatorStatus(msg.sender) != DelegatorStatus.Bonded) revert IBondingManager.BondingNotBonded(msg.sender);
        Delegator storage self = delegators[msg.sender];
        address delegate = self.delegateAddress;
        self.delegateAddress = address(0);
        self.startRound = 0;
        self.withdrawRound = _currentRound() + unbondingPeriod;
        _leavePool(msg.sender);
        _removeStake(delegate, self.bondedAmount);
        emit Unbond(delegate, msg.sender);
    }

    /// Pays the caller all stake that it unbonded, once its round has come.
    function withdrawStake() external whenSystemNotPaused currentRoundInitialized {
        if (delegatorStatus(msg.sender) != DelegatorStatus.Unbonded) {
            revert IBondingManager.BondingNotUnbonded(msg.sender);
        }
        Delegator storage self = delegators[msg.sender];
        uint256 amount = self.bondedAmount;
        self.bondedAmount = 0;
        self.withdrawRound = 0;
        emit WithdrawStake(msg.sender);
        _minter().trustedTransferTokens(msg.sender, amount);
    }

    /// An account's stake, fees and delegation; all as of its last claim.
    function getDelegator(address account)
        external
        view
        returns (
            uint256 bondedAmount,
            uint256 fees,
            address delegateAddress,
            uint256 delegatedAmount,
            uint256 startRound,
            uint256 withdrawRound,
            uint256 lastClaimRound
        )
    {
        Delegator storage self = delegators[account];
        return (
            self.bondedAmount,
            self.fees,
            self.delegateAddress,
            self.delegatedAmount,
            self.startRound,
            self.withdrawRound,
            self.lastClaimRound
        );
    }

    /// Unbonding until the withdraw round, unbonded from then on; pending until the round after bonding begins.
    function delegatorStatus(address account) public view returns (DelegatorStatus) {
        Delegator storage self = delegators[account];
        uint256 round = _currentRound();
        if (self.withdrawRound > 0) {
            return round < self.withdrawRound ? DelegatorStatus.Unbonding : DelegatorStatus.Unbonded;
        }
        if (self.startRound == 0) return DelegatorStatus.Unbonded;
        return self.startRound > round ? DelegatorStatus.Pending : DelegatorStatus.Bonded;
    }

    function _emitBond(address to, address, uint256, uint256) internal override {
        emit Bond(to, msg.sender);
    }
}
