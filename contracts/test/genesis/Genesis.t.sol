// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GenesisManager} from "../../genesis/GenesisManager.sol";
import {MerkleMine} from "../../genesis/MerkleMine.sol";
import {TokenTimelock} from "../../genesis/TokenTimelock.sol";
import {TokenVesting} from "../../genesis/TokenVesting.sol";
import {SingleOwner} from "../../registry/SingleOwner.sol";
import {LivepeerToken} from "../../token/LivepeerToken.sol";
import {Test} from "../support/Test.sol";

contract GenesisManagerTest is Test {
    uint256 private constant LPT = 1e18;
    uint256 private constant START = 1_800_000_000;
    uint256 private constant THREE_YEARS = 94_608_000;

    LivepeerToken private token;
    GenesisManager private genesis;
    address private crowd;
    address private bank;
    address private minter;
    address private receiver;

    function setUp() public {
        vm.warp(START - 14_400);
        (crowd, bank, minter) = (account("crowd"), account("bank"), account("minter"));
        receiver = account("receiver");
        token = new LivepeerToken();
        genesis = new GenesisManager(address(token), crowd, bank, minter, START);
        token.transferOwnership(address(genesis));
    }

    function test_genesisOf2018_givesEveryBucketAway() public {
        allocate2018();
        genesis.start();
        assertEq(token.balanceOf(address(genesis)), 10_000_000 * LPT);
        for (uint256 i = 0; i < 8; ++i) genesis.addTeamGrant(grantee("team", i), share(1_235_000, 8, i), 0, THREE_YEARS);
        for (uint256 i = 0; i < 23; ++i) {
            genesis.addInvestorGrant(grantee("investor", i), share(1_900_000, 23, i), 0, THREE_YEARS / 2);
        }
        for (uint256 i = 0; i < 16; ++i) genesis.addCommunityGrant(grantee("community", i), share(21_300, 16, i));
        assertEq(genesis.teamGrantsAmount(), 1_235_000 * LPT);
        assertEq(genesis.investorsGrantsAmount(), 1_900_000 * LPT);
        assertEq(genesis.communityGrantsAmount(), 21_300 * LPT);
        genesis.end();
        assertEq(token.balanceOf(crowd), 6_343_700 * LPT);
        assertEq(token.balanceOf(bank), 500_000 * LPT);
        assertEq(token.balanceOf(address(genesis)), 0);
        assertEq(token.owner(), minter);
        assertTrue(genesis.stage() == GenesisManager.Stages.GenesisEnd);
    }

    function test_grants_areHeldForTheirReceiversAndOwnedByTheBank() public {
        allocate2018();
        genesis.start();
        genesis.addTeamGrant(receiver, 9 * LPT, 100, THREE_YEARS);
        TokenVesting vesting = TokenVesting(genesis.vestingHolders(receiver));
        assertEq(vesting.owner(), bank);
        assertEq(vesting.beneficiary(), receiver);
        assertEq(vesting.start(), START);
        assertEq(vesting.cliff(), START + 100);
        assertEq(vesting.duration(), THREE_YEARS);
        assertTrue(vesting.revocable());
        genesis.addCommunityGrant(receiver, 5 * LPT);
        TokenTimelock lock = TokenTimelock(genesis.timeLockedHolders(receiver));
        assertEq(lock.beneficiary(), receiver);
        assertEq(lock.releaseTime(), START);
        expectError(TokenTimelock.TimelockNotReleasable.selector);
        lock.release();
        vm.warp(START);
        lock.release();
        assertEq(token.balanceOf(receiver), 5 * LPT);
        vm.expectRevert(abi.encodeWithSelector(TokenTimelock.TimelockEmpty.selector));
        lock.release();
    }

    function test_grants_refuseTooMuchAndTwice() public {
        allocate2018();
        genesis.start();
        vm.expectRevert(
            abi.encodeWithSelector(
                GenesisManager.GenesisGrantsExceedSupply.selector, 1_235_000 * LPT + 1, 1_235_000 * LPT
            )
        );
        genesis.addTeamGrant(receiver, 1_235_000 * LPT + 1, 0, 1);
        genesis.addTeamGrant(receiver, 1, 0, 1);
        expectError(GenesisManager.GenesisDuplicateReceiver.selector);
        genesis.addInvestorGrant(receiver, 1, 0, 1);
        genesis.addCommunityGrant(receiver, 1);
        expectError(GenesisManager.GenesisDuplicateReceiver.selector);
        genesis.addCommunityGrant(receiver, 1);
        expectError(GenesisManager.GenesisGrantsExceedSupply.selector);
        genesis.addInvestorGrant(account("other"), 1_900_000 * LPT + 1, 0, 1);
        expectError(GenesisManager.GenesisGrantsExceedSupply.selector);
        genesis.addCommunityGrant(account("other"), 21_300 * LPT);
        vm.warp(START);
        expectError(TokenTimelock.TimelockReleaseTimePassed.selector);
        genesis.addCommunityGrant(account("other"), 1);
    }

    function test_stages_passOnceAndInOrder() public {
        expectError(GenesisManager.GenesisWrongStage.selector);
        genesis.addTeamGrant(receiver, 0, 0, 1);
        expectError(GenesisManager.GenesisWrongStage.selector);
        genesis.addInvestorGrant(receiver, 0, 0, 1);
        expectError(GenesisManager.GenesisWrongStage.selector);
        genesis.addCommunityGrant(receiver, 0);
        expectError(GenesisManager.GenesisWrongStage.selector);
        genesis.end();
        vm.expectRevert(abi.encodeWithSelector(GenesisManager.GenesisSupplyMismatch.selector, 10, 15));
        genesis.setAllocations(10, 1, 2, 3, 4, 5);
        genesis.setAllocations(15, 1, 2, 3, 4, 5);
        allocate2018();
        genesis.start();
        expectError(GenesisManager.GenesisWrongStage.selector);
        genesis.start();
        expectError(GenesisManager.GenesisWrongStage.selector);
        genesis.setAllocations(15, 1, 2, 3, 4, 5);
    }

    function test_genesis_isTheOwnersAlone() public {
        vm.startPrank(receiver);
        bytes memory refused = abi.encodeWithSelector(SingleOwner.OwnerUnauthorized.selector, receiver);
        vm.expectRevert(refused);
        genesis.setAllocations(15, 1, 2, 3, 4, 5);
        vm.expectRevert(refused);
        genesis.start();
        vm.expectRevert(refused);
        genesis.addTeamGrant(receiver, 1, 0, 1);
        vm.expectRevert(refused);
        genesis.addInvestorGrant(receiver, 1, 0, 1);
        vm.expectRevert(refused);
        genesis.addCommunityGrant(receiver, 1);
        vm.expectRevert(refused);
        genesis.end();
        vm.stopPrank();
    }

    function test_constructor_refusesNobody() public {
        expectError(GenesisManager.GenesisNullAddress.selector);
        new GenesisManager(address(0), crowd, bank, minter, START);
        expectError(GenesisManager.GenesisNullAddress.selector);
        new GenesisManager(address(token), address(0), bank, minter, START);
        expectError(GenesisManager.GenesisNullAddress.selector);
        new GenesisManager(address(token), crowd, address(0), minter, START);
        expectError(GenesisManager.GenesisNullAddress.selector);
        new GenesisManager(address(token), crowd, bank, address(0), START);
    }

    function allocate2018() private {
        genesis.setAllocations(
            10_000_000 * LPT, 6_343_700 * LPT, 500_000 * LPT, 1_235_000 * LPT, 1_900_000 * LPT, 21_300 * LPT
        );
    }

    function grantee(string memory bucket, uint256 index) private returns (address) {
        return account(string.concat(bucket, vm.toString(index)));
    }

    /// @dev Equal parts in wei; the last one takes the remainder.
    function share(uint256 tokens, uint256 count, uint256 index) private pure returns (uint256) {
        uint256 part = tokens * LPT / count;
        return index + 1 < count ? part : tokens * LPT - part * (count - 1);
    }
}

