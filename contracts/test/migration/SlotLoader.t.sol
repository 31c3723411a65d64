// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Loader} from "../../migration/Loader.sol";
import {SlotLoader} from "../../migration/SlotLoader.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

contract SlotLoaderTest is LaunchProtocol {
    SlotLoader private loader;
    SlotLoader private proxy;
    address private target;
    address private stranger;

    function setUp() public override {
        super.setUp();
        stranger = account("stranger");
        target = controller.getContract(keccak256("BondingManagerTarget"));
        loader = new SlotLoader();
        proxy = SlotLoader(address(bonding));
        register("BondingManagerTarget", address(loader));
    }

    function test_words_becomeTheStateOfTheProxyAndOfNothingElse() public {
        proxy.load(abi.encode(uint256(2), uint256(21), keccak256("far"), uint256(5)));
        assertEq(vm.load(address(bonding), keccak256("far")), bytes32(uint256(5)));
        assertEq(vm.load(address(loader), keccak256("far")), bytes32(0));
        assertEq(vm.load(address(loader), bytes32(uint256(2))), bytes32(0));
        register("BondingManagerTarget", target);
        assertEq(bonding.unbondingPeriod(), 21);
    }

    /// A delegator written word by word is one that has bonded.
    function test_aLoadedDelegator_claimsUnbondsAndWithdraws() public {
        address transcoder = account("transcoder");
        address delegator = account("delegator");
        register("BondingManagerTarget", target);
        bondTranscoder(transcoder, 100 * LPT, 0, 0);
        register("BondingManagerTarget", address(loader));
        uint256 base = uint256(keccak256(abi.encode(delegator, uint256(3))));
        uint256 delegateBase = uint256(keccak256(abi.encode(transcoder, uint256(3))));
        bytes memory words =
            abi.encode(base, 7 * LPT, base + 2, transcoder, base + 4, FIRST_ROUND, base + 5, FIRST_ROUND);
        proxy.load(bytes.concat(words, abi.encode(delegateBase + 3, 107 * LPT)));
        token.transfer(address(minter), 7 * LPT);
        register("BondingManagerTarget", target);
        nextRound();
        assertEq(pendingStake(delegator), 7 * LPT);
        vm.prank(delegator);
        bonding.unbond(7 * LPT);
        skipRounds(UNBONDING_PERIOD);
        rounds.initializeRound();
        vm.prank(delegator);
        bonding.withdrawStake(0);
        assertEq(token.balanceOf(delegator), 7 * LPT);
    }

    function test_ofTwoWordsForOneSlot_theLaterStays_andZeroClears() public {
        proxy.load(abi.encode(uint256(99), uint256(1), uint256(99), uint256(2), uint256(2), uint256(0)));
        assertEq(vm.load(address(bonding), bytes32(uint256(99))), bytes32(uint256(2)));
        assertEq(vm.load(address(bonding), bytes32(uint256(2))), bytes32(0));
    }

    function test_theProxyCannotBeMoved_butItsOwnWordsMayBeAmongTheRecords() public {
        proxy.load(abi.encode(uint256(0), address(controller), uint256(1), keccak256("BondingManagerTarget")));
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderProxySlot.selector, 0));
        proxy.load(abi.encode(uint256(99), uint256(1), uint256(0), stranger));
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderProxySlot.selector, 1));
        proxy.load(abi.encode(uint256(1), uint256(0)));
        assertEq(vm.load(address(bonding), bytes32(uint256(99))), bytes32(0));
        assertEq(address(bonding.controller()), address(controller));
    }

    function testFuzz_anythingButWholeRecords_isRefused(uint256 length) public {
        length = bound(length, 0, 300);
        if (length > 0 && length % 64 == 0) --length;
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderInvalidLength.selector, length));
        proxy.load(new bytes(length));
    }

    function test_onlyTheDeployer_loadsAndBurns() public {
        vm.startPrank(stranger);
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderUnauthorized.selector, stranger));
        proxy.load(abi.encode(uint256(99), uint256(1)));
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderUnauthorized.selector, stranger));
        loader.burn();
        vm.stopPrank();
        assertEq(loader.deployer(), address(this));
        assertEq(proxy.deployer(), address(this));
    }

    /// Otherwise its own storage could be written, and with it that it was burned.
    function test_theLoaderItself_cannotBeLoaded() public {
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderNotDelegated.selector));
        loader.load(abi.encode(uint256(99), uint256(1)));
    }

    function test_burned_nothingLoadsAgain() public {
        assertFalse(loader.burned());
        assertFalse(proxy.burned());
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderDelegated.selector));
        proxy.burn();
        vm.expectEmit(address(loader));
        emit Loader.Burned();
        loader.burn();
        assertTrue(loader.burned());
        assertTrue(proxy.burned());
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderBurned.selector));
        loader.burn();
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderBurned.selector));
        proxy.load(abi.encode(uint256(99), uint256(1)));
    }

    function test_loading_leavesNoWordOfItsOwnInTheProxy() public {
        for (uint256 slot = 0; slot < 20; ++slot) {
            bytes32 before = vm.load(address(bonding), bytes32(slot));
            proxy.load(abi.encode(keccak256("far"), slot + 1));
            assertEq(vm.load(address(bonding), bytes32(slot)), before);
        }
    }
}
