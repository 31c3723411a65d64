// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IManager} from "../../registry/IManager.sol";
import {IMinter} from "../../token/IMinter.sol";
import {Minter} from "../../token/Minter.sol";
import {ScaledMinter} from "../../token/ScaledMinter.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

contract MinterTest is LaunchProtocol {
    address private stranger;

    function setUp() public override {
        super.setUp();
        stranger = account("stranger");
    }

    function test_firstRound_makes1400LptMintable() public view {
        assertEq(minter.PERC_DIVISOR(), 1e6);
        assertEq(minter.inflation(), 140);
        assertEq(minter.currentMintableTokens(), 1_400 * LPT);
        assertEq(minter.currentMintedTokens(), 0);
    }

    function test_createReward_givesAThirdOfTheStake466Point6662Lpt() public {
        vm.prank(address(bonding));
        assertEq(minter.createReward(1, 3), 466.6662 ether);
        assertEq(minter.currentMintedTokens(), 466.6662 ether);
        assertEq(token.balanceOf(address(minter)), 466.6662 ether);
    }

    function test_rewards_ofThreeEqualTranscodersAre466Point6662LptEach() public {
        bonding.setNumActiveTranscoders(3);
        string[3] memory names = ["one", "two", "three"];
        for (uint256 i = 0; i < 3; ++i) bondTranscoder(account(names[i]), 1_000 * LPT, 0, 0);
        nextRound();
        uint256 mintable = minter.currentMintableTokens();
        for (uint256 i = 0; i < 3; ++i) {
            reward(account(names[i]));
            assertEq(pendingStake(account(names[i])), 1_000 * LPT + mintable * 333_333 / 1_000_000);
        }
        assertLe(minter.currentMintedTokens(), mintable, "minted");
    }

    function testFuzz_createReward_neverGoesOverTheMintableTokens(uint64[4] memory stakes, uint64 totalStake) public {
        totalStake = uint64(bound(totalStake, 1, type(uint64).max));
        uint256 mintable = minter.currentMintableTokens();
        for (uint256 i = 0; i < stakes.length; ++i) {
            uint256 amount = mintable * (uint256(stakes[i]) * 1_000_000 / totalStake) / 1_000_000;
            uint256 minted = minter.currentMintedTokens() + amount;
            vm.prank(address(bonding));
            if (minted > mintable) {
                vm.expectRevert(abi.encodeWithSelector(IMinter.MinterMintableExceeded.selector, minted, mintable));
            }
            minter.createReward(stakes[i], totalStake);
            assertLe(minter.currentMintedTokens(), mintable, "minted");
        }
    }

    function test_inflation_risesFallsAndStandsStillAroundTheTarget() public {
        bond(account("rich"), SUPPLY * 6 / 10, account("rich"));
        nextRound();
        // The stake was not yet active when the round before it began, and is now: 60% is over the target.
        assertEq(minter.inflation(), 137);
        minter.setTargetBondingRate(700_000);
        nextRound();
        assertEq(minter.inflation(), 140);
        minter.setTargetBondingRate(600_000);
        nextRound();
        assertEq(minter.inflation(), 140);
    }

    function test_inflation_neverFallsBelowZero() public {
        bond(account("rich"), SUPPLY * 6 / 10, account("rich"));
        minter.setInflationChange(100);
        nextRound();
        assertEq(minter.inflation(), 40);
        nextRound();
        assertEq(minter.inflation(), 0);
        assertEq(minter.currentMintableTokens(), 0);
    }

    function test_inflation_withoutASupplyOnlyRises() public {
        token.burn(token.balanceOf(address(this)));
        nextRound();
        assertEq(minter.inflation(), 143);
        assertEq(minter.currentMintableTokens(), 0);
    }

    function test_everyRate_mustBeAPercentage() public {
        address home = address(controller);
        expectError(IMinter.MinterInvalidPercentage.selector);
        new Minter(home, 1_000_001, 3, 500_000);
        expectError(IMinter.MinterInvalidPercentage.selector);
        new Minter(home, 137, 1_000_001, 500_000);
        expectError(IMinter.MinterInvalidPercentage.selector);
        new Minter(home, 137, 3, 1_000_001);
        expectError(IMinter.MinterInvalidPercentage.selector);
        minter.setInflationChange(1_000_001);
        expectError(IMinter.MinterInvalidPercentage.selector);
        minter.setTargetBondingRate(1_000_001);
        vm.startPrank(stranger);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        minter.setInflationChange(1);
        expectError(IManager.ManagerCallerNotControllerOwner.selector);
        minter.setTargetBondingRate(1);
        vm.stopPrank();
    }

    function test_vault_opensToTheRegisteredCallersOnly() public {
        bytes memory refused = abi.encodeWithSelector(IMinter.MinterUnauthorizedCaller.selector, stranger);
        vm.deal(stranger, 1);
        vm.startPrank(stranger);
        vm.expectRevert(refused);
        minter.createReward(1, 1);
        vm.expectRevert(refused);
        minter.trustedTransferTokens(stranger, 1);
        vm.expectRevert(refused);
        minter.trustedBurnTokens(1);
        vm.expectRevert(refused);
        minter.trustedWithdrawETH(payable(stranger), 1);
        vm.expectRevert(refused);
        minter.depositETH{value: 1}();
        vm.expectRevert(refused);
        minter.setCurrentRewardTokens();
        vm.stopPrank();
    }

    function test_vault_paysAndBurnsForTheBondingManager() public {
        token.transfer(address(minter), 100);
        vm.deal(address(jobs), 10);
        vm.prank(address(jobs));
        minter.depositETH{value: 10}();
        vm.startPrank(address(bonding));
        minter.trustedTransferTokens(stranger, 30);
        minter.trustedBurnTokens(20);
        minter.trustedWithdrawETH(payable(stranger), 4);
        vm.stopPrank();
        assertEq(token.balanceOf(address(minter)), 50);
        assertEq(token.totalSupply(), SUPPLY - 20);
        assertEq(stranger.balance, 4);
        assertEq(address(minter).balance, 6);
    }

    function test_vault_isShutWhileTheProtocolIsPaused() public {
        controller.pause();
        vm.startPrank(address(bonding));
        expectError(IManager.ManagerSystemPaused.selector);
        minter.createReward(1, 1);
        expectError(IManager.ManagerSystemPaused.selector);
        minter.trustedTransferTokens(stranger, 1);
        expectError(IManager.ManagerSystemPaused.selector);
        minter.trustedBurnTokens(1);
        expectError(IManager.ManagerSystemPaused.selector);
        minter.trustedWithdrawETH(payable(stranger), 1);
        vm.stopPrank();
        vm.prank(address(rounds));
        expectError(IManager.ManagerSystemPaused.selector);
        minter.setCurrentRewardTokens();
    }

    function test_migrateToNewMinter_movesTokensEtherAndTheRightToMint() public {
        token.transfer(address(minter), 100);
        vm.deal(address(minter), 7);
        ScaledMinter next = newMinter();
        expectError(IManager.ManagerSystemNotPaused.selector);
        minter.migrateToNewMinter(address(next));
        controller.pause();
        minter.migrateToNewMinter(address(next));
        register("Minter", address(next));
        assertEq(token.owner(), address(next));
        assertEq(token.balanceOf(address(next)), 100);
        assertEq(address(next).balance, 7);
        assertEq(address(next.getController()), address(controller));
    }

    function test_migrateToNewMinter_refusesWhatCannotBeTheNext() public {
        ScaledMinter next = newMinter();
        controller.pause();
        expectError(IMinter.MinterInvalidNewMinter.selector);
        minter.migrateToNewMinter(address(0));
        expectError(IMinter.MinterInvalidNewMinter.selector);
        minter.migrateToNewMinter(address(minter));
        Minter foreign = new Minter(address(this), 0, 0, 0);
        expectError(IMinter.MinterInvalidNewMinter.selector);
        minter.migrateToNewMinter(address(foreign));
        register("Minter", address(next));
        expectError(IMinter.MinterInvalidNewMinter.selector);
        minter.migrateToNewMinter(address(next));
    }
}
