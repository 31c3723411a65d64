// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {SingleOwner} from "../registry/SingleOwner.sol";
import {ILivepeerToken} from "./ILivepeerToken.sol";

/// @title Livepeer Token
/// @notice ERC-20 whose owner alone may create tokens. After genesis the owner is the Minter.
contract LivepeerToken is ERC20, SingleOwner, ILivepeerToken {
    string public constant version = "0.1";

    /// Whether minting was ended for good.
    bool public mintingFinished;

    modifier canMint() {
        if (mintingFinished) revert LivepeerTokenMintingFinished();
        _;
    }

    constructor() ERC20("Livepeer Token", "LPT") SingleOwner(msg.sender) {}

    /// @inheritdoc ILivepeerToken
    function mint(address to, uint256 amount) external onlyOwner canMint returns (bool) {
        _mint(to, amount);
        emit Mint(to, amount);
        return true;
    }

    /// Ends minting for good, and with it inflation.
    function finishMinting() external onlyOwner canMint returns (bool) {
        mintingFinished = true;
        emit MintFinished();
        return true;
    }

    /// @inheritdoc ILivepeerToken
    function burn(uint256 amount) external {
        _burn(msg.sender, amount);
        emit Burn(msg.sender, amount);
    }

    /// Allows `spender` another `addedValue`.
    function increaseApproval(address spender, uint256 addedValue) external returns (bool) {
        _approve(msg.sender, spender, allowance(msg.sender, spender) + addedValue);
        return true;
    }

    /// Allows `spender` less by `subtractedValue`, down to nothing.
    function decreaseApproval(address spender, uint256 subtractedValue) external returns (bool) {
        uint256 allowed = allowance(msg.sender, spender);
        _approve(msg.sender, spender, subtractedValue < allowed ? allowed - subtractedValue : 0);
        return true;
    }

    /// @inheritdoc ILivepeerToken
    function transferOwnership(address newOwner) public override(SingleOwner, ILivepeerToken) {
        super.transferOwnership(newOwner);
    }
}
