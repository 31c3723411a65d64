// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingVotes} from "../../governance/BondingVotes.sol";
import {LivepeerGovernor} from "../../governance/LivepeerGovernor.sol";
import {Treasury} from "../../governance/Treasury.sol";
import {ITicketBroker} from "../../payments/ITicketBroker.sol";
import {TicketBroker} from "../../payments/TicketBroker.sol";
import {PreciseMinter} from "../../token/PreciseMinter.sol";
import {ScaledMinter} from "../../token/ScaledMinter.sol";
import {LaunchProtocol} from "./LaunchProtocol.sol";

/// @title The protocol as it is today: tickets instead of jobs, stake that votes, a treasury
/// @dev `FIRST_ROUND` has begun, with a treasury cut of 10% that applies from the next round on.
abstract contract CurrentProtocol is LaunchProtocol {
    uint256 internal constant VOTING_DELAY = 1;
    uint256 internal constant VOTING_PERIOD = 10;

    TicketBroker internal broker;
    BondingVotes internal votes;
    Treasury internal treasury;
    LivepeerGovernor internal governor;

    function setUp() public virtual override {
        super.setUp();
        votes = BondingVotes(deployProxied("BondingVotes", address(new BondingVotes(address(controller)))));
        treasury = new Treasury();
        register("Treasury", address(treasury));
        broker = TicketBroker(deployProxied("TicketBroker", address(new TicketBroker(address(controller)))));
        register("JobsManager", address(broker));
        broker.setUnlockPeriod(2);
        broker.setTicketValidityPeriod(2);
        governor = LivepeerGovernor(
            payable(deployProxied("LivepeerGovernor", address(new LivepeerGovernor(address(controller)))))
        );
        governor.initialize(VOTING_DELAY, VOTING_PERIOD, 100 * LPT, 333_300, 500_000);
        address[] memory proposers = new address[](1);
        proposers[0] = address(governor);
        treasury.initialize(0, proposers, proposers, address(0));
        bonding.setTreasuryRewardCutRate(1e26);
    }

    function newMinter() internal virtual override returns (ScaledMinter) {
        return new PreciseMinter(address(controller), 220_500, 500, 500_000_000);
    }

    /// A ticket of the present round from `sender`.
    function ticketOf(address sender, address recipient, uint256 faceValue, uint256 winProb, uint256 recipientRand)
        internal
        view
        returns (ITicketBroker.Ticket memory)
    {
        uint256 round = rounds.currentRound();
        return ITicketBroker.Ticket({
            recipient: recipient,
            sender: sender,
            faceValue: faceValue,
            winProb: winProb,
            senderNonce: 1,
            recipientRandHash: keccak256(abi.encodePacked(recipientRand)),
            auxData: abi.encode(round, rounds.blockHashForRound(round))
        });
    }
}
