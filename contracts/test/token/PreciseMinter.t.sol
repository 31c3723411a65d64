// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMinter} from "../../token/IMinter.sol";
import {Minter} from "../../token/Minter.sol";
import {PreciseMinter} from "../../token/PreciseMinter.sol";
import {ScaledMinter} from "../../token/ScaledMinter.sol";
import {CurrentProtocol} from "../support/CurrentProtocol.sol";

contract PreciseMinterTest is CurrentProtocol {
    /// The rates of the launch in the scale of LIP-40.
    function newMinter() internal override returns (ScaledMinter) {
        return new PreciseMinter(address(controller), 137_000, 3_000, 500_000_000);
    }

    function test_firstRound_mintsWhatTheLaunchWouldAtAThousandTimesTheNumbers() public view {
        assertEq(minter.PERC_DIVISOR(), 1e9);
        assertEq(minter.inflation(), 140_000);
        assertEq(minter.currentMintableTokens(), 1_400 * LPT);
    }

    function test_createReward_givesAThirdOfTheStake466Point6666662Lpt() public {
        vm.prank(address(bonding));
        assertEq(minter.createReward(1, 3), 466.6666662 ether);
        assertEq(minter.currentMintedTokens(), 466.6666662 ether);
    }

    function test_rewards_ofThreeEqualTranscodersAreAMillionthOfAPercentShort() public {
        bonding.setTreasuryRewardCutRate(0);
        bonding.setNumActiveTranscoders(3);
        string[3] memory names = ["one", "two", "three"];
        for (uint256 i = 0; i < 3; ++i) bondTranscoder(account(names[i]), 1_000 * LPT, 0, 0);
        nextRound();
        uint256 mintable = minter.currentMintableTokens();
        for (uint256 i = 0; i < 3; ++i) {
            reward(account(names[i]));
            assertEq(pendingStake(account(names[i])), 1_000 * LPT + mintable * 333_333_333 / 1e9);
        }
        assertLe(minter.currentMintedTokens(), mintable, "minted");
    }

    function testFuzz_createReward_isNeverLessThanAtTheScaleOfTheLaunch(uint64 stake, uint64 totalStake) public {
        totalStake = uint64(bound(totalStake, 1, type(uint64).max));
        stake = uint64(bound(stake, 0, totalStake));
        uint256 mintable = minter.currentMintableTokens();
        vm.prank(address(bonding));
        uint256 amount = minter.createReward(stake, totalStake);
        assertGe(amount, mintable * (uint256(stake) * 1e6 / totalStake) / 1e6, "launch");
        assertLe(amount, mintable * stake / totalStake, "exact");
        assertLe(mintable * stake / totalStake - amount, mintable / 1e9 + 1, "loss");
    }

    function testFuzz_createReward_ofAllTheStake_isNeverMoreThanMintable(uint64 first, uint64 second, uint64 third) public {
        uint256 total = uint256(first) + second + third;
        vm.assume(total > 0);
        vm.startPrank(address(bonding));
        // Each would revert if it were too much.
        minter.createReward(first, total);
        minter.createReward(second, total);
        minter.createReward(third, total);
        assertLe(minter.currentMintedTokens(), minter.currentMintableTokens(), "minted");
    }

    function test_inflation_movesBySharesTooSmallForTheLaunch() public {
        minter.setInflationChange(1);
        nextRound();
        assertEq(minter.inflation(), 140_001);
        // 10,000,000 LPT are 0.01 LPT for every part.
        assertEq(minter.currentMintableTokens(), 1_400.01 ether);
        bond(account("rich"), SUPPLY * 6 / 10, account("rich"));
        nextRound();
        assertEq(minter.inflation(), 140_000);
        minter.setTargetBondingRate(600_000_000 - 1);
        nextRound();
        assertEq(minter.inflation(), 139_999);
        minter.setTargetBondingRate(600_000_000);
        nextRound();
        assertEq(minter.inflation(), 139_999);
    }

    function test_getGlobalTotalSupply_isTheSupplyOfTheToken() public {
        assertEq(precise().getGlobalTotalSupply(), SUPPLY);
        token.burn(LPT);
        assertEq(precise().getGlobalTotalSupply(), SUPPLY - LPT);
    }

    function test_everyRate_mustBeAPercentageOfItsScale() public {
        address home = address(controller);
        expectError(IMinter.MinterInvalidPercentage.selector);
        new PreciseMinter(home, 1e9 + 1, 500, 500_000_000);
        expectError(IMinter.MinterInvalidPercentage.selector);
        new PreciseMinter(home, 220_500, 1e9 + 1, 500_000_000);
        expectError(IMinter.MinterInvalidPercentage.selector);
        new PreciseMinter(home, 220_500, 500, 1e9 + 1);
        minter.setInflationChange(1e9);
        minter.setTargetBondingRate(1e9);
        expectError(IMinter.MinterInvalidPercentage.selector);
        minter.setInflationChange(1e9 + 1);
        expectError(IMinter.MinterInvalidPercentage.selector);
        minter.setTargetBondingRate(1e9 + 1);
    }

    function precise() private view returns (PreciseMinter) {
        return PreciseMinter(address(minter));
    }
}

/// @title From the Minter of the launch to the precise one, as LIP-35 did it
contract MinterScaleChangeTest is CurrentProtocol {
    function newMinter() internal override returns (ScaledMinter) {
        return new Minter(address(controller), 137, 3, 500_000);
    }

    function test_migrateToNewMinter_toAThousandTimesTheNumbersKeepsWhatARoundMints() public {
        // No stake is active, so the next round would raise inflation; without a change it shows the scale alone.
        minter.setInflationChange(0);
        nextRound();
        uint256 before = minter.currentMintableTokens();
        token.transfer(address(minter), 100);
        vm.deal(address(minter), 7);
        uint256 scale = 1e9 / minter.PERC_DIVISOR();
        PreciseMinter next = new PreciseMinter(
            address(controller),
            minter.inflation() * scale,
            minter.inflationChange() * scale,
            minter.targetBondingRate() * scale
        );
        controller.pause();
        minter.migrateToNewMinter(address(next));
        register("Minter", address(next));
        controller.unpause();
        assertEq(token.owner(), address(next));
        assertEq(token.balanceOf(address(next)), 100);
        assertEq(address(next).balance, 7);
        assertEq(next.currentMintableTokens(), 0);
        nextRound();
        assertEq(next.currentMintableTokens(), before);
    }
}
