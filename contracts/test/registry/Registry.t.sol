// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Controller} from "../../registry/Controller.sol";
import {IController} from "../../registry/IController.sol";
import {IManager} from "../../registry/IManager.sol";
import {ManagerProxy} from "../../registry/ManagerProxy.sol";
import {ManagerProxyTarget} from "../../registry/ManagerProxyTarget.sol";
import {SingleOwner} from "../../registry/SingleOwner.sol";
import {Test} from "../support/Test.sol";

/// @dev An implementation with one of everything that a proxy passes on.
contract Target is ManagerProxyTarget {
    uint256 public value;
    uint256 private immutable version;

    error TargetRefused(uint256 value);

    constructor(address initialController, uint256 targetVersion) ManagerProxyTarget(initialController) {
        version = targetVersion;
    }

    receive() external payable {
        value += msg.value;
    }

    function setValue(uint256 newValue) external onlyControllerOwner {
        value = newValue;
    }

    function refuse(uint256 number) external pure {
        revert TargetRefused(number);
    }

    function versionOf(bytes calldata data) external view returns (uint256, bytes memory) {
        return (version, data);
    }

    function whilePaused() external view whenSystemPaused {}
}

contract RegistryTest is Test {
    bytes32 private constant ID = keccak256("Thing");
    bytes32 private constant TARGET_ID = keccak256("ThingTarget");
    bytes20 private constant GIT_HASH = bytes20(uint160(0x5e));

    Controller private controller;
    Target private thing;
    address private stranger;

    function setUp() public {
        stranger = account("stranger");
        controller = new Controller();
        controller.setContractInfo(TARGET_ID, address(new Target(address(controller), 1)), GIT_HASH);
        thing = Target(payable(address(new ManagerProxy(address(controller), TARGET_ID))));
        controller.setContractInfo(ID, address(thing), GIT_HASH);
    }

    function test_contractIds_areTheHashesOfTheirNames() public pure {
        assertEq(keccak256("BondingManager"), 0x2517d59a36a86548e38734e8ab416f42afff4bca78706a66ad65750dae7f9e37);
        assertEq(keccak256("JobsManagerTarget"), 0xa7cc642cb2cde9dce411aabbb7ab573a3cb9c56857f4c5370f981a28763f1cfa);
    }

    function test_constructor_startsPausedAndOwnedByTheDeployer() public view {
        assertTrue(controller.paused());
        assertEq(controller.owner(), address(this));
    }

    function test_storage_holdsOwnerAndPausedInSlotZero() public view {
        uint256 slot = uint256(vm.load(address(controller), 0));
        assertEq(slot, uint256(uint160(address(this))) | 1 << 160);
    }

    function test_pause_andUnpauseAlternate() public {
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerPaused.selector));
        controller.pause();
        vm.expectEmit(address(controller));
        emit IController.Unpause();
        controller.unpause();
        assertFalse(controller.paused());
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNotPaused.selector));
        controller.unpause();
        vm.expectEmit(address(controller));
        emit IController.Pause();
        controller.pause();
        assertTrue(controller.paused());
    }

    function test_everythingOfTheController_isTheOwnersAlone() public {
        bytes memory refused = abi.encodeWithSelector(SingleOwner.OwnerUnauthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refused);
        controller.pause();
        vm.expectRevert(refused);
        controller.unpause();
        vm.expectRevert(refused);
        controller.setContractInfo(ID, stranger, GIT_HASH);
        vm.expectRevert(refused);
        controller.updateController(ID, stranger);
        vm.expectRevert(refused);
        controller.transferOwnership(stranger);
        vm.stopPrank();
    }

    function testFuzz_setContractInfo_writesWhateverItIsGiven(bytes32 id, address registered, bytes20 gitCommitHash) public {
        controller.setContractInfo(id, registered, gitCommitHash);
        (address found, bytes20 foundHash) = controller.getContractInfo(id);
        assertEq(found, registered);
        assertEq(controller.getContract(id), registered);
        assertEq(bytes32(foundHash), bytes32(gitCommitHash));
    }

    function test_transferOwnership_isOneStepAndNeverToNobody() public {
        vm.expectRevert(abi.encodeWithSelector(SingleOwner.OwnerInvalid.selector));
        controller.transferOwnership(address(0));
        controller.transferOwnership(stranger);
        assertEq(controller.owner(), stranger);
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerCallerNotControllerOwner.selector, address(this)));
        thing.setValue(1);
        vm.prank(stranger);
        thing.setValue(2);
        assertEq(thing.value(), 2);
    }

    function test_updateController_movesTheProxyToAnotherController() public {
        Controller other = new Controller();
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerCallerNotController.selector, address(this)));
        thing.setController(address(other));
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerUnknownContract.selector, keccak256("Nothing")));
        controller.updateController(keccak256("Nothing"), address(other));

        vm.expectEmit(address(thing));
        emit IManager.SetController(address(other));
        controller.updateController(ID, address(other));
        assertEq(address(thing.controller()), address(other));
        // The other Controller knows no target.
        vm.expectRevert(abi.encodeWithSelector(ManagerProxy.ManagerProxyTargetNotRegistered.selector, TARGET_ID));
        thing.value();
    }

    function test_proxy_passesOnAnswersRevertsAndEther() public {
        (uint256 version, bytes memory data) = thing.versionOf("a longer answer than one word of thirty-two bytes");
        assertEq(version, 1);
        assertEq(string(data), "a longer answer than one word of thirty-two bytes");
        vm.expectRevert(abi.encodeWithSelector(Target.TargetRefused.selector, 7));
        thing.refuse(7);
        vm.deal(address(this), 3);
        (bool sent,) = address(thing).call{value: 3}("");
        assertTrue(sent);
        assertEq(thing.value(), 3);
        assertEq(address(thing).balance, 3);
    }

    function test_proxy_answersForItselfAndKeepsStateAcrossAnUpgrade() public {
        assertEq(address(thing.controller()), address(controller));
        assertEq(thing.targetContractId(), TARGET_ID);
        thing.setValue(5);
        controller.setContractInfo(TARGET_ID, address(new Target(address(controller), 2)), GIT_HASH);
        (uint256 version,) = thing.versionOf("");
        assertEq(version, 2);
        assertEq(thing.value(), 5);
    }

    function test_whenSystemPaused_refusesARunningSystem() public {
        thing.whilePaused();
        controller.unpause();
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerSystemNotPaused.selector));
        thing.whilePaused();
    }
}
