// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakeGovernor} from "../../governance/StakeGovernor.sol";
import {StakeTimelock} from "../../governance/StakeTimelock.sol";
import {VetoGuardian} from "../../governance/VetoGuardian.sol";
import {CurrentProtocol} from "./CurrentProtocol.sol";

/// @title The protocol of today, owned by those with stake
/// @dev Of 4,000 LPT that are active `big` has 700 and 300 of `delegator`, `second` 400, `silent` 2,600. The treasury of the
/// base is there, too, with a governor of its own.
abstract contract StakePhase is CurrentProtocol {
    uint8 internal constant AGAINST = 0;
    uint8 internal constant FOR = 1;
    uint8 internal constant ABSTAIN = 2;
    uint256 internal constant DELAY_SECONDS = 1 days;
    uint256 internal constant VETO_SECONDS = 365 days;
    uint256 internal constant TRANSCODER_QUORUM = 200_000;

    StakeGovernor internal stakeGovernor;
    StakeTimelock internal timelock;
    VetoGuardian internal veto;

    address internal big;
    address internal delegator;
    address internal second;
    address internal silent;
    address internal guardian;
    uint256 internal vetoEnd;

    function setUp() public virtual override {
        super.setUp();
        (big, delegator, second) = (account("big"), account("delegator"), account("second"));
        (silent, guardian) = (account("silent"), account("guardian"));
        bonding.setNumActiveTranscoders(10);
        bondTranscoder(big, 700 * LPT, 0, 0);
        bond(delegator, 300 * LPT, big);
        bondTranscoder(second, 400 * LPT, 0, 0);
        bondTranscoder(silent, 2_600 * LPT, 0, 0);

        address target = address(new StakeGovernor(address(controller)));
        stakeGovernor = StakeGovernor(payable(deployProxied("StakeGovernor", target)));
        vetoEnd = vm.getBlockTimestamp() + VETO_SECONDS;
        timelock = new StakeTimelock(DELAY_SECONDS, address(stakeGovernor), guardian, vetoEnd);
        veto = VetoGuardian(timelock.vetoGuardian());
        register("StakeTimelock", address(timelock));
        stakeGovernor.initialize(1, 3, 100 * LPT, 333_300, 500_000, TRANSCODER_QUORUM);
        controller.transferOwnership(address(timelock));
        nextRound();
        nextRound();
    }

    /// A vote about one call, open as of now.
    function propose(address target, bytes memory data) internal returns (uint256 id) {
        (address[] memory targets, uint256[] memory values, bytes[] memory payloads) = single(target, data);
        vm.prank(big);
        id = stakeGovernor.propose(targets, values, payloads, "why");
        nextRound();
        nextRound();
    }

    function single(address target, bytes memory data)
        internal
        pure
        returns (address[] memory targets, uint256[] memory values, bytes[] memory payloads)
    {
        targets = new address[](1);
        values = new uint256[](1);
        payloads = new bytes[](1);
        targets[0] = target;
        payloads[0] = data;
    }

    function vote(address who, uint256 id, uint8 support) internal {
        vm.prank(who);
        stakeGovernor.castVote(id, support);
    }

    /// Votes with a majority that reaches every quorum, and ends the vote.
    function pass(uint256 id) internal {
        vote(big, id, FOR);
        vote(second, id, FOR);
        skipRounds(3);
    }

    function queue(address target, bytes memory data) internal returns (bytes32 operationId) {
        (address[] memory targets, uint256[] memory values, bytes[] memory payloads) = single(target, data);
        stakeGovernor.queue(targets, values, payloads, keccak256("why"));
        operationId = timelock.hashOperationBatch(targets, values, payloads, 0, keccak256("why"));
    }

    function execute(address target, bytes memory data) internal {
        (address[] memory targets, uint256[] memory values, bytes[] memory payloads) = single(target, data);
        stakeGovernor.execute(targets, values, payloads, keccak256("why"));
    }

    function stateOf(uint256 id) internal view returns (uint256) {
        return uint256(stakeGovernor.state(id));
    }
}
