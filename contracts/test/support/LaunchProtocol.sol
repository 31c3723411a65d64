// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingManager} from "../../bonding/BondingManager.sol";
import {JobsManager} from "../../jobs/JobsManager.sol";
import {Controller} from "../../registry/Controller.sol";
import {ManagerProxy} from "../../registry/ManagerProxy.sol";
import {RoundsManager} from "../../rounds/RoundsManager.sol";
import {LivepeerToken} from "../../token/LivepeerToken.sol";
import {Minter} from "../../token/Minter.sol";
import {ScaledMinter} from "../../token/ScaledMinter.sol";
import {Test} from "./Test.sol";

/// @title The protocol as it was launched, running, owned by the test
/// @dev The test holds the supply. Round `FIRST_ROUND` has begun.
abstract contract LaunchProtocol is Test {
    uint256 internal constant LPT = 1e18;
    uint256 internal constant SUPPLY = 10_000_000 * LPT;
    uint256 internal constant ROUND_LENGTH = 100;
    uint256 internal constant FIRST_ROUND = 10;
    uint64 internal constant UNBONDING_PERIOD = 7;
    bytes20 internal constant GIT_HASH = bytes20(uint160(0x5e));
    uint256 internal constant NEVER = type(uint256).max;

    Controller internal controller;
    LivepeerToken internal token;
    ScaledMinter internal minter;
    RoundsManager internal rounds;
    BondingManager internal bonding;
    JobsManager internal jobs;

    function setUp() public virtual {
        deployProtocol();
    }

    function deployProtocol() internal {
        vm.roll(FIRST_ROUND * ROUND_LENGTH);
        controller = new Controller();
        token = new LivepeerToken();
        minter = newMinter();
        register("LivepeerToken", address(token));
        register("Minter", address(minter));
        rounds = RoundsManager(deployProxied("RoundsManager", address(new RoundsManager(address(controller)))));
        bonding = BondingManager(deployProxied("BondingManager", newBondingTarget()));
        jobs = JobsManager(deployProxied("JobsManager", newJobsTarget()));
        setParameters();

        token.mint(address(this), SUPPLY);
        token.transferOwnership(address(minter));
        controller.unpause();
        rounds.initializeRound();
    }

    /// Values of the 2018 launch, but shorter rounds and two places in the pool.
    function setParameters() internal virtual {
        rounds.setRoundLength(ROUND_LENGTH);
        rounds.setRoundLockAmount(100_000);
        bonding.setUnbondingPeriod(UNBONDING_PERIOD);
        bonding.setNumActiveTranscoders(2);
        jobs.setVerificationRate(1);
        jobs.setVerificationPeriod(10);
        jobs.setVerificationSlashingPeriod(10);
        jobs.setFailedVerificationSlashAmount(10_000);
        jobs.setMissedVerificationSlashAmount(5_000);
        jobs.setDoubleClaimSegmentSlashAmount(30_000);
        jobs.setFinderFee(50_000);
    }

    function newMinter() internal virtual returns (ScaledMinter) {
        return new Minter(address(controller), 137, 3, 500_000);
    }

    function newBondingTarget() internal virtual returns (address) {
        return address(new BondingManager(address(controller)));
    }

    function newJobsTarget() internal virtual returns (address) {
        return address(new JobsManager(address(controller)));
    }

    function register(string memory name, address registered) internal {
        controller.setContractInfo(keccak256(bytes(name)), registered, GIT_HASH);
    }

    /// Registers `target` and a new proxy for it.
    function deployProxied(string memory name, address target) internal returns (address proxy) {
        string memory targetName = string.concat(name, "Target");
        register(targetName, target);
        proxy = address(new ManagerProxy(address(controller), keccak256(bytes(targetName))));
        register(name, proxy);
    }

    /// Goes to the first block of the next round, and begins it.
    function nextRound() internal {
        skipRounds(1);
        rounds.initializeRound();
    }

    function skipRounds(uint256 count) internal {
        uint256 height = rounds.currentRoundStartBlock() + count * rounds.roundLength();
        mine(height - vm.getBlockNumber());
    }

    function bond(address from, uint256 amount, address to) internal {
        token.transfer(from, amount);
        vm.startPrank(from);
        token.approve(address(bonding), amount);
        bonding.bond(amount, to);
        vm.stopPrank();
    }

    /// Bonds `amount` of a new transcoder to itself. It is active from the next round on.
    function bondTranscoder(address from, uint256 amount, uint256 rewardCut, uint256 feeShare) internal {
        bond(from, amount, from);
        vm.prank(from);
        bonding.transcoder(rewardCut, feeShare);
    }

    function reward(address from) internal {
        vm.prank(from);
        bonding.reward();
    }

    function pendingStake(address from) internal view returns (uint256) {
        return bonding.pendingStake(from, 0);
    }

    function pendingFees(address from) internal view returns (uint256) {
        return bonding.pendingFees(from, 0);
    }

    function bondedAmount(address from) internal view returns (uint256 amount) {
        (amount,,,,,,) = bonding.getDelegator(from);
    }

    function delegateOf(address from) internal view returns (address delegate) {
        (,, delegate,,,,) = bonding.getDelegator(from);
    }

    /// Pays `amount` wei of fees to a transcoder, as the jobs contract does.
    function payFees(address transcoder, uint256 amount) internal {
        vm.deal(address(jobs), address(jobs).balance + amount);
        uint256 round = rounds.currentRound();
        vm.startPrank(address(jobs));
        minter.depositETH{value: amount}();
        bonding.updateTranscoderWithFees(transcoder, amount, round);
        vm.stopPrank();
    }

    receive() external payable {}
}
