// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {PackedMerkleProof} from "../math/PackedMerkleProof.sol";

/// @title MerkleMine
/// @notice Gives every account of a list the same amount of tokens. An account may take its own at any time. From
/// `callerAllocationStartBlock` on anyone may take it for an account, and keeps a part that grows linearly to the whole
/// at `callerAllocationEndBlock`: whoever did not come by then leaves the tokens to whoever does.
/// @dev A leaf is the hash of the 20 bytes of an address; each pair is sorted before hashing. Storage: slot 0 token,
/// 1 genesisRoot, 2 totalGenesisTokens, 3 totalGenesisRecipients, 4 tokensPerAllocation, 5 balanceThreshold,
/// 6 genesisBlock, 7 callerAllocationStartBlock, 8 callerAllocationEndBlock, 9 callerAllocationPeriod, 10 started,
/// 11 generated.
contract MerkleMine {
    using SafeERC20 for IERC20;

    /// The token that is given away.
    IERC20 public token;

    /// Root of the tree of accounts.
    bytes32 public genesisRoot;

    /// What is given away in all, in units of 1e-18 LPT.
    uint256 public totalGenesisTokens;

    /// How many accounts the tree has.
    uint256 public totalGenesisRecipients;

    /// What each account gets, in units of 1e-18 LPT, rounded down: the remainder can never be taken.
    uint256 public tokensPerAllocation;

    /// Ether in wei that an account had to hold to be in the tree. Kept for the reader; nothing here depends on it.
    uint256 public balanceThreshold;

    /// Block whose state the tree was made from. Kept for the reader.
    uint256 public genesisBlock;

    /// First block in which others may take an account's tokens.
    uint256 public callerAllocationStartBlock;

    /// Block from which on whoever takes them keeps them all.
    uint256 public callerAllocationEndBlock;

    /// Blocks between the two.
    uint256 public callerAllocationPeriod;

    /// Whether tokens can be taken.
    bool public started;

    /// Whether an account's tokens were taken.
    mapping(address recipient => bool isGenerated) public generated;

    event Generate(
        address indexed _recipient,
        address indexed _caller,
        uint256 _recipientTokenAmount,
        uint256 _callerTokenAmount,
        uint256 _block
    );

    /// `value` is not possible for `param`.
    error MerkleMineInvalidParameter(string param, uint256 value);

    /// The tokens to give away did not arrive yet.
    error MerkleMineInsufficientBalance(uint256 balance, uint256 required);

    /// Tokens can be taken already.
    error MerkleMineAlreadyStarted();

    /// Tokens cannot be taken yet.
    error MerkleMineNotStarted();

    /// The tokens of `recipient` were taken already.
    error MerkleMineAlreadyGenerated(address recipient);

    /// `recipient` is not shown to be in the tree.
    error MerkleMineInvalidProof(address recipient);

    /// Only `recipient` itself may take its tokens before `startBlock`.
    error MerkleMineCallerPeriodNotStarted(address recipient, uint256 startBlock);

    constructor(
        address initialToken,
        bytes32 initialGenesisRoot,
        uint256 initialTotalGenesisTokens,
        uint256 initialTotalGenesisRecipients,
        uint256 initialBalanceThreshold,
        uint256 initialGenesisBlock,
        uint256 initialCallerAllocationStartBlock,
        uint256 initialCallerAllocationEndBlock
    ) {
        if (initialToken == address(0)) revert MerkleMineInvalidParameter("token", 0);
        if (initialTotalGenesisRecipients == 0) revert MerkleMineInvalidParameter("totalGenesisRecipients", 0);
        if (initialGenesisBlock > block.number) {
            revert MerkleMineInvalidParameter("genesisBlock", initialGenesisBlock);
        }
        if (initialCallerAllocationStartBlock <= block.number) {
            revert MerkleMineInvalidParameter("callerAllocationStartBlock", initialCallerAllocationStartBlock);
        }
        if (initialCallerAllocationEndBlock <= initialCallerAllocationStartBlock) {
            revert MerkleMineInvalidParameter("callerAllocationEndBlock", initialCallerAllocationEndBlock);
        }
        token = IERC20(initialToken);
        genesisRoot = initialGenesisRoot;
        totalGenesisTokens = initialTotalGenesisTokens;
        totalGenesisRecipients = initialTotalGenesisRecipients;
        tokensPerAllocation = initialTotalGenesisTokens / initialTotalGenesisRecipients;
        balanceThreshold = initialBalanceThreshold;
        genesisBlock = initialGenesisBlock;
        callerAllocationStartBlock = initialCallerAllocationStartBlock;
        callerAllocationEndBlock = initialCallerAllocationEndBlock;
        callerAllocationPeriod = initialCallerAllocationEndBlock - initialCallerAllocationStartBlock;
    }

    /// Lets tokens be taken, once they are all here. Anyone may call.
    function start() external {
        if (started) revert MerkleMineAlreadyStarted();
        uint256 balance = token.balanceOf(address(this));
        if (balance < totalGenesisTokens) revert MerkleMineInsufficientBalance(balance, totalGenesisTokens);
        started = true;
    }

    /// Takes the tokens of `recipient`, shown to be in the tree by its sibling hashes, one after the other.
    function generate(address recipient, bytes calldata merkleProof) external {
        if (!started) revert MerkleMineNotStarted();
        if (generated[recipient]) revert MerkleMineAlreadyGenerated(recipient);
        if (!PackedMerkleProof.verify(merkleProof, genesisRoot, keccak256(abi.encodePacked(recipient)))) {
            revert MerkleMineInvalidProof(recipient);
        }
        generated[recipient] = true;

        uint256 callerAmount;
        if (msg.sender != recipient) {
            if (block.number < callerAllocationStartBlock) {
                revert MerkleMineCallerPeriodNotStarted(recipient, callerAllocationStartBlock);
            }
            callerAmount = callerTokenAmountAtBlock(block.number);
        }
        uint256 recipientAmount = tokensPerAllocation - callerAmount;
        if (recipientAmount > 0) token.safeTransfer(recipient, recipientAmount);
        if (callerAmount > 0) token.safeTransfer(msg.sender, callerAmount);
        emit Generate(recipient, msg.sender, recipientAmount, callerAmount, block.number);
    }

    /// What a caller keeps of the tokens it takes for somebody else in `blockNumber`.
    function callerTokenAmountAtBlock(uint256 blockNumber) public view returns (uint256) {
        if (blockNumber < callerAllocationStartBlock) return 0;
        if (blockNumber >= callerAllocationEndBlock) return tokensPerAllocation;
        return tokensPerAllocation * (blockNumber - callerAllocationStartBlock) / callerAllocationPeriod;
    }
}
