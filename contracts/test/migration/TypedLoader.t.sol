// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Loader} from "../../migration/Loader.sol";
import {TypedLoader} from "../../migration/TypedLoader.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

contract TypedLoaderTest is LaunchProtocol {
    TypedLoader private loader;
    TypedLoader private proxy;
    address private target;
    address[] private delegates;

    function setUp() public override {
        super.setUp();
        target = controller.getContract(keccak256("BondingManagerTarget"));
        loader = new TypedLoader();
        proxy = TypedLoader(address(bonding));
        delegates = [account("first"), account("second")];
        register("BondingManagerTarget", address(loader));
    }

    function testFuzz_aRecord_isADelegatorOfTheBondingManager(
        address who,
        uint96 bonded,
        uint96 fees,
        uint40 startRound,
        uint40 lastClaimRound,
        uint32 nextLockId,
        uint8 place
    ) public {
        place = uint8(bound(place, 0, 2));
        bytes memory other = recordOf(account("other"), 1, 2, 3, 4, 5, 2);
        bytes memory record = recordOf(who, bonded, fees, startRound, lastClaimRound, nextLockId, place);
        proxy.loadDelegators(delegates, bytes.concat(other, record, recordOf(account("third"), 9, 0, 0, 0, 0, 0)));
        register("BondingManagerTarget", target);
        address delegate = place == 0 ? address(0) : delegates[place - 1];
        expectDelegator(who, [uint256(bonded), fees, uint160(delegate), 0, startRound, lastClaimRound, nextLockId]);
        expectDelegator(account("other"), [uint256(1), 2, uint160(delegates[1]), 0, 3, 4, 5]);
        expectDelegator(account("third"), [uint256(9), 0, 0, 0, 0, 0, 0]);
    }

    function testFuzz_aRecord_isAnUnbondingLock(address who, uint32 id, uint96 amount, uint40 withdrawRound) public {
        bytes memory other = abi.encodePacked(account("other"), uint32(7), uint96(8), uint40(9));
        proxy.loadLocks(bytes.concat(abi.encodePacked(who, id, amount, withdrawRound), other));
        register("BondingManagerTarget", target);
        expectLock(who, id, amount, withdrawRound);
        expectLock(account("other"), 7, 8, 9);
    }

    function test_wordsOfZero_areLeftAlone() public {
        proxy.loadDelegators(delegates, recordOf(account("a"), 1, 2, 3, 4, 5, 1));
        proxy.loadDelegators(delegates, recordOf(account("a"), 0, 0, 0, 0, 0, 0));
        register("BondingManagerTarget", target);
        expectDelegator(account("a"), [uint256(1), 2, uint160(delegates[0]), 0, 3, 4, 5]);
    }

    function test_aDelegateThatIsNotThere_isRefusedByItsRecord() public {
        bytes memory sound = recordOf(account("a"), 1, 2, 3, 4, 5, 2);
        bytes memory unsound = recordOf(account("b"), 1, 2, 3, 4, 5, 3);
        vm.expectRevert(abi.encodeWithSelector(TypedLoader.TypedLoaderUnknownDelegate.selector, 1));
        proxy.loadDelegators(delegates, bytes.concat(sound, unsound, sound));
        vm.expectRevert(abi.encodeWithSelector(TypedLoader.TypedLoaderUnknownDelegate.selector, 0));
        proxy.loadDelegators(new address[](0), sound);
    }

    function testFuzz_anythingButWholeRecords_isRefused(uint256 length) public {
        length = bound(length, 0, 300);
        if (length == 0 || length % 62 != 0) {
            vm.expectRevert(abi.encodeWithSelector(Loader.LoaderInvalidLength.selector, length));
            proxy.loadDelegators(delegates, new bytes(length));
        }
        if (length == 0 || length % 41 != 0) {
            vm.expectRevert(abi.encodeWithSelector(Loader.LoaderInvalidLength.selector, length));
            proxy.loadLocks(new bytes(length));
        }
    }

    function test_neitherOthersNorAfterItWasBurned() public {
        bytes memory record = recordOf(account("a"), 1, 2, 3, 4, 5, 1);
        bytes memory lock = abi.encodePacked(account("a"), uint32(7), uint96(8), uint40(9));
        address stranger = account("stranger");
        vm.startPrank(stranger);
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderUnauthorized.selector, stranger));
        proxy.loadDelegators(delegates, record);
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderUnauthorized.selector, stranger));
        proxy.loadLocks(lock);
        vm.stopPrank();
        loader.burn();
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderBurned.selector));
        proxy.loadDelegators(delegates, record);
        vm.expectRevert(abi.encodeWithSelector(Loader.LoaderBurned.selector));
        proxy.loadLocks(lock);
    }

    function recordOf(
        address who,
        uint96 bonded,
        uint96 fees,
        uint40 startRound,
        uint40 lastClaimRound,
        uint32 nextLockId,
        uint32 place
    ) private pure returns (bytes memory) {
        return abi.encodePacked(who, bonded, fees, startRound, lastClaimRound, nextLockId, place);
    }

    function expectDelegator(address who, uint256[7] memory expected) private view {
        (uint256 bonded, uint256 fees, address delegate, uint256 delegated, uint256 start, uint256 last, uint256 next) =
            bonding.getDelegator(who);
        assertEq(bonded, expected[0], "bonded");
        assertEq(fees, expected[1], "fees");
        assertEq(uint160(delegate), expected[2], "delegate");
        assertEq(delegated, expected[3], "delegated");
        assertEq(start, expected[4], "start round");
        assertEq(last, expected[5], "last claim");
        assertEq(next, expected[6], "next lock id");
    }

    function expectLock(address who, uint256 id, uint256 amount, uint256 withdrawRound) private view {
        (uint256 actualAmount, uint256 actualRound) = bonding.getDelegatorUnbondingLock(who, id);
        assertEq(actualAmount, amount, "amount");
        assertEq(actualRound, withdrawRound, "withdraw round");
    }
}
