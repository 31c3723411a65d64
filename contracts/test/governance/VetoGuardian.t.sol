// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {VetoGuardian} from "../../governance/VetoGuardian.sol";
import {StakePhase} from "../support/StakePhase.sol";

contract VetoGuardianTest is StakePhase {
    function test_settings_areThoseOfDeployment() public view {
        assertEq(address(veto.timelock()), address(timelock));
        assertEq(veto.guardian(), guardian);
        assertEq(veto.expiresAt(), vetoEnd);
        assertTrue(timelock.hasRole(timelock.CANCELLER_ROLE(), address(veto)));
    }

    function test_constructor_refusesWhatCouldNeverWork() public {
        uint256 now_ = vm.getBlockTimestamp();
        expectError(VetoGuardian.VetoGuardianInvalid.selector);
        new VetoGuardian(address(0), guardian, vetoEnd);
        expectError(VetoGuardian.VetoGuardianInvalid.selector);
        new VetoGuardian(address(timelock), address(0), vetoEnd);
        expectError(VetoGuardian.VetoGuardianInvalid.selector);
        new VetoGuardian(address(timelock), guardian, now_);
    }

    function test_veto_isForTheGuardianUntilItExpires() public {
        bytes memory data = abi.encodeCall(bonding.setUnbondingPeriod, (9));
        pass(propose(address(bonding), data));
        bytes32 operationId = queue(address(bonding), data);
        expectError(VetoGuardian.VetoGuardianUnauthorized.selector);
        veto.veto(operationId);
        vm.warp(vetoEnd);
        vm.prank(guardian);
        expectError(VetoGuardian.VetoGuardianExpired.selector);
        veto.veto(operationId);
        vm.warp(vetoEnd - 1);
        vm.expectEmit(address(veto));
        emit VetoGuardian.Vetoed(operationId);
        vm.prank(guardian);
        veto.veto(operationId);
        assertFalse(timelock.isOperation(operationId));
    }

    function test_retire_givesTheRoleBackOnceItExpired() public {
        expectError(VetoGuardian.VetoGuardianNotExpired.selector);
        veto.retire();
        vm.warp(vetoEnd);
        veto.retire();
        assertFalse(timelock.hasRole(timelock.CANCELLER_ROLE(), address(veto)));
    }

    function test_aVote_canTakeTheVetoAwayBeforeThatUnlessItIsVetoed() public {
        bytes memory data = abi.encodeCall(timelock.revokeRole, (timelock.CANCELLER_ROLE(), address(veto)));
        pass(propose(address(timelock), data));
        queue(address(timelock), data);
        vm.warp(vm.getBlockTimestamp() + DELAY_SECONDS);
        execute(address(timelock), data);
        vm.prank(guardian);
        vm.expectRevert();
        veto.veto(bytes32(0));
    }
}
