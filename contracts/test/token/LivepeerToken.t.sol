// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SingleOwner} from "../../registry/SingleOwner.sol";
import {ILivepeerToken} from "../../token/ILivepeerToken.sol";
import {LivepeerToken} from "../../token/LivepeerToken.sol";
import {Test} from "../support/Test.sol";

contract LivepeerTokenTest is Test {
    LivepeerToken private token;
    address private holder;

    function setUp() public {
        token = new LivepeerToken();
        holder = account("holder");
    }

    function test_metadata_isThatOfLivepeer() public view {
        assertEq(token.name(), "Livepeer Token");
        assertEq(token.symbol(), "LPT");
        assertEq(token.version(), "0.1");
        assertEq(token.decimals(), 18);
    }

    function test_mint_isTheOwnersUntilItIsFinished() public {
        vm.expectEmit(address(token));
        emit ILivepeerToken.Mint(holder, 10);
        assertTrue(token.mint(holder, 10));
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(SingleOwner.OwnerUnauthorized.selector, holder));
        token.mint(holder, 1);

        assertTrue(token.finishMinting());
        assertTrue(token.mintingFinished());
        vm.expectRevert(abi.encodeWithSelector(ILivepeerToken.LivepeerTokenMintingFinished.selector));
        token.mint(holder, 1);
        vm.expectRevert(abi.encodeWithSelector(ILivepeerToken.LivepeerTokenMintingFinished.selector));
        token.finishMinting();
    }

    function test_transferOwnership_handsTheRightToMintOver() public {
        token.transferOwnership(holder);
        vm.prank(holder);
        token.mint(holder, 1);
        assertEq(token.balanceOf(holder), 1);
    }

    function testFuzz_burn_takesFromCallerAndSupply(uint128 minted, uint128 burned) public {
        burned = uint128(bound(burned, 0, minted));
        token.mint(holder, minted);
        vm.prank(holder);
        token.burn(burned);
        assertEq(token.balanceOf(holder), minted - burned);
        assertEq(token.totalSupply(), minted - burned);
    }

    function testFuzz_approvals_moveByDifferencesAndNeverBelowZero(uint128 first, uint128 added, uint128 taken) public {
        token.approve(holder, first);
        assertTrue(token.increaseApproval(holder, added));
        assertEq(token.allowance(address(this), holder), uint256(first) + added);
        assertTrue(token.decreaseApproval(holder, taken));
        uint256 sum = uint256(first) + added;
        assertEq(token.allowance(address(this), holder), taken < sum ? sum - taken : 0);
    }
}
