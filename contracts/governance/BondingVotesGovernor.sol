// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GovernorUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/GovernorUpgradeable.sol";
import {IGovernorUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/IGovernorUpgradeable.sol";
import {TimelockControllerUpgradeable} from
    "@openzeppelin/contracts-upgradeable/governance/TimelockControllerUpgradeable.sol";
import {GovernorSettingsUpgradeable} from
    "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorSettingsUpgradeable.sol";
import {GovernorTimelockControlUpgradeable} from
    "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorTimelockControlUpgradeable.sol";
import {GovernorVotesQuorumFractionUpgradeable} from
    "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesQuorumFractionUpgradeable.sol";
import {GovernorVotesUpgradeable} from
    "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesUpgradeable.sol";
import {IERC5805Upgradeable} from "@openzeppelin/contracts-upgradeable/interfaces/IERC5805Upgradeable.sol";

import {Percentage} from "../math/Percentage.sol";
import {ManagerProxyTarget} from "../registry/ManagerProxyTarget.sol";
import {GovernorCountingOverridable} from "./GovernorCountingOverridable.sol";
import {IBondingVotes} from "./IBondingVotes.sol";

/// @title A governor in which stake votes, and rounds are the clock
/// @notice Whoever has enough votes proposes calls. Stake as it is at the end of the snapshot round votes on them for
/// some rounds, and what succeeds is queued in a timelock and executed by it. Times are counted in rounds.
/// @dev Behind a ManagerProxy. On OpenZeppelin's upgradeable Governor 4.9, unlike the rest of the suite: the published
/// storage of the LivepeerGovernor and the published votes by signature are those of that version, and its errors are
/// strings.
///
///     0 controller, 1 targetContractId               proxy, hence ManagerProxyTarget is the first base
///     2 _initialized, _initializing                  Initializable
///     103..106 name and version of signatures        EIP712Upgradeable
///     255 _name   256 _proposals   257 _governanceCall
///     305 _votingDelay   306 _votingPeriod   307 _proposalThreshold
///     355 _timelock   356 _timelockIds   405 token   457 _quorumNumeratorHistory
///     506 _proposalTallies   507 quota                GovernorCountingOverridable, ends at 555
///
/// Nothing may be added here: what a governor has of its own is appended after 555. The timelock must have the governor
/// as proposer, canceller and executor.
abstract contract BondingVotesGovernor is
    ManagerProxyTarget,
    GovernorUpgradeable,
    GovernorSettingsUpgradeable,
    GovernorTimelockControlUpgradeable,
    GovernorVotesUpgradeable,
    GovernorVotesQuorumFractionUpgradeable,
    GovernorCountingOverridable
{
    /// `name` must be registered before this contract can work with it.
    error BondingVotesGovernorNotRegistered(string name);

    constructor(address initialController) ManagerProxyTarget(initialController) {
        _disableInitializers();
    }

    /// @dev What every governor of this kind is initialized with; see the `initialize` of each.
    function _initializeGovernor(
        string memory governorName,
        string memory timelockName,
        uint256 initialVotingDelay,
        uint256 initialVotingPeriod,
        uint256 initialProposalThreshold,
        uint256 initialQuorum,
        uint256 initialQuota
    ) internal onlyInitializing {
        __Governor_init(governorName);
        __GovernorSettings_init(initialVotingDelay, initialVotingPeriod, initialProposalThreshold);
        __GovernorTimelockControl_init(TimelockControllerUpgradeable(payable(_required(timelockName))));
        __GovernorVotes_init(IERC5805Upgradeable(votes()));
        __GovernorVotesQuorumFraction_init(initialQuorum);
        _setQuota(initialQuota);
    }

    /// Takes the BondingVotes that is registered now. Anyone may call it.
    /// @dev Votes that are under way are counted on with the new one: without the stake of their snapshot in it there
    /// is no quorum to reach. Register another BondingVotes between votes, or with the history of this one.
    function bumpGovernorVotesTokenAddress() external {
        token = IERC5805Upgradeable(votes());
    }

    /// The registered BondingVotes. Votes are counted by `token`, the one that was registered when it was last taken.
    function votes() public view returns (address) {
        return _required("BondingVotes");
    }

    /// The current round.
    /// @dev Without the fallback to block numbers of the base: a proposal must not end because the rounds cannot be
    /// read.
    function clock() public view override(IGovernorUpgradeable, GovernorVotesUpgradeable) returns (uint48) {
        return token.clock();
    }

    /// Quorums are in parts per million.
    function quorumDenominator() public pure override returns (uint256) {
        return Percentage.ONE;
    }

    /// @inheritdoc GovernorSettingsUpgradeable
    function proposalThreshold()
        public
        view
        override(GovernorUpgradeable, GovernorSettingsUpgradeable)
        returns (uint256)
    {
        return super.proposalThreshold();
    }

    /// @inheritdoc GovernorTimelockControlUpgradeable
    function state(uint256 proposalId)
        public
        view
        virtual
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (ProposalState)
    {
        return super.state(proposalId);
    }

    /// @inheritdoc GovernorTimelockControlUpgradeable
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (bool)
    {
        return super.supportsInterface(interfaceId);
    }

    function _delegateAt(address account, uint256 round) internal view override returns (address) {
        return IBondingVotes(address(token)).delegatedAt(account, round);
    }

    function _execute(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockControlUpgradeable) {
        super._execute(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockControlUpgradeable) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor()
        internal
        view
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (address)
    {
        return super._executor();
    }

    function _required(string memory name) private view returns (address registered) {
        registered = _registered(name);
        if (registered == address(0)) revert BondingVotesGovernorNotRegistered(name);
    }
}
