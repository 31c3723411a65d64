// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title What the protocol needs from its token
interface ILivepeerToken is IERC20 {
    /// Tokens were created.
    event Mint(address indexed to, uint256 amount);

    /// No token will ever be created again.
    event MintFinished();

    /// Tokens were destroyed.
    event Burn(address indexed burner, uint256 value);

    /// Minting was ended for good.
    error LivepeerTokenMintingFinished();

    /// Creates `amount` for `to`.
    function mint(address to, uint256 amount) external returns (bool);

    /// Destroys `amount` of the caller's own tokens.
    function burn(uint256 amount) external;

    /// Hands the right to mint to `newOwner`.
    function transferOwnership(address newOwner) external;
}
