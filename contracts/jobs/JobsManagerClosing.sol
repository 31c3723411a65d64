// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IJobsManager} from "./IJobsManager.sol";
import {JobsState} from "./JobsState.sol";

/// @title TicketBroker, as far as a JobsManager that closes needs it
interface IFundable {
    /// Adds the ether sent to the deposit and the reserve of `account`.
    function fundDepositAndReserveFor(address account, uint256 depositAmount, uint256 reserveAmount) external payable;
}

/// @title JobsManager with its doors shut: what lies in it goes to where it belongs
/// @notice Nothing comes in any more: no deposit, no job, no claim of work. Claims that can be paid are paid. Then each
/// deposit leaves the Minter, which keeps ether for one JobsManager only, waits here while the TicketBroker takes that
/// place, and becomes the same account's deposit there. At any time its owner can withdraw it instead.
/// @dev An upgrade of JobsManager. Storage: 2..11 unchanged, 12 collected. A claim that could still be punished when the
/// doors were shut goes unpunished, so they are shut when there is none.
contract JobsManagerClosing is JobsState {
    /// Ether that waits here for the TicketBroker, by whose deposit it was, in wei.
    mapping(address account => uint256 amountWei) public collected;

    event EscrowReturned(uint256 indexed jobId, address indexed broadcaster, uint256 amount);
    event DepositCollected(address indexed broadcaster, uint256 amount);
    event DepositMoved(address indexed broadcaster, uint256 amount);

    /// Nothing new is taken.
    error JobsClosed();

    /// The transcoder of this claim can be paid, so its escrow is not given back.
    error JobsClaimPayable(uint256 jobId, uint256 claimId);

    /// There is no TicketBroker that the Minter keeps ether for.
    error JobsNotReplaced();

    constructor(address initialController) JobsState(initialController) {}

    /// What the Minter pays out for those who are to get it.
    receive() external payable {
        if (msg.sender != address(_minter())) revert JobsClosed();
    }

    /// Pays each of `claimIds`, all or none.
    function batchDistributeFees(uint256 jobId, uint256[] calldata claimIds) external whenSystemNotPaused {
        for (uint256 i = 0; i < claimIds.length; ++i) {
            distributeFees(jobId, claimIds[i]);
        }
    }

    /// Gives the escrow of jobs back to who paid it, where nobody can be paid from it. What was punished has given its
    /// escrow back already; this is for claims whose transcoder has resigned since.
    function returnEscrow(uint256[] calldata jobIds) external onlyControllerOwner {
        for (uint256 i = 0; i < jobIds.length; ++i) {
            Job storage job = _job(jobIds[i]);
            _requireUnpayable(job, jobIds[i]);
            uint256 amount = job.escrow;
            if (amount == 0) continue;
            job.escrow = 0;
            broadcasters[job.broadcasterAddress].deposit += amount;
            emit EscrowReturned(jobIds[i], job.broadcasterAddress, amount);
        }
    }

    /// Takes the deposits of `accounts` out of the Minter. Anyone may call; an account without one is passed over.
    function collectDeposits(address[] calldata accounts) external whenSystemNotPaused {
        uint256 sum;
        for (uint256 i = 0; i < accounts.length; ++i) {
            uint256 amount = broadcasters[accounts[i]].deposit;
            if (amount == 0) continue;
            delete broadcasters[accounts[i]];
            collected[accounts[i]] += amount;
            sum += amount;
            emit DepositCollected(accounts[i], amount);
        }
        if (sum > 0) _minter().trustedWithdrawETH(payable(address(this)), sum);
    }

    /// Makes what was collected of `accounts` their deposits in the TicketBroker. Anyone may call.
    function moveDeposits(address[] calldata accounts) external {
        address broker = _registered("TicketBroker");
        if (broker == address(0) || broker != _registered("JobsManager")) revert JobsNotReplaced();
        for (uint256 i = 0; i < accounts.length; ++i) {
            uint256 amount = _takeCollected(accounts[i]);
            if (amount == 0) continue;
            emit DepositMoved(accounts[i], amount);
            IFundable(broker).fundDepositAndReserveFor{value: amount}(accounts[i], amount, 0);
        }
    }

    /// Pays the caller its whole deposit, wherever it waits.
    function withdraw() external whenSystemNotPaused {
        uint256 amount = broadcasters[msg.sender].deposit;
        delete broadcasters[msg.sender];
        uint256 waiting = _takeCollected(msg.sender);
        emit Withdraw(msg.sender);
        if (amount > 0) _minter().trustedWithdrawETH(payable(msg.sender), amount);
        if (waiting > 0) Address.sendValue(payable(msg.sender), waiting);
    }

    /// @inheritdoc IJobsManager
    /// @dev Verdicts come too late.
    function receiveVerification(uint256, uint256, uint256, bool) external pure {
        revert JobsClosed();
    }

    /// Pays a claim that can no longer be punished to the transcoder and its delegators. Anyone may call.
    function distributeFees(uint256 jobId, uint256 claimId) public whenSystemNotPaused {
        Job storage job = _job(jobId);
        Claim storage claim = _pendingClaim(jobId, claimId);
        if (claim.endVerificationSlashingBlock > _blockNum()) {
            revert JobsClaimNotFinal(claim.endVerificationSlashingBlock);
        }
        uint256 fees = _fees(job, claim.segmentRange);
        if (fees > job.escrow) revert JobsInsufficientEscrow(fees, job.escrow);
        job.escrow -= fees;
        claim.status = ClaimStatus.Complete;
        emit DistributeFees(job.transcoderAddress, jobId, claimId, fees);
        _bondingManager().updateTranscoderWithFees(job.transcoderAddress, fees, job.creationRound);
    }

    function _takeCollected(address account) private returns (uint256 amount) {
        amount = collected[account];
        collected[account] = 0;
    }

    /// @dev A call that fails for want of gas must not look like a transcoder that cannot be paid, so what the
    /// BondingManager asks is asked here.
    function _requireUnpayable(Job storage job, uint256 jobId) private view {
        address account = job.transcoderAddress;
        bool isPayable =
            _bondingManager().isRegisteredTranscoder(account) && _bondingManager().isActiveTranscoder(account);
        for (uint256 i = 0; i < job.claims.length; ++i) {
            Claim storage claim = job.claims[i];
            if (claim.status != ClaimStatus.Pending) continue;
            if (claim.endVerificationSlashingBlock > _blockNum()) {
                revert JobsClaimNotFinal(claim.endVerificationSlashingBlock);
            }
            if (isPayable && _fees(job, claim.segmentRange) <= job.escrow) revert JobsClaimPayable(jobId, i);
        }
    }
}
