// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Governor (LIP-25)
/// @notice Owns the Controller on behalf of its own owner. An update is a batch of calls that the owner stages with a
/// delay in blocks and anyone executes afterwards, all calls or none.
/// @dev Not behind a proxy. Storage: slot 0 owner, slot 1 updates. An update is known by the hash of its content only;
/// `nonce` is there to tell two equal ones apart. After execution or cancellation the same update can be staged again.
contract Governor {
    struct Update {
        address[] target;
        uint256[] value;
        bytes[] data;
        uint256 nonce;
    }

    address public owner;

    /// Block from which an update, by keccak256(abi.encode(update)), can be executed; 0 when it is not staged.
    mapping(bytes32 updateHash => uint256 executeBlock) public updates;

    /// `account` is not the owner.
    error GovernorUnauthorized(address account);

    /// Ownership can only change by a call of the Governor to itself.
    error GovernorOnlySelf(address account);

    /// Ownership cannot go to the null address.
    error GovernorInvalidOwner();

    /// The update has different numbers of targets, values and data.
    error GovernorUnequalLengths(uint256 targets, uint256 values, uint256 data);

    /// The update is staged already.
    error GovernorAlreadyStaged(bytes32 updateHash);

    /// The update is not staged.
    error GovernorNotStaged(bytes32 updateHash);

    /// The update can be executed from `executeBlock` on.
    error GovernorDelayNotExpired(uint256 executeBlock);

    /// The call at `index` carries data, but `target` has no code to run it.
    error GovernorTargetWithoutCode(uint256 index, address target);

    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event UpdateStaged(Update update, uint256 delay);
    event UpdateExecuted(Update update);
    event UpdateCancelled(Update update);

    modifier onlyOwner() {
        if (msg.sender != owner) revert GovernorUnauthorized(msg.sender);
        _;
    }

    constructor() {
        owner = msg.sender;
        emit OwnershipTransferred(address(0), msg.sender);
    }

    /// Hands the Governor to `newOwner`. Only an update that calls the Governor itself gets here.
    function transferOwnership(address newOwner) external {
        if (msg.sender != address(this)) revert GovernorOnlySelf(msg.sender);
        if (newOwner == address(0)) revert GovernorInvalidOwner();
        emit OwnershipTransferred(owner, newOwner);
        owner = newOwner;
    }

    /// Makes an update executable `delay` blocks from now. No delay is too short: how long updates wait is a convention
    /// of the owner.
    /// @dev Arrays of unequal lengths are refused. The deployed Governor takes them, and then ignores what is too much or
    /// fails at execution for what is missing.
    function stage(Update calldata update, uint256 delay) external onlyOwner {
        uint256 count = update.target.length;
        if (update.value.length != count || update.data.length != count) {
            revert GovernorUnequalLengths(count, update.value.length, update.data.length);
        }
        bytes32 updateHash = keccak256(abi.encode(update));
        if (updates[updateHash] != 0) revert GovernorAlreadyStaged(updateHash);
        updates[updateHash] = block.number + delay;
        emit UpdateStaged(update, delay);
    }

    /// Makes the calls of a staged update, in order. Ether for them comes with the call or from the Governor's balance.
    /// @dev A target without code is refused when there is data for it: the EVM would let such a call succeed without
    /// doing anything, and the update would count as executed. The check is here and not in `stage`, because an earlier
    /// call of the same update may deploy the target.
    function execute(Update calldata update) external payable {
        bytes32 updateHash = keccak256(abi.encode(update));
        uint256 executeBlock = updates[updateHash];
        if (executeBlock == 0) revert GovernorNotStaged(updateHash);
        if (block.number < executeBlock) revert GovernorDelayNotExpired(executeBlock);
        delete updates[updateHash];

        for (uint256 i = 0; i < update.target.length; ++i) {
            address target = update.target[i];
            if (update.data[i].length > 0 && target.code.length == 0) revert GovernorTargetWithoutCode(i, target);
            (bool success, bytes memory returnData) = target.call{value: update.value[i]}(update.data[i]);
            // The reason is the raw revert data of the callee put into a string, as in the deployed Governor: a client
            // decodes Error(string) first, and then the bytes of that string as the real error.
            require(success, string(returnData));
        }
        emit UpdateExecuted(update);
    }

    /// Drops a staged update.
    function cancel(Update calldata update) external onlyOwner {
        bytes32 updateHash = keccak256(abi.encode(update));
        if (updates[updateHash] == 0) revert GovernorNotStaged(updateHash);
        delete updates[updateHash];
        emit UpdateCancelled(update);
    }
}
