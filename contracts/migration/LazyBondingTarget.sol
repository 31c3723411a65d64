// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";

import {DelegatorRecord} from "./DelegatorRecord.sol";
import {IBondingDelegation} from "./IBondingDelegation.sol";
import {SnapshotChunks} from "./SnapshotChunks.sol";

/// @title Target of a BondingManager's proxy that brings a delegator in from the chunks when a call is about it
/// @notice Every call goes on to the BondingManager. Before, whoever it acts on or asks about gets its words, once. Anyone
/// may do that for any account ahead of time.
/// @dev A call that cannot write, from another contract, about an account that is not there yet is refused: the answer
/// would be that of an account with nothing. A question from outside is answered as if the account were there. Nothing
/// else is kept in the proxy's storage, which becomes that of the snapshot account by account.
///
/// Once no record waits any more, the proxy can be given the BondingManager itself. Before, whoever is not there would lose
/// what it has.
contract LazyBondingTarget is Proxy {
    /// Where calls go on to.
    address public immutable implementation;

    /// Where delegators come from.
    SnapshotChunks public immutable chunks;

    /// @dev This contract itself, also where it runs in the storage of the proxy.
    address private immutable _self;

    /// @dev Enough to try a write, after the code was looked at.
    uint256 private constant PROBE_GAS = 2_000;

    /// `implementation` has no code, or `chunks` are not complete.
    error LazyBondingInvalid(address implementation, address chunks);

    /// `account` is not there yet, and this call may not write. `touch` it first.
    error LazyBondingNotTouched(address account);

    constructor(address initialImplementation, address initialChunks) {
        if (
            initialImplementation.code.length == 0 || initialChunks.code.length == 0
                || !SnapshotChunks(initialChunks).isSealed()
        ) {
            revert LazyBondingInvalid(initialImplementation, initialChunks);
        }
        implementation = initialImplementation;
        chunks = SnapshotChunks(initialChunks);
        _self = address(this);
    }

    /// Plain ether goes on like any other call.
    receive() external payable {
        _fallback();
    }

    /// Brings accounts in. Those that are there already, or never were in the snapshot, are passed over.
    function touch(address[] calldata accounts) external {
        for (uint256 index = 0; index < accounts.length; ++index) {
            _touch(accounts[index]);
        }
    }

    /// @dev Fails where nothing can be written, and changes nothing anywhere.
    function probe() external {
        assembly ("memory-safe") {
            tstore(0, 0)
        }
    }

    /// @inheritdoc Proxy
    function _implementation() internal view override returns (address) {
        return implementation;
    }

    /// @inheritdoc Proxy
    function _fallback() internal override {
        bytes4 selector = msg.sig;
        if (_isOfSender(selector)) _touch(msg.sender);
        if (_isOfFirst(selector)) _touchArgument(0);
        if (_isOfSecond(selector)) _touchArgument(1);
        if (selector == IBondingDelegation.bondForWithHint.selector) _touchArgument(2);
        super._fallback();
    }

    function _touchArgument(uint256 place) private {
        uint256 start = 4 + 32 * place;
        if (msg.data.length < start + 32) return;
        _touch(address(uint160(uint256(bytes32(msg.data[start:start + 32])))));
    }

    function _touch(address account) private {
        if (DelegatorRecord.hasClaimed(account)) return;
        if (!_canWrite()) {
            if (chunks.isWaiting(account)) revert LazyBondingNotTouched(account);
            return;
        }
        (uint256 first, uint256 second, address delegate) = chunks.take(account);
        if (first != 0) DelegatorRecord.store(first, second, delegate);
    }

    function _canWrite() private returns (bool can) {
        (can,) = _self.call{gas: PROBE_GAS}(abi.encodeCall(this.probe, ()));
    }

    /// @dev What acts on the caller as a delegator.
    function _isOfSender(bytes4 selector) private pure returns (bool) {
        return selector == IBondingDelegation.bond.selector || selector == IBondingDelegation.bondWithHint.selector
            || selector == IBondingDelegation.unbond.selector || selector == IBondingDelegation.unbondWithHint.selector
            || selector == IBondingDelegation.rebond.selector || selector == IBondingDelegation.rebondWithHint.selector
            || selector == IBondingDelegation.rebondFromUnbonded.selector
            || selector == IBondingDelegation.rebondFromUnbondedWithHint.selector
            || selector == IBondingDelegation.withdrawStake.selector
            || selector == IBondingDelegation.withdrawFees.selector
            || selector == IBondingDelegation.claimEarnings.selector
            || selector == IBondingDelegation.transferBond.selector;
    }

    /// @dev What acts on the delegator that is its first argument, or tells of it. A new delegate counts, too: its stake is
    /// written down for votes.
    function _isOfFirst(bytes4 selector) private pure returns (bool) {
        return selector == IBondingDelegation.transferBond.selector
            || selector == IBondingDelegation.slashTranscoder.selector
            || selector == IBondingDelegation.getDelegator.selector
            || selector == IBondingDelegation.pendingStake.selector
            || selector == IBondingDelegation.pendingFees.selector
            || selector == IBondingDelegation.delegatorStatus.selector
            || selector == IBondingDelegation.checkpointBondingState.selector
            || selector == IBondingDelegation.rebondFromUnbonded.selector
            || selector == IBondingDelegation.rebondFromUnbondedWithHint.selector;
    }

    /// @dev What acts on its second argument, an owner or a new delegate.
    function _isOfSecond(bytes4 selector) private pure returns (bool) {
        return selector == IBondingDelegation.bond.selector || selector == IBondingDelegation.bondWithHint.selector
            || selector == IBondingDelegation.bondForWithHint.selector;
    }
}
