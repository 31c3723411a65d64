// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GovernorUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/GovernorUpgradeable.sol";

import {Percentage} from "../math/Percentage.sol";

/// @title Votes of transcoders that their delegators can override
/// @notice A transcoder votes with all that is delegated to it. A delegator that votes itself takes its own stake out
/// of its transcoder's vote, whichever of them votes first. Everybody votes once.
/// @dev A counting module for OpenZeppelin's upgradeable Governor 4.9. Storage, relative: 0 _proposalTallies, 1 quota,
/// 2..49 a gap.
///
/// What must hold: at the snapshot of a proposal a transcoder has at least the votes of all its delegators together.
/// Then the tallies of a proposal add up to the stake that was voted with, counted once, and no subtraction below can
/// fail.
abstract contract GovernorCountingOverridable is GovernorUpgradeable {
    enum VoteType {
        Against,
        For,
        Abstain
    }

    /// @param deductions Votes of the delegators that voted themselves, in units of 1e-18 LPT.
    struct ProposalVoterState {
        bool hasVoted;
        VoteType support;
        uint256 deductions;
    }

    struct ProposalTally {
        uint256 againstVotes;
        uint256 forVotes;
        uint256 abstainVotes;
        mapping(address account => ProposalVoterState state) voters;
    }

    mapping(uint256 proposalId => ProposalTally tally) private _proposalTallies;

    /// Votes for a proposal that it needs among those for and against it, parts per million.
    uint256 public quota;

    /// @dev Later variables of this module are taken from here, so that those of others do not move.
    uint256[48] private __gap;

    /// There is no such choice.
    error InvalidVoteType(uint8 voteType);

    /// The account has voted on this proposal.
    error VoteAlreadyCast();

    /// More than 100%.
    error GovernorCountingInvalidQuota(uint256 quota);

    /// Votes against, for and of abstention so far, in units of 1e-18 LPT.
    function proposalVotes(uint256 proposalId)
        public
        view
        returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes)
    {
        ProposalTally storage tally = _proposalTallies[proposalId];
        return (tally.againstVotes, tally.forVotes, tally.abstainVotes);
    }

    /// Whether `account` has voted on the proposal.
    function hasVoted(uint256 proposalId, address account) public view override returns (bool) {
        return _proposalTallies[proposalId].voters[account].hasVoted;
    }

    /// The choices, and that all of them count for the quorum.
    function COUNTING_MODE() public pure override returns (string memory) {
        return "support=bravo&quorum=for,abstain,against";
    }

    function _setQuota(uint256 newQuota) internal onlyInitializing {
        if (!Percentage.isValid(newQuota)) revert GovernorCountingInvalidQuota(newQuota);
        quota = newQuota;
    }

    /// @dev Takes what `account` votes with into the tally. `weight` are all its votes; those of its delegators that
    /// vote themselves are taken out.
    function _countVote(uint256 proposalId, address account, uint8 support, uint256 weight, bytes memory)
        internal
        override
    {
        if (support > uint8(VoteType.Abstain)) revert InvalidVoteType(support);
        ProposalTally storage tally = _proposalTallies[proposalId];
        ProposalVoterState storage voter = tally.voters[account];
        if (voter.hasVoted) revert VoteAlreadyCast();
        voter.hasVoted = true;
        voter.support = VoteType(support);

        address delegate = _delegateAt(account, proposalSnapshot(proposalId));
        if (delegate == account) {
            weight -= voter.deductions;
            _transcoderVoted(proposalId, weight);
        } else {
            ProposalVoterState storage transcoder = tally.voters[delegate];
            transcoder.deductions += weight;
            if (transcoder.hasVoted) {
                _takeOut(tally, transcoder.support, weight);
                _transcoderOverridden(proposalId, weight);
            }
        }
        _putIn(tally, voter.support, weight);
    }

    /// @dev A transcoder voted with `weight`, its delegators that voted before it taken out. For governors that count more.
    function _transcoderVoted(uint256 proposalId, uint256 weight) internal virtual {}

    /// @dev `weight` was taken out of the vote of a transcoder, whose delegator voted after it.
    function _transcoderOverridden(uint256 proposalId, uint256 weight) internal virtual {}

    /// @dev The account whose votes contain those of `account` at the end of `round`.
    function _delegateAt(address account, uint256 round) internal view virtual returns (address);

    function _quorumReached(uint256 proposalId) internal view virtual override returns (bool) {
        ProposalTally storage tally = _proposalTallies[proposalId];
        return tally.againstVotes + tally.forVotes + tally.abstainVotes >= quorum(proposalSnapshot(proposalId));
    }

    /// @dev As deployed: a tie succeeds at a quota of one half, and since nothing is enough of nothing, so does a proposal
    /// on which everybody abstained.
    function _voteSucceeded(uint256 proposalId) internal view virtual override returns (bool) {
        ProposalTally storage tally = _proposalTallies[proposalId];
        uint256 forVotes = tally.forVotes;
        return forVotes >= Percentage.percentOf(tally.againstVotes + forVotes, quota);
    }

    function _putIn(ProposalTally storage tally, VoteType support, uint256 weight) private {
        if (support == VoteType.Against) tally.againstVotes += weight;
        else if (support == VoteType.For) tally.forVotes += weight;
        else tally.abstainVotes += weight;
    }

    function _takeOut(ProposalTally storage tally, VoteType support, uint256 weight) private {
        if (support == VoteType.Against) tally.againstVotes -= weight;
        else if (support == VoteType.For) tally.forVotes -= weight;
        else tally.abstainVotes -= weight;
    }
}
