// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GovernorUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/GovernorUpgradeable.sol";
import {CheckpointsUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/CheckpointsUpgradeable.sol";
import {SafeCastUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/math/SafeCastUpgradeable.sol";

import {Percentage} from "../math/Percentage.sol";
import {BondingVotesGovernor} from "./BondingVotesGovernor.sol";
import {GovernorCountingOverridable} from "./GovernorCountingOverridable.sol";

/// @title StakeGovernor: the stake decides about the protocol
/// @notice What succeeds is queued in the StakeTimelock, which owns the Controller, and executed by it. A vote succeeds
/// when enough of the active stake took part, enough of it by the vote of transcoders, and more than the quota of the
/// votes for and against are for. Ties and abstentions alone never succeed, and a success lapses when nobody queues it.
/// @dev Behind a ManagerProxy. Storage after that of the base: 556 _transcoderVotes, 557 _transcoderQuorumHistory.
contract StakeGovernor is BondingVotesGovernor {
    using CheckpointsUpgradeable for CheckpointsUpgradeable.Trace224;

    /// Rounds after its last one in which a vote that succeeded can be queued.
    uint256 public constant QUEUE_ROUNDS = 30;

    mapping(uint256 proposalId => uint256 weight) private _transcoderVotes;

    CheckpointsUpgradeable.Trace224 private _transcoderQuorumHistory;

    /// More than 100%.
    error StakeGovernorInvalidTranscoderQuorum(uint256 transcoderQuorum);

    event TranscoderQuorumSet(uint256 oldTranscoderQuorum, uint256 newTranscoderQuorum);

    constructor(address initialController) BondingVotesGovernor(initialController) {}

    /// Takes the registered StakeTimelock and BondingVotes, and the rules: delay and period in rounds, threshold in units
    /// of 1e-18 LPT, quorum (of the active stake), quota (of the votes for and against) and transcoder quorum (of the
    /// active stake) in parts per million. Once.
    /// @dev Only the owner of the Controller, so that nobody can choose the rules between registration and this call.
    function initialize(
        uint256 initialVotingDelay,
        uint256 initialVotingPeriod,
        uint256 initialProposalThreshold,
        uint256 initialQuorum,
        uint256 initialQuota,
        uint256 initialTranscoderQuorum
    ) external onlyControllerOwner initializer {
        _initializeGovernor(
            "StakeGovernor",
            "StakeTimelock",
            initialVotingDelay,
            initialVotingPeriod,
            initialProposalThreshold,
            initialQuorum,
            initialQuota
        );
        _setTranscoderQuorum(initialTranscoderQuorum);
    }

    /// Sets the share of the active stake that transcoders must vote with, parts per million, for snapshots from the
    /// current round on. Only by a vote.
    function setTranscoderQuorum(uint256 newTranscoderQuorum) external onlyGovernance {
        _setTranscoderQuorum(newTranscoderQuorum);
    }

    /// What transcoders voted with so far, whatever their choices: their own stake and that of the delegators who did not
    /// vote themselves, in units of 1e-18 LPT.
    function transcoderVotes(uint256 proposalId) public view returns (uint256) {
        return _transcoderVotes[proposalId];
    }

    /// Share of the active stake that transcoders must vote with, parts per million.
    function transcoderQuorum() public view returns (uint256) {
        return _transcoderQuorumHistory.latest();
    }

    /// What transcoders must vote with when the snapshot is the end of `round`, in units of 1e-18 LPT, rounded down as
    /// `quorum` is.
    function requiredTranscoderVotes(uint256 round) public view returns (uint256) {
        uint256 share = _transcoderQuorumHistory.upperLookupRecent(SafeCastUpgradeable.toUint32(round));
        return Percentage.percentOf(token.getPastTotalSupply(round), share);
    }

    /// State of a vote. One that succeeded and was not queued within `QUEUE_ROUNDS` is expired: the stake of long ago
    /// does not decide today.
    function state(uint256 proposalId) public view override returns (ProposalState current) {
        current = super.state(proposalId);
        if (current == ProposalState.Succeeded && clock() > proposalDeadline(proposalId) + QUEUE_ROUNDS) {
            current = ProposalState.Expired;
        }
    }

    /// @dev Both quorums: of all stake that voted, and of that which transcoders voted with.
    function _quorumReached(uint256 proposalId)
        internal
        view
        override(GovernorUpgradeable, GovernorCountingOverridable)
        returns (bool)
    {
        return super._quorumReached(proposalId)
            && _transcoderVotes[proposalId] >= requiredTranscoderVotes(proposalSnapshot(proposalId));
    }

    /// @dev More than the quota, without rounding.
    function _voteSucceeded(uint256 proposalId)
        internal
        view
        override(GovernorUpgradeable, GovernorCountingOverridable)
        returns (bool)
    {
        (uint256 againstVotes, uint256 forVotes,) = proposalVotes(proposalId);
        return forVotes * Percentage.ONE > (forVotes + againstVotes) * quota;
    }

    function _transcoderVoted(uint256 proposalId, uint256 weight) internal override {
        _transcoderVotes[proposalId] += weight;
    }

    function _transcoderOverridden(uint256 proposalId, uint256 weight) internal override {
        _transcoderVotes[proposalId] -= weight;
    }

    function _setTranscoderQuorum(uint256 newTranscoderQuorum) private {
        if (!Percentage.isValid(newTranscoderQuorum)) revert StakeGovernorInvalidTranscoderQuorum(newTranscoderQuorum);
        emit TranscoderQuorumSet(transcoderQuorum(), newTranscoderQuorum);
        _transcoderQuorumHistory.push(SafeCastUpgradeable.toUint32(clock()), SafeCastUpgradeable.toUint224(newTranscoderQuorum));
    }
}
