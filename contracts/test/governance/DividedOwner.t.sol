// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DividedOwner} from "../../governance/DividedOwner.sol";
import {IManager} from "../../registry/IManager.sol";
import {SingleOwner} from "../../registry/SingleOwner.sol";
import {CurrentProtocol} from "../support/CurrentProtocol.sol";

contract DividedOwnerTest is CurrentProtocol {
    DividedOwner private divided;
    address private multisig;
    address private stake;

    function setUp() public override {
        super.setUp();
        (multisig, stake) = (account("multisig"), account("stake"));
        divided = new DividedOwner(multisig);
        controller.transferOwnership(address(divided));
        vm.prank(multisig);
        divided.setAuthority(address(bonding), bonding.setUnbondingPeriod.selector, stake);
    }

    function test_everyFunction_hasOneAuthority() public {
        assertEq(divided.authorityFor(address(bonding), bonding.setUnbondingPeriod.selector), stake);
        assertEq(divided.authorityFor(address(bonding), bonding.setNumActiveTranscoders.selector), multisig);
        assertEq(divided.authorityFor(address(rounds), bonding.setUnbondingPeriod.selector), multisig);
        run(stake, address(bonding), abi.encodeCall(bonding.setUnbondingPeriod, (3)));
        assertEq(bonding.unbondingPeriod(), 3);
        run(multisig, address(rounds), abi.encodeCall(rounds.setRoundLength, (50)));
        assertEq(rounds.roundLength(), 50);
    }

    function test_whoIsNotTheAuthority_isRefusedTheOwnerToo() public {
        expectError(DividedOwner.DividedOwnerUnauthorized.selector);
        this.run(multisig, address(bonding), abi.encodeCall(bonding.setUnbondingPeriod, (3)));
        expectError(DividedOwner.DividedOwnerUnauthorized.selector);
        this.run(stake, address(bonding), abi.encodeCall(bonding.setNumActiveTranscoders, (3)));
        // All or none.
        (address[] memory targets, uint256[] memory values, bytes[] memory payloads) = two();
        vm.prank(stake);
        expectError(DividedOwner.DividedOwnerUnauthorized.selector);
        divided.execute(targets, values, payloads);
    }

    function test_authority_isGivenAndTakenBackByTheOwnerAlone() public {
        bytes4 selector = bonding.setUnbondingPeriod.selector;
        expectError(SingleOwner.OwnerUnauthorized.selector);
        divided.setAuthority(address(bonding), selector, address(this));
        vm.expectEmit(address(divided));
        emit DividedOwner.AuthoritySet(address(bonding), selector, address(0));
        vm.prank(multisig);
        divided.setAuthority(address(bonding), selector, address(0));
        assertEq(divided.authorityFor(address(bonding), selector), multisig);
        vm.prank(multisig);
        divided.transferOwnership(stake);
        assertEq(divided.authorityFor(address(bonding), selector), stake);
    }

    function test_itself_isNeverATarget() public {
        vm.prank(multisig);
        expectError(DividedOwner.DividedOwnerInvalidTarget.selector);
        divided.setAuthority(address(divided), 0x00000000, stake);
        expectError(DividedOwner.DividedOwnerInvalidTarget.selector);
        this.run(multisig, address(divided), abi.encodeCall(divided.transferOwnership, (stake)));
        expectError(SingleOwner.OwnerInvalid.selector);
        new DividedOwner(address(0));
    }

    function test_reasons_arePassedOn() public {
        expectError(IManager.ManagerSystemNotPaused.selector);
        this.run(multisig, address(minter), abi.encodeCall(minter.migrateToNewMinter, (address(minter))));
        expectError(DividedOwner.DividedOwnerTargetWithoutCode.selector);
        this.run(multisig, address(0xdead), hex"01020304");
    }

    function test_ether_isWhatTheCallsNeed() public {
        vm.deal(multisig, 3);
        (address[] memory targets, uint256[] memory values, bytes[] memory payloads) = two();
        (targets[0], payloads[0], values[0]) = (address(0xbeef), "", 3);
        vm.startPrank(multisig);
        expectError(DividedOwner.DividedOwnerUnequalValue.selector);
        divided.execute{value: 2}(targets, values, payloads);
        divided.execute{value: 3}(targets, values, payloads);
        assertEq(address(0xbeef).balance, 3);
        expectError(DividedOwner.DividedOwnerUnequalLengths.selector);
        divided.execute(targets, new uint256[](1), payloads);
        vm.stopPrank();
    }

    /// Data without a whole selector is the business of whoever has selector zero, never of whoever has what it begins with.
    function test_dataWithoutASelector_isThatOfSelectorZero() public {
        bytes memory cut = new bytes(3);
        for (uint256 i = 0; i < 3; ++i) cut[i] = bonding.setUnbondingPeriod.selector[i];
        expectError(DividedOwner.DividedOwnerUnauthorized.selector);
        this.run(stake, address(bonding), cut);
        expectError(DividedOwner.DividedOwnerUnauthorized.selector);
        this.run(stake, address(bonding), "");
    }

    /// An authority whose own contract is called on the way is still no more than that authority.
    function test_aCallBack_gainsNothing() public {
        Intruder intruder = new Intruder(divided, address(rounds), abi.encodeCall(rounds.setRoundLength, (50)));
        vm.prank(multisig);
        divided.setAuthority(address(intruder), Intruder.enter.selector, stake);
        expectError(DividedOwner.DividedOwnerUnauthorized.selector);
        this.run(stake, address(intruder), abi.encodeCall(Intruder.enter, ()));
        expectError(SingleOwner.OwnerUnauthorized.selector);
        vm.prank(address(intruder));
        divided.transferOwnership(address(intruder));
    }

    function run(address who, address target, bytes memory data) public {
        address[] memory targets = new address[](1);
        bytes[] memory payloads = new bytes[](1);
        (targets[0], payloads[0]) = (target, data);
        vm.prank(who);
        divided.execute(targets, new uint256[](1), payloads);
    }

    function two()
        private
        view
        returns (address[] memory targets, uint256[] memory values, bytes[] memory payloads)
    {
        targets = new address[](2);
        values = new uint256[](2);
        payloads = new bytes[](2);
        (targets[0], payloads[0]) = (address(bonding), abi.encodeCall(bonding.setUnbondingPeriod, (3)));
        (targets[1], payloads[1]) = (address(rounds), abi.encodeCall(rounds.setRoundLength, (50)));
    }
}

/// Is called by the DividedOwner, and calls it back for something else.
contract Intruder {
    DividedOwner private immutable divided;
    address private immutable target;
    bytes private payload;

    constructor(DividedOwner owner, address wanted, bytes memory data) {
        (divided, target, payload) = (owner, wanted, data);
    }

    function enter() external {
        address[] memory targets = new address[](1);
        bytes[] memory payloads = new bytes[](1);
        (targets[0], payloads[0]) = (target, payload);
        divided.execute(targets, new uint256[](1), payloads);
    }
}