contract TokenVestingTest is Test {
    uint256 private constant START = 1_800_000_000;

    LivepeerToken private token;
    address private receiver;

    function setUp() public {
        vm.warp(START);
        token = new LivepeerToken();
        receiver = account("receiver");
    }

    function test_vesting_isLinearFromTheStartAndNotFromTheCliff() public {
        TokenVesting vesting = grant(1_200, 300, 1_200, true);
        vm.warp(START + 299);
        assertEq(vesting.vestedAmount(token), 0);
        vm.expectRevert(abi.encodeWithSelector(TokenVesting.VestingNothingToRelease.selector));
        vesting.release(token);
        vm.warp(START + 300);
        assertEq(vesting.vestedAmount(token), 300);
        vm.expectEmit(address(vesting));
        emit TokenVesting.Released(300);
        vesting.release(token);
        vm.warp(START + 600);
        assertEq(vesting.vestedAmount(token), 600);
        assertEq(vesting.releasableAmount(token), 300);
        vm.warp(START + 1_200);
        vesting.release(token);
        assertEq(token.balanceOf(receiver), 1_200);
        assertEq(vesting.released(address(token)), 1_200);
    }

    function test_revoke_returnsWhatIsNotVestedAndLeavesTheRest() public {
        TokenVesting vesting = grant(1_200, 0, 1_200, true);
        vm.warp(START + 500);
        vm.prank(receiver);
        vm.expectRevert(abi.encodeWithSelector(SingleOwner.OwnerUnauthorized.selector, receiver));
        vesting.revoke(token);
        vm.expectEmit(address(vesting));
        emit TokenVesting.Revoked();
        vesting.revoke(token);
        assertEq(token.balanceOf(address(this)), 700);
        assertTrue(vesting.revoked(address(token)));
        vm.expectRevert(abi.encodeWithSelector(TokenVesting.VestingAlreadyRevoked.selector, address(token)));
        vesting.revoke(token);
        vm.warp(START + 501);
        vesting.release(token);
        assertEq(token.balanceOf(receiver), 500);
    }

    function test_revoke_isNotForGrantsThatCannotBe() public {
        TokenVesting vesting = grant(1_200, 0, 1_200, false);
        vm.expectRevert(abi.encodeWithSelector(TokenVesting.VestingNotRevocable.selector));
        vesting.revoke(token);
    }

    function test_constructor_refusesNobodyAndALateCliff() public {
        vm.expectRevert(abi.encodeWithSelector(TokenVesting.VestingInvalidBeneficiary.selector));
        new TokenVesting(address(0), START, 0, 1, true);
        vm.expectRevert(abi.encodeWithSelector(TokenVesting.VestingCliffAfterEnd.selector, 2, 1));
        new TokenVesting(receiver, START, 2, 1, true);
    }

    /// However often it is released, the receiver has exactly what is vested, and all of it at the end.
    function testFuzz_release_paysWhatIsVestedToTheWei(uint96 amount, uint32 duration, uint32[5] memory waits) public {
        vm.assume(amount > 0 && duration > 0);
        TokenVesting vesting = grant(amount, 0, duration, true);
        uint256 elapsed;
        for (uint256 i = 0; i < waits.length; ++i) {
            elapsed += waits[i];
            vm.warp(START + elapsed);
            uint256 expected = elapsed >= duration ? amount : uint256(amount) * elapsed / duration;
            if (vesting.releasableAmount(token) > 0) vesting.release(token);
            assertEq(token.balanceOf(receiver), expected, "released");
        }
        vm.warp(START + duration);
        if (vesting.releasableAmount(token) > 0) vesting.release(token);
        assertEq(token.balanceOf(receiver), amount, "released in the end");
    }

    function grant(uint256 amount, uint256 cliff, uint256 duration, bool revocable) private returns (TokenVesting vesting) {
        vesting = new TokenVesting(receiver, START, cliff, duration, revocable);
        token.mint(address(vesting), amount);
    }
}

