// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IManager} from "../../registry/IManager.sol";
import {IRoundsManager} from "../../rounds/IRoundsManager.sol";
import {RoundsManager} from "../../rounds/RoundsManager.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";
import {Test} from "../support/Test.sol";

/// @dev Owner of what has it for a controller.
contract RoundsArithmeticTest is Test {
    RoundsManager private rounds;

    function setUp() public {
        rounds = new RoundsManager(address(this));
    }

    function owner() external view returns (address) {
        return address(this);
    }

    function test_beforeTheFirstLength_nothingCanBeAsked() public {
        vm.expectRevert();
        rounds.currentRound();
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsInvalidLength.selector));
        rounds.setRoundLength(0);
    }

    function test_firstLength_countsRoundsFromBlockZero() public {
        vm.roll(20_000_000);
        rounds.setRoundLength(5_760);
        assertEq(rounds.currentRound(), 20_000_000 / uint256(5_760));
        assertEq(rounds.currentRoundStartBlock(), 20_000_000 / uint256(5_760) * 5_760);
    }

    /// The round and its first block follow from the block number, for any length and any block.
    function testFuzz_rounds_containTheirBlock(uint32 firstBlock, uint16 length, uint32 blocks) public {
        vm.assume(length > 0);
        vm.roll(firstBlock);
        rounds.setRoundLength(length);
        vm.roll(uint256(firstBlock) + blocks);
        uint256 height = uint256(firstBlock) + blocks;
        assertEq(rounds.currentRound(), height / length);
        assertLe(rounds.currentRoundStartBlock(), height, "start");
        assertGe(rounds.currentRoundStartBlock() + length, height + 1, "end");
    }

    /// Any number of changes at any blocks leaves rounds without a gap: the round never falls, keeps its number and its
    /// first block at a change unless the new length is over already, and advances by one per length from there.
    function testFuzz_setRoundLength_neverGoesBackOrLosesARound(uint16[6] memory lengths, uint16[6] memory waits) public {
        vm.roll(10_000);
        rounds.setRoundLength(100);
        for (uint256 i = 0; i < lengths.length; ++i) {
            uint256 length = uint256(lengths[i]) + 1;
            vm.roll(vm.getBlockNumber() + waits[i]);
            uint256 round = rounds.currentRound();
            uint256 start = rounds.currentRoundStartBlock();
            uint256 elapsed = vm.getBlockNumber() - start;
            rounds.setRoundLength(length);
            assertEq(rounds.currentRound(), round + elapsed / length, "round after the change");
            assertEq(rounds.currentRoundStartBlock(), start + elapsed / length * length, "start after the change");
            vm.roll(rounds.currentRoundStartBlock() + length);
            assertEq(rounds.currentRound(), round + elapsed / length + 1, "next round");
            assertEq(rounds.currentRoundStartBlock(), vm.getBlockNumber(), "next start");
        }
    }

    function testFuzz_currentRoundLocked_isTheLastPartOfARound(uint16 length, uint256 lockAmount, uint16 elapsed) public {
        vm.assume(length > 0);
        lockAmount = bound(lockAmount, 0, 1_000_000);
        elapsed = uint16(bound(elapsed, 0, length - 1));
        vm.roll(uint256(length) * 7);
        rounds.setRoundLength(length);
        rounds.setRoundLockAmount(lockAmount);
        vm.roll(uint256(length) * 7 + elapsed);
        uint256 lockedBlocks = uint256(length) * lockAmount / 1_000_000;
        assertTrue(rounds.currentRoundLocked() == (length - elapsed <= lockedBlocks));
    }

    function test_setRoundLockAmount_takesAPercentage() public {
        rounds.setRoundLockAmount(1_000_000);
        expectError(IRoundsManager.RoundsInvalidPercentage.selector);
        rounds.setRoundLockAmount(1_000_001);
    }

    function test_setLIPUpgradeRound_writesOnce() public {
        rounds.setLIPUpgradeRound(36, 1_700);
        assertEq(rounds.lipUpgradeRound(36), 1_700);
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsUpgradeRoundAlreadySet.selector, 36));
        rounds.setLIPUpgradeRound(36, 1_701);
        // A round of zero is as good as none.
        rounds.setLIPUpgradeRound(71, 0);
        rounds.setLIPUpgradeRound(71, 2_000);
    }

    function test_blockHash_reachesBack256Blocks() public {
        vm.roll(1_000);
        assertEq(rounds.blockNum(), 1_000);
        assertEq(rounds.blockHash(999), blockhash(999));
        assertEq(rounds.blockHash(744), blockhash(744));
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsBlockHashUnavailable.selector, 743));
        rounds.blockHash(743);
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsBlockHashUnavailable.selector, 1_000));
        rounds.blockHash(1_000);
    }
}

contract RoundsManagerTest is LaunchProtocol {
    function test_initializeRound_worksOncePerRound() public {
        assertTrue(rounds.currentRoundInitialized());
        assertEq(rounds.lastInitializedRound(), FIRST_ROUND);
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsAlreadyInitialized.selector, FIRST_ROUND));
        rounds.initializeRound();
        skipRounds(1);
        assertFalse(rounds.currentRoundInitialized());
        vm.expectEmit(address(rounds));
        emit IRoundsManager.NewRound(FIRST_ROUND + 1, blockhash(vm.getBlockNumber() - 1));
        rounds.initializeRound();
        assertEq(rounds.blockHashForRound(FIRST_ROUND + 1), blockhash(vm.getBlockNumber() - 1));
    }

    function test_initializeRound_skipsRoundsNobodyInitialized() public {
        skipRounds(3);
        rounds.initializeRound();
        assertEq(rounds.lastInitializedRound(), FIRST_ROUND + 3);
        assertEq(rounds.blockHashForRound(FIRST_ROUND + 2), 0);
        // The inflation moved once, not three times.
        assertEq(minter.inflation(), 143);
    }

    function test_initializeRound_waitsForARunningProtocol() public {
        skipRounds(1);
        controller.pause();
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerSystemPaused.selector));
        rounds.initializeRound();
    }

    function test_aShorterLength_canEndTheRoundAtOnce() public {
        mine(60);
        rounds.setRoundLength(50);
        assertEq(rounds.currentRound(), FIRST_ROUND + 1);
        assertFalse(rounds.currentRoundInitialized());
    }

    function test_setters_areTheControllerOwnersAlone() public {
        vm.startPrank(account("stranger"));
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        rounds.setRoundLength(1);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        rounds.setRoundLockAmount(1);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        rounds.setLIPUpgradeRound(1, 1);
        vm.stopPrank();
    }
}
