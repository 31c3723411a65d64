// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {SingleOwner} from "../registry/SingleOwner.sol";

/// @title LivepeerTokenFaucet
/// @notice Gives tokens to whoever asks, now and then. For local and test chains, where it stands in for the MerkleMine.
/// @dev Storage: slot 0 owner, 1 token, 2 requestAmount, 3 requestWait, 4 nextValidRequest, 5 isWhitelisted.
contract LivepeerTokenFaucet is SingleOwner {
    using SafeERC20 for IERC20;

    /// The token that is given away.
    IERC20 public token;

    /// What one request gets, in units of 1e-18 LPT.
    uint256 public requestAmount;

    /// Hours between two requests of an account.
    uint256 public requestWait;

    /// Time from which on an account may ask again, in seconds since 1970.
    mapping(address account => uint256 time) public nextValidRequest;

    /// Whether an account may ask at any time.
    mapping(address account => bool whitelisted) public isWhitelisted;

    event Request(address indexed to, uint256 amount);

    /// `account` may not ask again before `time`.
    error FaucetTooEarly(address account, uint256 time);

    /// The account is on the list already, or is not on it.
    error FaucetWhitelistUnchanged(address account);

    constructor(address initialToken, uint256 initialRequestAmount, uint256 initialRequestWait)
        SingleOwner(msg.sender)
    {
        token = IERC20(initialToken);
        requestAmount = initialRequestAmount;
        requestWait = initialRequestWait;
    }

    /// Lets `account` ask at any time.
    function addToWhitelist(address account) external onlyOwner {
        _setWhitelisted(account, true);
    }

    /// Lets `account` wait again.
    function removeFromWhitelist(address account) external onlyOwner {
        _setWhitelisted(account, false);
    }

    /// Sends `requestAmount` to the caller.
    function request() external {
        if (!isWhitelisted[msg.sender]) {
            uint256 time = nextValidRequest[msg.sender];
            if (block.timestamp < time) revert FaucetTooEarly(msg.sender, time);
            nextValidRequest[msg.sender] = block.timestamp + requestWait * 1 hours;
        }
        token.safeTransfer(msg.sender, requestAmount);
        emit Request(msg.sender, requestAmount);
    }

    function _setWhitelisted(address account, bool whitelisted) private {
        if (isWhitelisted[account] == whitelisted) revert FaucetWhitelistUnchanged(account);
        isWhitelisted[account] = whitelisted;
    }
}
