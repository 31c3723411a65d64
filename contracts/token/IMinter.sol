// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IController} from "../registry/IController.sol";

/// @title Inflation, and the vault that holds the protocol's tokens and ether
interface IMinter {
    event SetCurrentRewardTokens(uint256 currentMintableTokens, uint256 currentInflation);

    /// `caller` is not one of the contracts that may ask for this.
    error MinterUnauthorizedCaller(address caller);

    /// `value` of `param` is more than 100%.
    error MinterInvalidPercentage(string param, uint256 value);

    /// The rewards of this round would exceed `mintable`.
    error MinterMintableExceeded(uint256 minted, uint256 mintable);

    /// `newMinter` is null, this contract, obeys another Controller, or this contract is not the registered Minter.
    error MinterInvalidNewMinter(address newMinter);

    /// Moves ownership of the token, all tokens and all ether to `newMinter`. Needs a stopped protocol.
    function migrateToNewMinter(address newMinter) external;

    /// Mints `fracNum / fracDenom` of what this round may mint, and keeps it. Only the BondingManager.
    function createReward(uint256 fracNum, uint256 fracDenom) external returns (uint256);

    /// Pays tokens out of the vault. Only the BondingManager.
    function trustedTransferTokens(address to, uint256 amount) external;

    /// Burns tokens of the vault. Only the BondingManager.
    function trustedBurnTokens(uint256 amount) external;

    /// Pays ether out of the vault. Only the BondingManager or the JobsManager.
    function trustedWithdrawETH(address payable to, uint256 amount) external;

    /// Puts ether into the vault. Only the JobsManager, or the Minter being replaced.
    function depositETH() external payable returns (bool);

    /// Sets inflation and what may be minted in the round that begins. Only the RoundsManager.
    function setCurrentRewardTokens() external;

    /// The Controller this contract obeys.
    function getController() external view returns (IController);
}
