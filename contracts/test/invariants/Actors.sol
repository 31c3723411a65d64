// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingManager} from "../../bonding/BondingManager.sol";
import {Controller} from "../../registry/Controller.sol";
import {RoundsManager} from "../../rounds/RoundsManager.sol";
import {LivepeerToken} from "../../token/LivepeerToken.sol";
import {ScaledMinter} from "../../token/ScaledMinter.sol";
import {Test} from "../support/Test.sol";

/// @title Accounts that do with their stake whatever comes to their minds
/// @dev What the protocol refuses with an error of its own is refused, and nothing happened. A panic or a revert without a
/// word is a fault, and fails the run.
contract Actors is Test {
    uint256 public constant COUNT = 6;

    BondingManager public immutable bonding;
    RoundsManager public immutable rounds;
    LivepeerToken public immutable token;
    ScaledMinter public immutable minter;

    address[] internal actors;

    /// How often an action succeeded, by its name.
    mapping(string action => uint256 count) public successes;

    /// Rewards in the vault that nobody gets; by transcoder. A delegator that claims, or leaves, before the reward of a round
    /// forfeits its part, and what was forfeited before earns its part of later ones.
    mapping(address transcoder => uint256 amount) public forfeited;

    /// What was mintable in all rounds so far.
    uint256 public mintable;

    /// The protocol failed otherwise than by an error of its own.
    error UnexpectedRevert(string action, bytes reason);

    constructor(Controller controller) {
        bonding = BondingManager(controller.getContract(keccak256("BondingManager")));
        rounds = RoundsManager(controller.getContract(keccak256("RoundsManager")));
        token = LivepeerToken(controller.getContract(keccak256("LivepeerToken")));
        minter = ScaledMinter(controller.getContract(keccak256("Minter")));
        for (uint256 i = 0; i < COUNT; ++i) actors.push(account(nameOf(i)));
        mintable = minter.currentMintableTokens();
    }

    function all() external view returns (address[] memory) {
        return actors;
    }

    function bond(uint256 who, uint256 to, uint256 amount) external {
        address from = actor(who);
        amount = bound(amount, 0, token.balanceOf(from) / 2);
        approve(from, amount);
        // Half of all bonds go to the two who will be transcoders most of the time.
        address delegate = to % 2 == 0 ? actor(to / 2 % 2) : actor(to);
        attempt("bond", from, address(bonding), abi.encodeCall(bonding.bond, (amount, delegate)));
    }

    function bondToOneself(uint256 who, uint256 amount) external {
        address from = actor(who);
        amount = bound(amount, 1, token.balanceOf(from) / 2 + 1);
        approve(from, amount);
        attempt("bondToOneself", from, address(bonding), abi.encodeCall(bonding.bond, (amount, from)));
    }

    function bondFor(uint256 who, uint256 owner, uint256 amount) external {
        address from = actor(who);
        amount = bound(amount, 1, token.balanceOf(from) / 4 + 1);
        approve(from, amount);
        (,, address delegate,,,,) = bonding.getDelegator(actor(owner));
        attempt(
            "bondFor",
            from,
            address(bonding),
            abi.encodeCall(
                bonding.bondForWithHint,
                (amount, actor(owner), delegate == address(0) ? actor(0) : delegate, from, from, from, from)
            )
        );
    }

    function transferBond(uint256 who, uint256 to, uint256 amount) external {
        address from = actor(who);
        amount = bound(amount, 1, bonding.pendingStake(from, 0) + 1);
        attempt(
            "transferBond",
            from,
            address(bonding),
            abi.encodeCall(
                bonding.transferBond, (actor(to), amount, address(0), address(0), address(0), address(0))
            )
        );
    }

    function unbond(uint256 who, uint256 amount) external {
        address from = actor(who);
        uint256 stake = bonding.pendingStake(from, 0);
        // All of it in one case out of eight.
        amount = amount % 8 == 0 ? stake : bound(amount, 1, stake + 1);
        attempt("unbond", from, address(bonding), abi.encodeCall(bonding.unbond, (amount)));
    }

    function rebond(uint256 who, uint256 lock) external {
        address from = actor(who);
        attempt("rebond", from, address(bonding), abi.encodeCall(bonding.rebond, (lockOf(from, lock))));
    }

    function rebondFromUnbonded(uint256 who, uint256 to, uint256 lock) external {
        address from = actor(who);
        // Somebody who could, if there is anyone.
        for (uint256 i = 0; i < COUNT; ++i) {
            (uint256 bonded,,,,,,) = bonding.getDelegator(actor(addmod(who, i, COUNT)));
            if (bonded == 0 && locksOf(actor(addmod(who, i, COUNT))) > 0) from = actor(addmod(who, i, COUNT));
        }
        attempt(
            "rebondFromUnbonded",
            from,
            address(bonding),
            abi.encodeCall(bonding.rebondFromUnbonded, (actor(to), lockOf(from, lock)))
        );
    }

    function withdrawStake(uint256 who, uint256 lock) external {
        address from = actor(who);
        attempt("withdrawStake", from, address(bonding), abi.encodeCall(bonding.withdrawStake, (lockOf(from, lock))));
    }

    function withdrawFees(uint256 who, uint256 amount) external {
        address from = actor(who);
        amount = bound(amount, 0, bonding.pendingFees(from, 0) + 1);
        attempt(
            "withdrawFees", from, address(bonding), abi.encodeCall(bonding.withdrawFees, (payable(from), amount))
        );
    }

    function claimEarnings(uint256 who) external {
        attempt("claimEarnings", actor(who), address(bonding), abi.encodeCall(bonding.claimEarnings, (0)));
    }

    function setTerms(uint256 who, uint256 rewardCut, uint256 feeShare) external {
        attempt(
            "setTerms",
            actor(who),
            address(bonding),
            abi.encodeWithSignature(
                "transcoder(uint256,uint256)", bound(rewardCut, 0, 1_000_000), bound(feeShare, 0, 1_000_000)
            )
        );
    }

    function reward(uint256 who) external {
        rewardOf(actor(who));
    }

    /// Everybody who may, calls for its reward.
    function rewardAll() external {
        for (uint256 i = 0; i < COUNT; ++i) rewardOf(actors[i]);
    }

    function passBlocks(uint256 blocks) external {
        mine(bound(blocks, 1, 30));
    }

    function nextRound() external {
        mine(rounds.currentRoundStartBlock() + rounds.roundLength() - vm.getBlockNumber());
        initialize();
    }

    /// Rounds that nobody initializes pass, too.
    function skipRounds(uint256 count) external {
        mine(rounds.roundLength() * bound(count, 1, 3));
        initialize();
    }

    function changeRoundLength(uint256 length) external {
        vm.prank(ownerOfController());
        rounds.setRoundLength(bound(length, 60, 140));
        ++successes["changeRoundLength"];
    }

    function locksOf(address from) public view returns (uint256 sum) {
        (,,,,,, uint256 count) = bonding.getDelegator(from);
        for (uint256 id = 0; id < count; ++id) {
            (uint256 amount,) = bonding.getDelegatorUnbondingLock(from, id);
            sum += amount;
        }
    }

    /// What a transcoder earned for itself and `pendingStake` and `pendingFees` do not show: they say nothing of what came
    /// after a claim of this round, or while it was no delegate of its own.
    function hiddenEarnings(address delegate) public view returns (uint256 rewards, uint256 fees) {
        (,, address chosen,,, uint256 lastClaimRound,) = bonding.getDelegator(delegate);
        if (chosen == delegate && lastClaimRound < rounds.currentRound()) return (0, 0);
        (,,,,,,, rewards, fees,) = bonding.getTranscoder(delegate);
    }

    /// Stake of all delegators of `delegate` with what they earned, its own included.
    function promisedBy(address delegate) public view returns (uint256 sum) {
        (sum,) = hiddenEarnings(delegate);
        for (uint256 i = 0; i < COUNT; ++i) {
            (,, address chosen,,,,) = bonding.getDelegator(actors[i]);
            if (chosen == delegate) sum += bonding.pendingStake(actors[i], 0);
        }
    }

    function actor(uint256 seed) internal view returns (address) {
        return actors[seed % COUNT];
    }

    function nameOf(uint256 index) internal pure returns (string memory) {
        return string.concat("actor ", vm.toString(index));
    }

    function ownerOfController() internal view returns (address) {
        return rounds.controller().owner();
    }

    function attempt(string memory action, address from, address to, bytes memory data) internal returns (bool) {
        return attempt(action, from, to, 0, data);
    }

    function attempt(string memory action, address from, address to, uint256 value, bytes memory data)
        internal
        returns (bool success)
    {
        bytes memory reason;
        vm.prank(from);
        (success, reason) = to.call{value: value}(data);
        if (success) ++successes[action];
        // Panic(uint256) is what arithmetic and arrays fail with.
        else if (reason.length < 4 || bytes4(reason) == 0x4e487b71) revert UnexpectedRevert(action, reason);
    }

    function initialize() private {
        if (rounds.currentRoundInitialized()) return;
        rounds.initializeRound();
        mintable += minter.currentMintableTokens();
        ++successes["initializeRound"];
    }

    /// @dev A reward is shared by the stake that the transcoder began the round with. The part of stake that is there no more
    /// is forfeited, and not a wei beyond.
    function rewardOf(address from) private {
        uint256 delegated = bonding.transcoderTotalStake(from);
        uint256 promised = promisedBy(from);
        uint256 present = notYetClaimed(from);
        if (!attempt("reward", from, address(bonding), abi.encodeCall(bonding.reward, ()))) return;
        uint256 amount = bonding.transcoderTotalStake(from) - delegated;
        uint256 lost = amount - (promisedBy(from) - promised);
        (uint256 stake, uint256 cut,,,) = bonding.getTranscoderEarningsPoolForRound(from, rounds.currentRound());
        uint256 shared = amount - amount * cut / 1_000_000;
        assertNear(lost, shared * (stake - present) / stake, 1_000, "forfeited reward");
        forfeited[from] += lost;
    }

    /// @dev Stake, with what it earned, that earns its part of a reward in this round.
    function notYetClaimed(address delegate) private view returns (uint256 sum) {
        uint256 round = rounds.currentRound();
        (sum,) = hiddenEarnings(delegate);
        for (uint256 i = 0; i < COUNT; ++i) {
            (,, address chosen,,, uint256 lastClaimRound,) = bonding.getDelegator(actors[i]);
            if (chosen == delegate && lastClaimRound < round) sum += bonding.pendingStake(actors[i], 0);
        }
    }

    /// @dev A lock that still holds something, if there is one.
    function lockOf(address from, uint256 seed) private view returns (uint256 id) {
        (,,,,,, uint256 count) = bonding.getDelegator(from);
        for (uint256 i = 0; i < count; ++i) {
            id = addmod(seed, i, count);
            if (bonding.isValidUnbondingLock(from, id)) return id;
        }
    }

    function approve(address from, uint256 amount) private {
        vm.prank(from);
        token.approve(address(bonding), amount);
    }
}
