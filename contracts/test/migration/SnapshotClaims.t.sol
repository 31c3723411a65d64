// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IBondingManager} from "../../bonding/IBondingManager.sol";
import {Governor} from "../../governance/Governor.sol";
import {SnapshotClaims} from "../../migration/SnapshotClaims.sol";
import {IManager} from "../../registry/IManager.sol";
import {LaunchProtocol} from "../support/LaunchProtocol.sol";

/// Cheat codes that only these tests need.
interface ChainVm {
    function chainId(uint256 id) external;
}

/// A contract account with one owner, who signs for it.
contract Wallet {
    address private immutable _owner;

    constructor(address owner) {
        _owner = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return ECDSA.recoverCalldata(hash, signature) == _owner ? this.isValidSignature.selector : bytes4(0xffffffff);
    }

    function run(address to, bytes calldata data) external {
        (bool isDone, bytes memory reason) = to.call(data);
        if (isDone) return;
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    receive() external payable {}
}

/// Takes no ether.
contract Closed {}

/// Claims once more, whenever it is paid.
contract Greedy {
    SnapshotClaims private immutable _claims;
    bytes private _again;
    bytes public reason;

    constructor(SnapshotClaims claims) {
        _claims = claims;
    }

    function claim(bytes calldata data) external {
        _again = data;
        (bool isDone,) = address(_claims).call(data);
        require(isDone);
    }

    receive() external payable {
        (, reason) = address(_claims).call(_again);
    }
}

contract SnapshotClaimsTest is LaunchProtocol {
    bytes32 private constant SNAPSHOT = keccak256("snapshot");
    uint256 private constant REVIEW = 7 days;
    uint256 private constant TIME = 365 days;
    uint256 private constant FEES = 0.5 ether;

    SnapshotClaims private claims;
    SnapshotClaims.Entry[4] private entries;
    SnapshotClaims.Choice private own;
    address[4] private noHints;
    address private transcoder;
    address private alice;
    address private bob;
    address private remainder;
    address private stranger;
    Wallet private wallet;

    function setUp() public override {
        super.setUp();
        (transcoder, alice, bob) = (account("transcoder"), account("alice"), account("bob"));
        (remainder, stranger) = (account("remainder"), account("stranger"));
        wallet = new Wallet(account("owner of the wallet"));
        bondTranscoder(transcoder, 100 * LPT, 0, 0);
        nextRound();
        claims = new SnapshotClaims(address(controller), SNAPSHOT, REVIEW, TIME, payable(remainder));
        entries[0] = SnapshotClaims.Entry(0, alice, transcoder, 40 * LPT, 3 * LPT, FEES);
        entries[1] = SnapshotClaims.Entry(1, bob, address(0), 0, 5 * LPT, 0);
        entries[2] = SnapshotClaims.Entry(2, address(wallet), transcoder, 7 * LPT, 0, FEES);
        // An index far away has a word of its own in the bitmap, and is no other bit.
        entries[3] = SnapshotClaims.Entry(256, bob, transcoder, 2 * LPT, 0, 0);
    }

    // The tree is staged, reviewed, opened.

    function test_aStagedTree_isReviewedBeforeAnythingCanBeClaimed() public {
        bytes32 root = rootOf(claims);
        vm.expectEmit(address(claims));
        emit SnapshotClaims.RootStaged(root, 57 * LPT, 2 * FEES, vm.getBlockTimestamp() + REVIEW);
        claims.stage(root, 57 * LPT, 2 * FEES);
        fund(claims);
        vm.warp(vm.getBlockTimestamp() + REVIEW - 1);
        vm.expectRevert(
            abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsInReview.selector, vm.getBlockTimestamp() + 1)
        );
        claims.open(root);
        expectClaim(0, alice, abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsClosed.selector, 0));
        vm.warp(vm.getBlockTimestamp() + 1);
        vm.prank(stranger);
        claims.open(root);
        assertEq(claims.claimEnd(), vm.getBlockTimestamp() + TIME);
        claimAs(alice, 0);
    }

    function test_aCancelledTree_cannotBeOpened_andTheNextIsReviewedFromTheStart() public {
        bytes32 root = rootOf(claims);
        claims.stage(root, 57 * LPT, 2 * FEES);
        vm.warp(vm.getBlockTimestamp() + REVIEW);
        vm.expectEmit(address(claims));
        emit SnapshotClaims.RootCancelled(root);
        claims.cancel(root);
        assertEq(claims.opensAt() + claims.totalTokens() + claims.totalFees(), 0);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsNotStaged.selector, root));
        claims.open(root);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsNotStaged.selector, bytes32(0)));
        claims.open(bytes32(0));
        claims.stage(root, 0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsInReview.selector, vm.getBlockTimestamp() + REVIEW)
        );
        claims.open(root);
    }

    function test_anOpenTree_isFinal() public {
        bytes32 root = openClaims(claims);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsNotStaged.selector, root));
        claims.cancel(root);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsAlreadyStaged.selector, root));
        claims.stage(keccak256("other"), 0, 0);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsNotStaged.selector, root));
        claims.open(root);
    }

    function test_onlyOneTreeAtATime_andNeverTheNullOne() public {
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsInvalidRoot.selector));
        claims.stage(bytes32(0), 0, 0);
        bytes32 root = rootOf(claims);
        claims.stage(root, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsAlreadyStaged.selector, root));
        claims.stage(keccak256("other"), 0, 0);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsNotStaged.selector, keccak256("other")));
        claims.cancel(keccak256("other"));
        vm.warp(vm.getBlockTimestamp() + REVIEW);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsNotStaged.selector, keccak256("other")));
        claims.open(keccak256("other"));
    }

    function test_claimsDoNotOpen_whileSomethingIsMissing() public {
        bytes32 root = rootOf(claims);
        claims.stage(root, 57 * LPT, 2 * FEES);
        vm.warp(vm.getBlockTimestamp() + REVIEW);
        token.transfer(address(claims), 56 * LPT);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsUnderfunded.selector, LPT, 2 * FEES));
        claims.open(root);
        vm.deal(address(claims), 2 * FEES);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsUnderfunded.selector, LPT, 0));
        claims.open(root);
        token.transfer(address(claims), LPT);
        claims.open(root);
    }

    function test_onlyTheOwnerOfTheController_stagesCancelsAndExtends() public {
        bytes memory refused = abi.encodeWithSelector(IManager.ManagerCallerNotControllerOwner.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refused);
        claims.stage(keccak256("root"), 0, 0);
        vm.expectRevert(refused);
        claims.cancel(keccak256("root"));
        vm.expectRevert(refused);
        claims.extend(NEVER);
        vm.expectRevert(refused);
        claims.sweep();
    }

    /// A Governor that owns the Controller adds its own delay before.
    function test_theGovernor_stagesAndCancels() public {
        Governor governor = new Governor();
        controller.transferOwnership(address(governor));
        bytes32 root = rootOf(claims);
        Governor.Update memory update = updateOf(abi.encodeCall(SnapshotClaims.stage, (root, 57 * LPT, 2 * FEES)));
        governor.stage(update, 10);
        mine(10);
        governor.execute(update);
        assertEq(claims.root(), root);
        update = updateOf(abi.encodeCall(SnapshotClaims.cancel, (root)));
        governor.stage(update, 0);
        governor.execute(update);
        assertEq(claims.root(), bytes32(0));
    }

    // An account claims.

    function test_aClaim_bondsTheStakeAndPaysTheRest() public {
        openClaims(claims);
        vm.expectEmit(address(claims));
        emit SnapshotClaims.Claimed(0, alice, transcoder, alice, 40 * LPT, 3 * LPT, FEES);
        claimAs(alice, 0);
        assertEq(bondedAmount(alice), 40 * LPT);
        assertEq(delegateOf(alice), transcoder);
        assertEq(bonding.transcoderTotalStake(transcoder), 140 * LPT);
        assertEq(token.balanceOf(alice), 3 * LPT);
        assertEq(alice.balance, FEES);
        assertEq(token.balanceOf(address(minter)), 140 * LPT);
        assertEq(token.balanceOf(address(claims)), 14 * LPT);
        assertEq(token.allowance(address(claims), address(bonding)), 0);
        assertTrue(claims.isClaimed(0));
        assertFalse(claims.isClaimed(1));

        nextRound();
        reward(transcoder);
        assertGe(pendingStake(alice), 41 * LPT, "stake that earns");
        vm.prank(alice);
        bonding.unbond(40 * LPT);
        skipRounds(UNBONDING_PERIOD);
        rounds.initializeRound();
        vm.prank(alice);
        bonding.withdrawStake(0);
        assertEq(token.balanceOf(alice), 43 * LPT);
    }

    function test_everyEntryOnce() public {
        openClaims(claims);
        claimAs(alice, 0);
        claimAs(bob, 1);
        claimAs(bob, 3);
        assertEq(token.balanceOf(bob), 5 * LPT);
        assertEq(bondedAmount(bob), 2 * LPT);
        expectClaim(0, alice, abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsAlreadyClaimed.selector, 0));
        expectClaim(1, bob, abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsAlreadyClaimed.selector, 1));
        expectClaim(3, bob, abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsAlreadyClaimed.selector, 256));
    }

    function testFuzz_anythingElseThanTheEntry_isNotInTheTree(uint256 field, uint256 change) public {
        openClaims(claims);
        change = bound(change, 1, type(uint64).max);
        SnapshotClaims.Entry memory entry = entries[0];
        field = bound(field, 0, 4);
        if (field == 0) entry.index += change;
        if (field == 1) entry.delegate = address(uint160(entry.delegate) ^ uint160(change));
        if (field == 2) entry.stake ^= change;
        if (field == 3) entry.tokens ^= change;
        if (field == 4) entry.fees ^= change;
        bytes32[] memory proof = proofOf(claims, 0);
        vm.prank(alice);
        expectError(
            field == 0 && entry.index == 0
                ? SnapshotClaims.SnapshotClaimsAlreadyClaimed.selector
                : SnapshotClaims.SnapshotClaimsInvalidProof.selector
        );
        claims.claim(entry, proof, own, noHints);
    }

    function test_nobodyElse_claims() public {
        openClaims(claims);
        expectClaim(
            0, stranger, abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsUnauthorized.selector, stranger, alice)
        );
        SnapshotClaims.Entry memory entry = entries[0];
        entry.account = stranger;
        bytes32[] memory proof = proofOf(claims, 0);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsInvalidProof.selector, 0));
        vm.prank(stranger);
        claims.claim(entry, proof, own, noHints);
    }

    function test_aProof_isWorthNothingOnAnotherChainOrInAnotherContract() public {
        bytes32 root = openClaims(claims);
        SnapshotClaims other = new SnapshotClaims(address(controller), SNAPSHOT, 0, TIME, payable(remainder));
        expectUselessIn(other, root);
        ChainVm(address(vm)).chainId(1_234);
        expectClaim(0, alice, abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsInvalidProof.selector, 0));
        ChainVm(address(vm)).chainId(31_337);
        claimAs(alice, 0);
    }

    function test_theSnapshotId_isInTheLeaf() public {
        SnapshotClaims other =
            new SnapshotClaims(address(controller), keccak256("other"), REVIEW, TIME, payable(remainder));
        bytes32 expected = keccak256(
            bytes.concat(
                keccak256(
                    abi.encode(block.chainid, other, keccak256("other"), 0, alice, transcoder, 40 * LPT, 3 * LPT, FEES)
                )
            )
        );
        assertEq(other.leafOf(entries[0]), expected);
    }

    function test_anAccount_choosesAnotherDelegateAndAnotherRecipient() public {
        address second = account("second");
        bondTranscoder(second, 50 * LPT, 0, 0);
        openClaims(claims);
        bytes32[] memory proof = proofOf(claims, 0);
        vm.prank(alice);
        claims.claim(entries[0], proof, SnapshotClaims.Choice(second, stranger), noHints);
        assertEq(delegateOf(alice), second);
        assertEq(token.balanceOf(stranger), 3 * LPT);
        assertEq(stranger.balance, FEES);
        assertEq(token.balanceOf(alice) + alice.balance, 0);
    }

    // By signature.

    function test_anybody_claimsForAnAccountThatSigned() public {
        openClaims(claims);
        SnapshotClaims.Choice memory choice = SnapshotClaims.Choice(address(0), alice);
        uint256 deadline = vm.getBlockTimestamp() + 1 hours;
        claimFor(0, choice, deadline, signatureBy("alice", 0, choice, deadline), "");
        assertEq(bondedAmount(alice), 40 * LPT);
        assertEq(alice.balance, FEES);
        bytes memory again = abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsAlreadyClaimed.selector, 0);
        claimFor(0, choice, deadline, signatureBy("alice", 0, choice, deadline), again);
    }

    function test_aSignature_isForOneClaimOnly() public {
        openClaims(claims);
        SnapshotClaims.Choice memory choice = SnapshotClaims.Choice(transcoder, alice);
        uint256 deadline = vm.getBlockTimestamp() + 1 hours;
        bytes memory signature = signatureBy("alice", 0, choice, deadline);
        bytes memory refused = abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsInvalidSignature.selector, alice);
        claimFor(0, SnapshotClaims.Choice(stranger, alice), deadline, signature, refused);
        claimFor(0, SnapshotClaims.Choice(transcoder, stranger), deadline, signature, refused);
        claimFor(0, choice, deadline + 1, signature, refused);
        claimFor(0, choice, deadline, signatureBy("bob", 0, choice, deadline), refused);
        claimFor(0, choice, deadline, "", refused);
        claimFor(
            1,
            choice,
            deadline,
            signatureBy("bob", 3, choice, deadline),
            abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsInvalidSignature.selector, bob)
        );
        ChainVm(address(vm)).chainId(1_234);
        claimFor(0, choice, deadline, signature, refused);
        ChainVm(address(vm)).chainId(31_337);
        vm.warp(deadline + 1);
        bytes memory late = abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsSignatureExpired.selector, deadline);
        claimFor(0, choice, deadline, signature, late);
        vm.warp(deadline);
        claimFor(0, choice, deadline, signature, "");
    }

    function test_theDigest_isThatOfTheTypedData() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("SnapshotClaims"),
                keccak256("1"),
                block.chainid,
                address(claims)
            )
        );
        bytes32 typeHash = keccak256(
            "Claim(bytes32 snapshotId,uint256 index,address account,address delegate,address recipient,uint256 deadline)"
        );
        bytes32 message = keccak256(abi.encode(typeHash, SNAPSHOT, 5, alice, transcoder, bob, 9));
        assertEq(
            claims.claimDigest(5, alice, SnapshotClaims.Choice(transcoder, bob), 9),
            keccak256(abi.encodePacked("\x19\x01", domain, message))
        );
    }

    // Contracts as accounts.

    function test_aContractAccount_claimsByACallOfItsOwn() public {
        openClaims(claims);
        bytes memory data = abi.encodeCall(SnapshotClaims.claim, (entries[2], proofOf(claims, 2), own, noHints));
        wallet.run(address(claims), data);
        assertEq(bondedAmount(address(wallet)), 7 * LPT);
        assertEq(address(wallet).balance, FEES);
        wallet.run(address(bonding), abi.encodeCall(bonding.claimEarnings, (0)));
    }

    function test_aContractAccount_claimsByTheSignatureOfItsOwner() public {
        openClaims(claims);
        uint256 deadline = vm.getBlockTimestamp();
        bytes memory refused =
            abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsInvalidSignature.selector, address(wallet));
        claimFor(2, own, deadline, signatureBy("stranger", 2, own, deadline), refused);
        claimFor(2, own, deadline, signatureBy("owner of the wallet", 2, own, deadline), "");
        assertEq(bondedAmount(address(wallet)), 7 * LPT);
    }

    function test_anAccountThatTakesNoEther_namesARecipientThatDoes() public {
        Closed closed = new Closed();
        entries[0].account = address(closed);
        openClaims(claims);
        bytes32[] memory proof = proofOf(claims, 0);
        vm.startPrank(address(closed));
        vm.expectRevert();
        claims.claim(entries[0], proof, own, noHints);
        assertFalse(claims.isClaimed(0));
        claims.claim(entries[0], proof, SnapshotClaims.Choice(address(0), stranger), noHints);
        assertEq(stranger.balance, FEES);
    }

    function test_whoIsPaid_cannotClaimAgainMeanwhile() public {
        Greedy greedy = new Greedy(claims);
        entries[0].account = address(greedy);
        openClaims(claims);
        greedy.claim(abi.encodeCall(SnapshotClaims.claim, (entries[0], proofOf(claims, 0), own, noHints)));
        assertEq(address(greedy).balance, FEES);
        assertEq(bondedAmount(address(greedy)), 40 * LPT);
        bytes memory refused = abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsAlreadyClaimed.selector, 0);
        assertEq(keccak256(greedy.reason()), keccak256(refused));
    }

    // In the BondingManager.

    function test_aTranscoder_comesBackOnlyWhereTheClaimsAreRegisteredAsMigrator() public {
        entries[0].delegate = alice;
        openClaims(claims);
        expectClaim(0, alice, abi.encodeWithSelector(IBondingManager.BondingInvalidDelegate.selector));
        register("L2Migrator", address(claims));
        claimAs(alice, 0);
        assertTrue(bonding.isRegisteredTranscoder(alice));
        assertEq(bonding.getTranscoderPoolSize(), 2);
    }

    function test_stakeThatIsThereAlready_staysAndGrows() public {
        bond(alice, 10 * LPT, transcoder);
        openClaims(claims);
        claimAs(alice, 0);
        assertEq(bondedAmount(alice), 50 * LPT);
        assertEq(bonding.transcoderTotalStake(transcoder), 150 * LPT);
    }

    /// Whoever bonds a little for an account that has nothing chooses its delegate. The account names that one, or moves first.
    function test_stakeOfAnotherThatCameFirst_doesNotShutAnAccountOut() public {
        openClaims(claims);
        token.approve(address(bonding), 1);
        bonding.bondForWithHint(1, alice, stranger, address(0), address(0), address(0), address(0));
        expectClaim(0, alice, abi.encodeWithSelector(IBondingManager.BondingDelegateChangeByOther.selector, alice));
        vm.prank(alice);
        bonding.bond(0, transcoder);
        claimAs(alice, 0);
        assertEq(bondedAmount(alice), 40 * LPT + 1);
        assertEq(delegateOf(alice), transcoder);
    }

    function test_withoutADelegate_thereIsNothingToBondTo() public {
        entries[0].delegate = address(0);
        openClaims(claims);
        expectClaim(0, alice, abi.encodeWithSelector(IBondingManager.BondingInvalidDelegate.selector));
        assertFalse(claims.isClaimed(0));
    }

    function test_aStoppedProtocol_takesNoClaims() public {
        openClaims(claims);
        controller.pause();
        expectClaim(1, bob, abi.encodeWithSelector(IManager.ManagerSystemPaused.selector));
    }

    // The end.

    function test_afterTheEnd_theRestGoesWhereItWasSaid() public {
        openClaims(claims);
        claimAs(alice, 0);
        uint256 end = claims.claimEnd();
        vm.warp(end - 1);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsNotEnded.selector, end));
        claims.sweep();
        vm.warp(end);
        expectClaim(1, bob, abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsClosed.selector, end));
        vm.expectEmit(address(claims));
        emit SnapshotClaims.Swept(remainder, 14 * LPT, FEES);
        vm.prank(stranger);
        claims.sweep();
        assertEq(token.balanceOf(remainder), 14 * LPT);
        assertEq(remainder.balance, FEES);
        claims.sweep();
    }

    function test_theEnd_onlyMovesToLater_andOnlyBeforeItCame() public {
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsClosed.selector, 0));
        claims.extend(NEVER);
        openClaims(claims);
        uint256 end = claims.claimEnd();
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsInvalidEnd.selector, end));
        claims.extend(end);
        vm.expectEmit(address(claims));
        emit SnapshotClaims.ClaimEndChanged(end + 1);
        claims.extend(end + 1);
        vm.warp(end);
        claimAs(bob, 1);
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsClosed.selector, end + 1));
        claims.extend(NEVER);
    }

    function test_withoutATree_theOwnerOfTheControllerGetsTheFundsBack() public {
        bytes32 root = rootOf(claims);
        claims.stage(root, 57 * LPT, 2 * FEES);
        fund(claims);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsNotEnded.selector, 0));
        claims.sweep();
        claims.cancel(root);
        claims.sweep();
        assertEq(token.balanceOf(remainder), 57 * LPT);
        assertEq(remainder.balance, 2 * FEES);
    }

    function test_aContractThatCouldNeverPay_isRefused() public {
        address payable to = payable(remainder);
        expectError(SnapshotClaims.SnapshotClaimsInvalid.selector);
        new SnapshotClaims(address(controller), bytes32(0), REVIEW, TIME, to);
        expectError(SnapshotClaims.SnapshotClaimsInvalid.selector);
        new SnapshotClaims(address(controller), SNAPSHOT, REVIEW, 0, to);
        expectError(SnapshotClaims.SnapshotClaimsInvalid.selector);
        new SnapshotClaims(address(controller), SNAPSHOT, REVIEW, TIME, payable(address(0)));
    }

    /// Stages the tree of the entries, waits, funds, opens.
    function openClaims(SnapshotClaims of_) private returns (bytes32 root) {
        root = rootOf(of_);
        of_.stage(root, 57 * LPT, 2 * FEES);
        vm.warp(vm.getBlockTimestamp() + REVIEW);
        fund(of_);
        of_.open(root);
    }

    function fund(SnapshotClaims to) private {
        token.transfer(address(to), 57 * LPT);
        vm.deal(address(this), 2 * FEES);
        (bool isPaid,) = address(to).call{value: 2 * FEES}("");
        assertTrue(isPaid);
    }

    function claimAs(address caller, uint256 entry) private {
        bytes32[] memory proof = proofOf(claims, entry);
        vm.prank(caller);
        claims.claim(entries[entry], proof, own, noHints);
    }

    function expectClaim(uint256 entry, address caller, bytes memory reason) private {
        bytes32[] memory proof = proofOf(claims, entry);
        vm.expectRevert(reason);
        vm.prank(caller);
        claims.claim(entries[entry], proof, own, noHints);
    }

    function expectUselessIn(SnapshotClaims other, bytes32 root) private {
        other.stage(root, 0, 0);
        other.open(root);
        bytes32[] memory proof = proofOf(claims, 0);
        vm.expectRevert(abi.encodeWithSelector(SnapshotClaims.SnapshotClaimsInvalidProof.selector, 0));
        vm.prank(alice);
        other.claim(entries[0], proof, own, noHints);
    }

    function claimFor(
        uint256 entry,
        SnapshotClaims.Choice memory choice,
        uint256 deadline,
        bytes memory signature,
        bytes memory reason
    ) private {
        bytes32[] memory proof = proofOf(claims, entry);
        if (reason.length > 0) vm.expectRevert(reason);
        vm.prank(stranger);
        claims.claimFor(entries[entry], proof, choice, noHints, deadline, signature);
    }

    function signatureBy(string memory name, uint256 entry, SnapshotClaims.Choice memory choice, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        bytes32 digest = claims.claimDigest(entries[entry].index, entries[entry].account, choice, deadline);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKeyOf(name), digest);
        return abi.encodePacked(r, s, v);
    }

    function rootOf(SnapshotClaims of_) private view returns (bytes32) {
        return Hashes.commutativeKeccak256(pairOf(of_, 0), pairOf(of_, 1));
    }

    function proofOf(SnapshotClaims of_, uint256 entry) private view returns (bytes32[] memory proof) {
        proof = new bytes32[](2);
        proof[0] = of_.leafOf(entries[entry ^ 1]);
        proof[1] = pairOf(of_, 1 - entry / 2);
    }

    function pairOf(SnapshotClaims of_, uint256 pair) private view returns (bytes32) {
        return Hashes.commutativeKeccak256(of_.leafOf(entries[2 * pair]), of_.leafOf(entries[2 * pair + 1]));
    }

    function updateOf(bytes memory data) private view returns (Governor.Update memory update) {
        update.target = new address[](1);
        update.value = new uint256[](1);
        update.data = new bytes[](1);
        (update.target[0], update.data[0]) = (address(claims), data);
    }
}
