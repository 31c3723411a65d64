// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IManager} from "../../registry/IManager.sol";
import {IRoundsManager} from "../../rounds/IRoundsManager.sol";
import {AdjustableRoundsManager} from "../../rounds/AdjustableRoundsManager.sol";
import {ServiceRegistry} from "../../services/ServiceRegistry.sol";
import {MerkleSnapshot} from "../../snapshots/MerkleSnapshot.sol";
import {LivepeerTokenFaucet} from "../../token/LivepeerTokenFaucet.sol";
import {SingleOwner} from "../../registry/SingleOwner.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

contract ServiceRegistryTest is LaunchProtocol {
    function testFuzz_serviceURI_isWhatItsOwnerSaid(string memory first, string memory second) public {
        ServiceRegistry registry =
            ServiceRegistry(deployProxied("ServiceRegistry", address(new ServiceRegistry(address(controller)))));
        assertEq(registry.getServiceURI(address(this)), "");
        registry.setServiceURI(first);
        vm.expectEmit(address(registry));
        emit ServiceRegistry.ServiceURIUpdate(address(this), second);
        registry.setServiceURI(second);
        assertEq(registry.getServiceURI(address(this)), second);
        assertEq(registry.getServiceURI(account("other")), "");
    }
}

contract MerkleSnapshotTest is LaunchProtocol {
    bytes32 private constant ID = 0x8a8429c6226eebfc4f3ea5212a0dfe894db16a207ec9eadf368a2c4004bf352b;

    MerkleSnapshot private snapshots;

    function setUp() public override {
        super.setUp();
        snapshots = new MerkleSnapshot(address(controller));
    }

    function test_setSnapshot_isTheControllerOwnersAndCanBeRepeated() public {
        assertEq(ID, keccak256("LIP-52"));
        snapshots.setSnapshot(ID, bytes32(uint256(1)));
        snapshots.setSnapshot(ID, bytes32(uint256(2)));
        assertEq(snapshots.snapshot(ID), bytes32(uint256(2)));
        vm.prank(account("stranger"));
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        snapshots.setSnapshot(ID, 0);
    }

    function test_verify_withoutARootIsNothing() public view {
        assertFalse(snapshots.verify(ID, new bytes32[](0), 0));
    }

    /// Each of four leaves proves itself and nothing else does.
    function testFuzz_verify_showsLeavesOfTheTree(bytes32[4] memory leaves, uint8 chosen, bytes32 other) public {
        uint256 index = chosen % 4;
        for (uint256 i = 0; i < 4; ++i) vm.assume(other != leaves[i]);
        bytes32 left = pair(leaves[0], leaves[1]);
        bytes32 right = pair(leaves[2], leaves[3]);
        snapshots.setSnapshot(ID, pair(left, right));
        bytes32[] memory proof = new bytes32[](2);
        proof[0] = leaves[index ^ 1];
        proof[1] = index < 2 ? right : left;
        assertTrue(snapshots.verify(ID, proof, leaves[index]));
        assertFalse(snapshots.verify(ID, proof, other));
    }

    function pair(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return left < right ? keccak256(abi.encodePacked(left, right)) : keccak256(abi.encodePacked(right, left));
    }
}

contract LivepeerTokenFaucetTest is LaunchProtocol {
    LivepeerTokenFaucet private faucet;
    address private asker;

    function setUp() public override {
        super.setUp();
        asker = account("asker");
        faucet = new LivepeerTokenFaucet(address(token), 10 * LPT, 1);
        token.transfer(address(faucet), 1_000 * LPT);
    }

    function test_request_givesAndThenMakesWaitAnHour() public {
        vm.startPrank(asker);
        faucet.request();
        vm.expectRevert(
            abi.encodeWithSelector(
                LivepeerTokenFaucet.FaucetTooEarly.selector, asker, vm.getBlockTimestamp() + 1 hours
            )
        );
        faucet.request();
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        faucet.request();
        vm.stopPrank();
        assertEq(token.balanceOf(asker), 20 * LPT);
    }

    function test_whitelist_needsNoWaiting() public {
        vm.expectRevert(abi.encodeWithSelector(LivepeerTokenFaucet.FaucetWhitelistUnchanged.selector, asker));
        faucet.removeFromWhitelist(asker);
        faucet.addToWhitelist(asker);
        vm.startPrank(asker);
        faucet.request();
        faucet.request();
        vm.expectRevert(abi.encodeWithSelector(SingleOwner.OwnerUnauthorized.selector, asker));
        faucet.addToWhitelist(asker);
        vm.stopPrank();
        faucet.removeFromWhitelist(asker);
        assertFalse(faucet.isWhitelisted(asker));
    }
}

contract AdjustableRoundsManagerTest is LaunchProtocol {
    function test_clock_isWhateverItIsSetTo() public {
        register("RoundsManagerTarget", address(new AdjustableRoundsManager(address(controller))));
        AdjustableRoundsManager clock = AdjustableRoundsManager(address(rounds));
        clock.setBlockNum(2_000);
        clock.mineBlocks(150);
        assertEq(clock.blockNum(), 2_150);
        assertEq(clock.currentRound(), 21);
        clock.setBlockHash(keccak256("any"));
        assertEq(clock.blockHash(2_000), keccak256("any"));
        clock.initializeRound();
        assertEq(clock.blockHashForRound(21), keccak256("any"));
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsBlockHashUnavailable.selector, 2_150));
        clock.blockHash(2_150);
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsBlockHashUnavailable.selector, 1_893));
        clock.blockHash(1_893);
    }
}
