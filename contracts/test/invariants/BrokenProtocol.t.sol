// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingManagerClaimOrder2018} from "../../historic/BondingManagerClaimOrder2018.sol";
import {BondingManagerZeroStartFactors2021} from "../../historic/BondingManagerZeroStartFactors2021.sol";
import {Actors} from "./Actors.sol";
import {StakeInvariants} from "./StakeInvariants.sol";

/// @title Every invariant fails when what it says is not so
abstract contract BrokenProtocol is StakeInvariants {
    /// A check passed that should have failed.
    error CheckPassed(string what);

    address internal first;
    address internal second;

    function setUp() public override {
        super.setUp();
        start(new Actors(controller));
        (first, second) = (people.all()[0], people.all()[1]);
        checkStake();
        checkEther();
    }

    function checkEther() public view {
        checkVaultEther(0);
    }

    /// @dev `check` must fail by an assertion about `what`.
    function mustFail(function() external view check, string memory what) internal view {
        try check() {
            revert CheckPassed(what);
        } catch (bytes memory reason) {
            assertTrue(bytes4(reason) == AssertionFailed.selector, "another failure than an assertion");
            bytes memory arguments = new bytes(reason.length - 4);
            for (uint256 i = 0; i < arguments.length; ++i) arguments[i] = reason[i + 4];
            (string memory failed,,) = abi.decode(arguments, (string, uint256, uint256));
            assertEq(failed, what);
        }
    }
}

contract TamperedProtocolTest is BrokenProtocol {
    function test_tokensFromNowhere_areNoticed() public {
        // _totalSupply of the token.
        vm.store(address(token), bytes32(uint256(2)), bytes32(token.totalSupply() + 1));
        mustFail(this.checkSupply, "sum of balances");
    }

    function test_tokensTakenFromTheVault_areNoticed() public {
        vm.prank(address(bonding));
        minter.trustedTransferTokens(address(this), 1);
        checkSupply();
        mustFail(this.checkVaultTokens, "tokens in the vault");
    }

    function test_tokensInTheVaultThatNobodyBonded_areNoticed() public {
        token.transfer(address(minter), 1);
        checkSupply();
        mustFail(this.checkVaultTokens, "stake and locks");
    }

    function test_etherTakenFromTheVault_isNoticed() public {
        payFees(first, 1 ether);
        people.nextRound();
        checkEther();
        vm.prank(address(jobs));
        minter.trustedWithdrawETH(payable(address(this)), 1 gwei);
        mustFail(this.checkEther, "ether in the vault");
    }

    function test_aPoolOutOfOrder_isNoticed() public {
        // The last of the two gets more delegated than the list knows.
        setDelegated(first, 2_000 * LPT);
        mustFail(this.checkPool, "order of the pool");
    }

    function test_aWrongSumOfActiveStake_isNoticed() public {
        vm.store(address(bonding), bytes32(uint256(6)), bytes32(bonding.nextRoundTotalActiveStake() + 1));
        mustFail(this.checkPool, "active stake of the next round");
        vm.store(address(bonding), bytes32(uint256(5)), bytes32(bonding.currentRoundTotalActiveStake() - 1));
        mustFail(this.checkActiveSet, "active stake of this round");
    }

    function test_aWrongSizeOfThePool_isNoticed() public {
        // `size` of the list, which begins in slot 7.
        vm.store(address(bonding), bytes32(uint256(10)), bytes32(uint256(3)));
        mustFail(this.checkPool, "size of the pool");
    }

    function test_rewardsBeyondTheMintable_areNoticed() public {
        vm.store(address(minter), bytes32(uint256(5)), bytes32(minter.currentMintableTokens() + 1));
        mustFail(this.checkMinted, "minted in this round");
        vm.store(address(minter), bytes32(uint256(5)), 0);
        vm.prank(address(minter));
        token.mint(address(this), 1_000_000 * LPT);
        checkSupply();
        mustFail(this.checkMinted, "minted in all rounds");
    }

    function test_stakeThatIsNobodys_isNoticed() public {
        setDelegated(second, bonding.transcoderTotalStake(second) + DUST + 1);
        mustFail(this.checkTranscoders, "stake that is nobody's");
    }

    function test_stakePromisedTwice_isNoticed() public {
        setDelegated(second, bonding.transcoderTotalStake(second) - 1);
        mustFail(this.checkTranscoders, "stake promised to delegators");
    }

    /// @dev `delegatedAmount` is the fourth word of a delegator; the mapping is in slot 3.
    function setDelegated(address who, uint256 amount) private {
        bytes32 slot = keccak256(abi.encode(who, 3));
        vm.store(address(bonding), bytes32(uint256(slot) + 3), bytes32(amount));
        assertEq(bonding.transcoderTotalStake(who), amount);
    }
}

contract ClaimOrder2018Test is BrokenProtocol {
    function newBondingTarget() internal override returns (address) {
        return address(new BondingManagerClaimOrder2018(address(controller)));
    }

    function test_commissionTakenTwice_isNoticed() public {
        people.rewardAll();
        checkTranscoders();
        vm.prank(first);
        bonding.claimEarnings(0);
        mustFail(this.checkTranscoders, "stake that is nobody's");
    }
}

contract ZeroStartFactors2021Test is BrokenProtocol {
    function newBondingTarget() internal override returns (address) {
        return address(new BondingManagerZeroStartFactors2021(address(controller)));
    }

    function test_rewardsPaidTwice_areNoticed() public {
        people.rewardAll();
        people.nextRound();
        vm.prank(people.all()[2]);
        bonding.claimEarnings(0);
        people.nextRound();
        mustFail(this.checkTranscoders, "stake promised to delegators");
        mustFail(this.checkVaultTokens, "tokens in the vault");
    }
}
