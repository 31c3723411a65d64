// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {Manager} from "../registry/Manager.sol";
import {IBondingDelegation} from "./IBondingDelegation.sol";

/// @title What the accounts of a snapshot bring into a fork, each at its own time and cost
/// @notice Stake is bonded, tokens and ether are paid. The tree is staged by the owner of the Controller, waits for a
/// review that nobody can shorten, and can be cancelled until it is opened. Opened, it is final. Nobody but an account
/// claims for it, by a call or by a signature: a claim chooses a delegate, and claims earnings in the fork.
/// @dev A leaf is the double hash of abi.encode(chain id, this contract, snapshot id, index, account, delegate, stake,
/// tokens, fees): nowhere else does its proof prove anything, be it another chain after a split, another fork or another
/// snapshot. Pairs are hashed in sorted order.
///
/// Stake goes through `bondForWithHint`, from tokens held here. Registered as L2Migrator this contract may also make
/// transcoders of accounts and move an account that has stake in the fork to another delegate; otherwise the
/// BondingManager refuses both. As L2Migrator it may also bond before the delegate's reward of the round, which costs an
/// account that has stake its part of it: whoever signs leaves that choice to the sender until the deadline. Whoever bonded
/// a little for an account before it claims has chosen its delegate; the account moves first, or names that one.
///
/// Not behind a proxy. Storage: slot 0 controller, 1 and 2 of EIP712, unused, 3 root, 4 totalTokens, 5 totalFees,
/// 6 opensAt, 7 claimEnd, 8 _claimed.
contract SnapshotClaims is Manager, EIP712 {
    using BitMaps for BitMaps.BitMap;
    using SafeERC20 for IERC20;

    /// A row of the snapshot; stake and tokens in units of 1e-18 LPT, fees in wei.
    struct Entry {
        uint256 index;
        address account;
        address delegate;
        uint256 stake;
        uint256 tokens;
        uint256 fees;
    }

    /// What an account decides when it claims.
    struct Choice {
        /// Whom the stake is bonded to; null for the delegate of the snapshot.
        address delegate;
        /// Who gets tokens and ether; null for the account itself.
        address recipient;
    }

    bytes32 private constant CLAIM_TYPEHASH = keccak256(
        "Claim(bytes32 snapshotId,uint256 index,address account,address delegate,address recipient,uint256 deadline)"
    );

    /// Of the snapshot that the tree is made from.
    bytes32 public immutable snapshotId;

    /// Seconds between staging and opening.
    uint256 public immutable reviewSeconds;

    /// Seconds in which claims are possible, from the opening on.
    uint256 public immutable claimSeconds;

    /// Who gets what nobody claimed.
    address payable public immutable remainderTo;

    /// Root of the tree, staged or open; null when there is none.
    bytes32 public root;

    /// Sum of stake and tokens of all entries, in units of 1e-18 LPT.
    uint256 public totalTokens;

    /// Sum of the fees of all entries, in wei.
    uint256 public totalFees;

    /// Time from which the staged root can be opened.
    uint256 public opensAt;

    /// Time from which nothing can be claimed any more; zero until the root is open.
    uint256 public claimEnd;

    BitMaps.BitMap private _claimed;

    /// Null, or no time to claim in.
    error SnapshotClaimsInvalid(bytes32 snapshotId, uint256 claimSeconds, address remainderTo);

    /// The null root stands for none.
    error SnapshotClaimsInvalidRoot();

    /// There is a root already: `root` is staged or open.
    error SnapshotClaimsAlreadyStaged(bytes32 root);

    /// `root` is not the one that is staged.
    error SnapshotClaimsNotStaged(bytes32 root);

    /// The review lasts until `opensAt`.
    error SnapshotClaimsInReview(uint256 opensAt);

    /// What the entries add up to is not here: `tokens` and `fees` are missing.
    error SnapshotClaimsUnderfunded(uint256 tokens, uint256 fees);

    /// Nothing can be claimed now: the root is not open, or the claims ended at `claimEnd`.
    error SnapshotClaimsClosed(uint256 claimEnd);

    /// The end can only be moved to later; it is at `claimEnd`.
    error SnapshotClaimsInvalidEnd(uint256 claimEnd);

    /// `caller` is not `account`.
    error SnapshotClaimsUnauthorized(address caller, address account);

    /// The signature is not one of `account` for this claim.
    error SnapshotClaimsInvalidSignature(address account);

    /// The signature was good until `deadline`.
    error SnapshotClaimsSignatureExpired(uint256 deadline);

    /// The entry at `index` was claimed already.
    error SnapshotClaimsAlreadyClaimed(uint256 index);

    /// The entry at `index` is not shown to be in the tree.
    error SnapshotClaimsInvalidProof(uint256 index);

    /// What is here belongs to the accounts until `claimEnd`.
    error SnapshotClaimsNotEnded(uint256 claimEnd);

    event RootStaged(bytes32 indexed root, uint256 totalTokens, uint256 totalFees, uint256 opensAt);
    event RootCancelled(bytes32 indexed root);
    event RootOpened(bytes32 indexed root, uint256 claimEnd);
    event ClaimEndChanged(uint256 claimEnd);
    event Claimed(
        uint256 indexed index,
        address indexed account,
        address indexed delegate,
        address recipient,
        uint256 stake,
        uint256 tokens,
        uint256 fees
    );
    event Swept(address indexed recipient, uint256 tokens, uint256 fees);

    constructor(
        address initialController,
        bytes32 initialSnapshotId,
        uint256 initialReviewSeconds,
        uint256 initialClaimSeconds,
        address payable initialRemainderTo
    ) Manager(initialController) EIP712("SnapshotClaims", "1") {
        if (initialSnapshotId == bytes32(0) || initialClaimSeconds == 0 || initialRemainderTo == address(0)) {
            revert SnapshotClaimsInvalid(initialSnapshotId, initialClaimSeconds, initialRemainderTo);
        }
        snapshotId = initialSnapshotId;
        reviewSeconds = initialReviewSeconds;
        claimSeconds = initialClaimSeconds;
        remainderTo = initialRemainderTo;
    }

    /// Ether for the fees. Tokens are sent to the token.
    receive() external payable {}

    /// Puts a tree up for review.
    function stage(bytes32 newRoot, uint256 tokens, uint256 fees) external onlyControllerOwner {
        if (newRoot == bytes32(0)) revert SnapshotClaimsInvalidRoot();
        if (root != bytes32(0)) revert SnapshotClaimsAlreadyStaged(root);
        root = newRoot;
        totalTokens = tokens;
        totalFees = fees;
        opensAt = block.timestamp + reviewSeconds;
        emit RootStaged(newRoot, tokens, fees, opensAt);
    }

    /// Takes the staged tree back. Another can be staged then, and is reviewed from the start.
    function cancel(bytes32 stagedRoot) external onlyControllerOwner {
        _requireStaged(stagedRoot);
        root = bytes32(0);
        totalTokens = 0;
        totalFees = 0;
        opensAt = 0;
        emit RootCancelled(stagedRoot);
    }

    /// Lets accounts claim, once the review is over and all that they can claim is here. Anyone may call it; the root is
    /// named so that nobody opens another than the one they looked at.
    function open(bytes32 stagedRoot) external {
        _requireStaged(stagedRoot);
        if (block.timestamp < opensAt) revert SnapshotClaimsInReview(opensAt);
        uint256 tokens = _token().balanceOf(address(this));
        uint256 fees = address(this).balance;
        if (tokens < totalTokens || fees < totalFees) {
            revert SnapshotClaimsUnderfunded(_missing(tokens, totalTokens), _missing(fees, totalFees));
        }
        claimEnd = block.timestamp + claimSeconds;
        emit RootOpened(stagedRoot, claimEnd);
    }

    /// Gives accounts more time. Not once it is over: what is left is no longer theirs then.
    function extend(uint256 newClaimEnd) external onlyControllerOwner {
        _requireOpen();
        if (newClaimEnd <= claimEnd) revert SnapshotClaimsInvalidEnd(claimEnd);
        claimEnd = newClaimEnd;
        emit ClaimEndChanged(newClaimEnd);
    }

    /// Claims the caller's own entry. `hints` are the neighbours that `bondForWithHint` takes, in its order; null where
    /// unknown.
    function claim(Entry calldata entry, bytes32[] calldata proof, Choice calldata choice, address[4] calldata hints)
        external
    {
        if (msg.sender != entry.account) revert SnapshotClaimsUnauthorized(msg.sender, entry.account);
        _claim(entry, proof, choice, hints);
    }

    /// Claims the entry of an account that signed for it (EIP-712, or ERC-1271 where the account is a contract). The
    /// hints are the caller's: they change what the claim costs and nothing else.
    function claimFor(
        Entry calldata entry,
        bytes32[] calldata proof,
        Choice calldata choice,
        address[4] calldata hints,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (block.timestamp > deadline) revert SnapshotClaimsSignatureExpired(deadline);
        bytes32 digest = claimDigest(entry.index, entry.account, choice, deadline);
        if (!SignatureChecker.isValidSignatureNowCalldata(entry.account, digest, signature)) {
            revert SnapshotClaimsInvalidSignature(entry.account);
        }
        _claim(entry, proof, choice, hints);
    }

    /// Sends what is here to `remainderTo`: when the claims are over, by anyone; as long as no root is staged or open, by the
    /// owner of the Controller, so that nothing is stuck under a tree that never was.
    function sweep() external {
        if (root == bytes32(0)) {
            if (msg.sender != controller.owner()) revert ManagerCallerNotControllerOwner(msg.sender);
        } else if (claimEnd == 0 || block.timestamp < claimEnd) {
            revert SnapshotClaimsNotEnded(claimEnd);
        }
        uint256 tokens = _token().balanceOf(address(this));
        uint256 fees = address(this).balance;
        emit Swept(remainderTo, tokens, fees);
        if (tokens > 0) _token().safeTransfer(remainderTo, tokens);
        if (fees > 0) Address.sendValue(remainderTo, fees);
    }

    /// Whether the entry at `index` was claimed.
    function isClaimed(uint256 index) external view returns (bool) {
        return _claimed.get(index);
    }

    /// What an account signs for `claimFor`.
    function claimDigest(uint256 index, address account, Choice calldata choice, uint256 deadline)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(CLAIM_TYPEHASH, snapshotId, index, account, choice.delegate, choice.recipient, deadline)
            )
        );
    }

    /// Hash of an entry as the tree has it.
    function leafOf(Entry calldata entry) public view returns (bytes32) {
        bytes memory row = abi.encode(block.chainid, address(this), snapshotId, entry);
        return keccak256(bytes.concat(keccak256(row)));
    }

    /// @dev The entry is marked before anything is paid: whoever is paid can come back, and finds it claimed.
    function _claim(Entry calldata entry, bytes32[] calldata proof, Choice calldata choice, address[4] calldata hints)
        private
        whenSystemNotPaused
    {
        _requireOpen();
        if (_claimed.get(entry.index)) revert SnapshotClaimsAlreadyClaimed(entry.index);
        if (!MerkleProof.verifyCalldata(proof, root, leafOf(entry))) revert SnapshotClaimsInvalidProof(entry.index);
        _claimed.set(entry.index);

        address delegate = choice.delegate == address(0) ? entry.delegate : choice.delegate;
        address recipient = choice.recipient == address(0) ? entry.account : choice.recipient;
        emit Claimed(entry.index, entry.account, delegate, recipient, entry.stake, entry.tokens, entry.fees);
        if (entry.stake > 0) _bond(entry.account, entry.stake, delegate, hints);
        if (entry.tokens > 0) _token().safeTransfer(recipient, entry.tokens);
        if (entry.fees > 0) Address.sendValue(payable(recipient), entry.fees);
    }

    function _bond(address account, uint256 stake, address delegate, address[4] calldata hints) private {
        address bonding = _registered("BondingManager");
        _token().forceApprove(bonding, stake);
        IBondingDelegation(bonding).bondForWithHint(stake, account, delegate, hints[0], hints[1], hints[2], hints[3]);
    }

    function _requireStaged(bytes32 stagedRoot) private view {
        if (stagedRoot == bytes32(0) || stagedRoot != root || claimEnd != 0) {
            revert SnapshotClaimsNotStaged(stagedRoot);
        }
    }

    function _requireOpen() private view {
        if (block.timestamp >= claimEnd) revert SnapshotClaimsClosed(claimEnd);
    }

    function _token() private view returns (IERC20) {
        return IERC20(_registered("LivepeerToken"));
    }

    function _missing(uint256 there, uint256 needed) private pure returns (uint256) {
        return there < needed ? needed - there : 0;
    }
}
