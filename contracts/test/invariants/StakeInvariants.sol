// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingState} from "../../bonding/BondingState.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";
import {Actors} from "./Actors.sol";

/// @title What must hold after everything anybody does with stake
abstract contract StakeInvariants is LaunchProtocol {

    /// @dev Wei that may be lost to rounding per transcoder: a few per reward, fee and claim.
    uint256 internal constant DUST = 1e6;

    Actors internal people;

    function start(Actors newPeople) internal {
        people = newPeople;
        address[] memory actors = people.all();
        for (uint256 i = 0; i < actors.length; ++i) {
            token.transfer(actors[i], SUPPLY / 20);
            vm.deal(actors[i], 100 ether);
        }
        // Something to begin with: two transcoders, one delegator each, active.
        for (uint256 i = 0; i < 2; ++i) {
            bondTranscoder(actors[i], (1_000 + i) * LPT, 100_000 * (i + 1), 500_000);
            bond(actors[i + 2], 300 * LPT, actors[i]);
        }
        people.nextRound();
    }

    /// @dev Asked by forge: whose functions it may call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(people);
    }

    function checkSupply() public view {
        address[] memory actors = people.all();
        uint256 sum = token.balanceOf(address(this)) + token.balanceOf(address(minter))
            + token.balanceOf(controller.getContract(keccak256("Treasury"))) + token.balanceOf(address(people));
        for (uint256 i = 0; i < actors.length; ++i) sum += token.balanceOf(actors[i]);
        assertEq(sum, token.totalSupply(), "sum of balances");
    }

    /// @dev To the wei: every token in the vault is delegated to somebody or under a lock.
    function checkVaultTokens() public view {
        address[] memory actors = people.all();
        uint256 accounted;
        uint256 owed;
        for (uint256 i = 0; i < actors.length; ++i) {
            uint256 locked = people.locksOf(actors[i]);
            accounted += bonding.transcoderTotalStake(actors[i]) + locked;
            (uint256 hidden,) = people.hiddenEarnings(actors[i]);
            owed += bonding.pendingStake(actors[i], 0) + hidden + locked;
        }
        assertGe(token.balanceOf(address(minter)), owed, "tokens in the vault");
        assertEq(token.balanceOf(address(minter)), accounted, "stake and locks");
    }

    function checkVaultEther(uint256 owedElsewhere) internal view {
        address[] memory actors = people.all();
        uint256 owed = owedElsewhere;
        for (uint256 i = 0; i < actors.length; ++i) {
            (, uint256 hidden) = people.hiddenEarnings(actors[i]);
            owed += bonding.pendingFees(actors[i], 0) + hidden;
        }
        assertGe(address(minter).balance, owed, "ether in the vault");
    }

    function checkTranscoders() public view {
        address[] memory actors = people.all();
        for (uint256 i = 0; i < actors.length; ++i) {
            uint256 delegated = bonding.transcoderTotalStake(actors[i]);
            uint256 promised = people.promisedBy(actors[i]);
            assertLe(promised, delegated, "stake promised to delegators");
            assertLe(delegated - promised, people.forfeited(actors[i]) + DUST, "stake that is nobody's");
        }
    }

    function checkPool() public view {
        address id = bonding.getFirstTranscoderInPool();
        uint256 size;
        uint256 sum;
        uint256 previous = type(uint256).max;
        for (; id != address(0); id = bonding.getNextTranscoderInPool(id)) {
            uint256 stake = bonding.transcoderTotalStake(id);
            assertLe(stake, previous, "order of the pool");
            assertTrue(bonding.isRegisteredTranscoder(id), "member of the pool that is no transcoder");
            previous = stake;
            sum += stake;
            ++size;
        }
        assertEq(size, bonding.getTranscoderPoolSize(), "size of the pool");
        assertLe(size, bonding.getTranscoderPoolMaxSize(), "size of the pool");
        assertEq(sum, bonding.nextRoundTotalActiveStake(), "active stake of the next round");
    }

    function checkActiveSet() public view {
        uint256 round = rounds.lastInitializedRound();
        BondingState.ElectionCandidate[] memory candidates = bonding.getElectionCandidates(round);
        uint256 sum;
        for (uint256 i = 0; i < candidates.length; ++i) {
            sum += candidates[i].stake;
            (uint256 written,,,,) = bonding.getTranscoderEarningsPoolForRound(candidates[i].transcoder, round);
            if (written > 0) assertEq(written, candidates[i].stake, "stake in the round");
        }
        assertEq(sum, bonding.currentRoundTotalActiveStake(), "active stake of this round");
    }

    function checkMinted() public view {
        assertLe(minter.currentMintedTokens(), minter.currentMintableTokens(), "minted in this round");
        assertLe(token.totalSupply(), SUPPLY + people.mintable(), "minted in all rounds");
    }

    function checkStake() internal view {
        checkSupply();
        checkVaultTokens();
        checkTranscoders();
        checkPool();
        checkActiveSet();
        checkMinted();
    }

    /// @dev One call by number, for sequences that every run repeats.
    function act(bytes4[] memory actions, uint256 seed) internal {
        bytes32 random = keccak256(abi.encode("sequence", seed));
        bytes4 action = actions[uint256(random) % actions.length];
        bytes memory data = abi.encodePacked(
            action,
            keccak256(abi.encode(random, 1)),
            keccak256(abi.encode(random, 2)),
            keccak256(abi.encode(random, 3)),
            keccak256(abi.encode(random, 4))
        );
        (bool success, bytes memory reason) = address(people).call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(reason, 32), mload(reason))
            }
        }
    }

    function stakeActions() internal pure returns (bytes4[16] memory) {
        return [
            Actors.bond.selector,
            Actors.bondToOneself.selector,
            Actors.bondFor.selector,
            Actors.transferBond.selector,
            Actors.unbond.selector,
            Actors.rebond.selector,
            Actors.rebondFromUnbonded.selector,
            Actors.withdrawStake.selector,
            Actors.withdrawFees.selector,
            Actors.claimEarnings.selector,
            Actors.setTerms.selector,
            Actors.reward.selector,
            Actors.rewardAll.selector,
            Actors.passBlocks.selector,
            Actors.nextRound.selector,
            Actors.skipRounds.selector
        ];
    }

    function assertSucceeded(string memory action) internal view {
        assertGe(people.successes(action), 1, action);
    }

    function assertStakeActionsSucceeded() internal view {
        string[14] memory names = [
            "bond",
            "bondToOneself",
            "bondFor",
            "transferBond",
            "unbond",
            "rebond",
            "rebondFromUnbonded",
            "withdrawStake",
            "withdrawFees",
            "claimEarnings",
            "setTerms",
            "reward",
            "initializeRound",
            "changeRoundLength"
        ];
        for (uint256 i = 0; i < names.length; ++i) assertSucceeded(names[i]);
    }
}