contract MerkleMineTest is Test {
    uint256 private constant TOKENS = 6_343_700e18;
    uint256 private constant RECIPIENTS = 2_598_071;
    uint256 private constant PER_ALLOCATION = 2_441_696_166_117_092_258;
    uint256 private constant PERIOD_START = 2_000;
    uint256 private constant PERIOD_END = 3_000;

    LivepeerToken private token;
    MerkleMine private mine_;
    address private one;
    address private other;

    function setUp() public {
        vm.roll(1_000);
        token = new LivepeerToken();
        (one, other) = (account("one"), account("other"));
        mine_ = deploy(pair(leaf(one), leaf(other)));
    }

    function test_tokensPerAllocation_isThatOf2018() public view {
        assertEq(mine_.tokensPerAllocation(), PER_ALLOCATION);
        assertEq(mine_.callerAllocationPeriod(), 1_000);
        assertEq(mine_.balanceThreshold(), 0.1 ether);
        assertEq(mine_.genesisBlock(), 900);
        assertEq(mine_.totalGenesisRecipients(), RECIPIENTS);
    }

    function test_start_needsAllTokensAndHappensOnce() public {
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.MerkleMineNotStarted.selector));
        mine_.generate(one, "");
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.MerkleMineInsufficientBalance.selector, 0, TOKENS));
        mine_.start();
        token.mint(address(mine_), TOKENS);
        mine_.start();
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.MerkleMineAlreadyStarted.selector));
        mine_.start();
    }

    function test_generate_givesAllToWhoComesItself() public {
        begin();
        vm.expectEmit(address(mine_));
        emit MerkleMine.Generate(one, one, PER_ALLOCATION, 0, 1_000);
        vm.prank(one);
        mine_.generate(one, abi.encodePacked(leaf(other)));
        assertEq(token.balanceOf(one), PER_ALLOCATION);
        vm.prank(one);
        vm.expectRevert(abi.encodeWithSelector(MerkleMine.MerkleMineAlreadyGenerated.selector, one));
        mine_.generate(one, abi.encodePacked(leaf(other)));
    }

    function test_generate_byOthersWaitsForItsPeriodAndThenShares() public {
        begin();
        vm.expectRevert(
            abi.encodeWithSelector(MerkleMine.MerkleMineCallerPeriodNotStarted.selector, one, PERIOD_START)
        );
        mine_.generate(one, abi.encodePacked(leaf(other)));
        vm.roll(2_250);
        mine_.generate(one, abi.encodePacked(leaf(other)));
        assertEq(token.balanceOf(address(this)), PER_ALLOCATION / 4);
        assertEq(token.balanceOf(one), PER_ALLOCATION - PER_ALLOCATION / 4);
        vm.roll(PERIOD_END);
        mine_.generate(other, abi.encodePacked(leaf(one)));
        assertEq(token.balanceOf(other), 0);
    }

    function test_generate_refusesFalseProofs() public {
        begin();
        vm.startPrank(one);
        expectError(MerkleMine.MerkleMineInvalidProof.selector);
        mine_.generate(one, "");
        expectError(MerkleMine.MerkleMineInvalidProof.selector);
        mine_.generate(one, "not whole hashes");
        expectError(MerkleMine.MerkleMineInvalidProof.selector);
        mine_.generate(one, abi.encodePacked(leaf(one)));
        vm.stopPrank();
    }

    function test_constructor_refusesWhatCannotBe() public {
        bytes4 invalid = MerkleMine.MerkleMineInvalidParameter.selector;
        expectError(invalid);
        new MerkleMine(address(0), 0, TOKENS, 1, 0, 900, PERIOD_START, PERIOD_END);
        expectError(invalid);
        new MerkleMine(address(token), 0, TOKENS, 0, 0, 900, PERIOD_START, PERIOD_END);
        expectError(invalid);
        new MerkleMine(address(token), 0, TOKENS, 1, 0, 1_001, PERIOD_START, PERIOD_END);
        expectError(invalid);
        new MerkleMine(address(token), 0, TOKENS, 1, 0, 900, 1_000, PERIOD_END);
        expectError(invalid);
        new MerkleMine(address(token), 0, TOKENS, 1, 0, 900, PERIOD_START, PERIOD_START);
    }

    function testFuzz_callerTokenAmount_growsLinearlyFromNothingToAll(uint256 height) public view {
        height = bound(height, 0, 10_000);
        uint256 expected;
        if (height >= PERIOD_END) expected = PER_ALLOCATION;
        else if (height >= PERIOD_START) expected = PER_ALLOCATION * (height - PERIOD_START) / 1_000;
        assertEq(mine_.callerTokenAmountAtBlock(height), expected);
    }

    /// In a tree of any addresses each one proves itself, and no other address does with its proof.
    function testFuzz_proofs_showMembersAndNobodyElse(address[7] memory members, uint8 chosen, address stranger) public {
        bytes32[] memory level = new bytes32[](7);
        for (uint256 i = 0; i < 7; ++i) {
            vm.assume(members[i] != stranger && members[i] != address(0) && stranger != address(0));
            level[i] = leaf(members[i]);
        }
        uint256 index = chosen % 7;
        bytes memory proof;
        while (level.length > 1) {
            uint256 sibling = index ^ 1;
            if (sibling < level.length) proof = abi.encodePacked(proof, level[sibling]);
            index /= 2;
            bytes32[] memory next = new bytes32[]((level.length + 1) / 2);
            for (uint256 i = 0; i < next.length; ++i) {
                next[i] = 2 * i + 1 < level.length ? pair(level[2 * i], level[2 * i + 1]) : level[2 * i];
            }
            level = next;
        }
        MerkleMine any = deploy(level[0]);
        token.mint(address(any), TOKENS);
        any.start();
        vm.prank(stranger);
        expectError(MerkleMine.MerkleMineInvalidProof.selector);
        any.generate(stranger, proof);
        vm.prank(members[chosen % 7]);
        any.generate(members[chosen % 7], proof);
        assertTrue(any.generated(members[chosen % 7]));
    }

    function begin() private {
        token.mint(address(mine_), TOKENS);
        mine_.start();
    }

    function deploy(bytes32 root) private returns (MerkleMine) {
        return new MerkleMine(
            address(token), root, TOKENS, RECIPIENTS, 0.1 ether, 900, PERIOD_START, PERIOD_END
        );
    }

    function leaf(address member) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(member));
    }

    function pair(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return left < right ? keccak256(abi.encodePacked(left, right)) : keccak256(abi.encodePacked(right, left));
    }
}
