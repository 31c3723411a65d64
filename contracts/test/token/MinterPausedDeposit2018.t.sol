// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MinterPausedDeposit2018} from "../../historic/MinterPausedDeposit2018.sol";
import {IManager} from "../../registry/IManager.sol";
import {ScaledMinter} from "../../token/ScaledMinter.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

contract MinterPausedDeposit2018Test is LaunchProtocol {
    MinterPausedDeposit2018 private old;

    function setUp() public override {
        super.setUp();
        old = faulty();
        vm.prank(address(minter));
        token.transferOwnership(address(old));
        register("Minter", address(old));
    }

    function test_migrateToNewMinter_neverWorksBetweenTwoOfThem() public {
        MinterPausedDeposit2018 next = faulty();
        for (uint256 amount = 0; amount <= 7; amount += 7) {
            vm.deal(address(old), amount);
            expectError(IManager.ManagerSystemNotPaused.selector);
            old.migrateToNewMinter(address(next));
            controller.pause();
            expectError(IManager.ManagerSystemPaused.selector);
            old.migrateToNewMinter(address(next));
            controller.unpause();
        }
    }

    function test_migrateToNewMinter_worksIntoTheRepairedMinter() public {
        ScaledMinter next = newMinter();
        vm.deal(address(old), 7);
        token.transfer(address(old), 100);
        controller.pause();
        old.migrateToNewMinter(address(next));
        assertEq(token.owner(), address(next));
        assertEq(token.balanceOf(address(next)), 100);
        assertEq(address(next).balance, 7);
    }

    function test_depositETH_takesEtherWhileTheProtocolRuns() public {
        vm.deal(address(jobs), 7);
        vm.prank(address(jobs));
        assertTrue(old.depositETH{value: 7}());
        assertEq(address(old).balance, 7);
    }

    function faulty() private returns (MinterPausedDeposit2018) {
        return new MinterPausedDeposit2018(address(controller), 137, 3, 500_000);
    }
}
