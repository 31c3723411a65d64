// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SingleOwner} from "../registry/SingleOwner.sol";
import {ILivepeerToken} from "../token/ILivepeerToken.sol";
import {TokenTimelock} from "./TokenTimelock.sol";
import {TokenVesting} from "./TokenVesting.sol";

/// @title GenesisManager
/// @notice Creates the first supply and hands it out, in three stages that are passed once: the five parts are set, the
/// supply is minted and granted, the token goes to the Minter. The token must be owned by this contract from `start` on.
/// @dev What the owner does not grant before `end` stays here for good: that grants fill their parts is for whoever
/// prepares a genesis to check. Not registered in the Controller. Storage: slot 0 owner, 1 token, 2 tokenDistribution,
/// 3 bankMultisig, 4 minter, 5 initialSupply, 6..10 the five parts, 11..13 amounts granted, 14 grantsStartTimestamp,
/// 15 vestingHolders, 16 timeLockedHolders, 17 stage.
contract GenesisManager is SingleOwner {
    enum Stages {
        GenesisAllocation,
        GenesisStart,
        GenesisEnd
    }

    /// The protocol's token.
    ILivepeerToken public token;

    /// Who distributes the part of the crowd: the MerkleMine, or a faucet.
    address public tokenDistribution;

    /// Who gets the company's part, and may revoke vesting grants.
    address public bankMultisig;

    /// Who owns the token after genesis.
    address public minter;

    /// Everything that is minted at genesis, in units of 1e-18 LPT like all amounts here.
    uint256 public initialSupply;

    /// Part that goes to `tokenDistribution`.
    uint256 public crowdSupply;

    /// Part that goes to `bankMultisig`.
    uint256 public companySupply;

    /// Part for vesting grants of the team.
    uint256 public teamSupply;

    /// Part for vesting grants of investors.
    uint256 public investorsSupply;

    /// Part for grants of the community, locked until `grantsStartTimestamp`.
    uint256 public communitySupply;

    /// What was granted to the team so far.
    uint256 public teamGrantsAmount;

    /// What was granted to investors so far.
    uint256 public investorsGrantsAmount;

    /// What was granted to the community so far.
    uint256 public communityGrantsAmount;

    /// When vesting begins, and when the community's grants are released; in seconds since 1970.
    uint256 public grantsStartTimestamp;

    /// The TokenVesting of a receiver; null when it has none.
    mapping(address receiver => address holder) public vestingHolders;

    /// The TokenTimelock of a receiver; null when it has none.
    mapping(address receiver => address holder) public timeLockedHolders;

    /// What can be done now.
    Stages public stage;

    /// This is done in another stage.
    error GenesisWrongStage(Stages stage, Stages required);

    /// A contract that genesis needs was given as null, which could only be noticed at the end.
    error GenesisNullAddress(string name);

    /// The five parts do not sum to the supply.
    error GenesisSupplyMismatch(uint256 initialSupply, uint256 sumOfParts);

    /// The grants of a part would exceed it.
    error GenesisGrantsExceedSupply(uint256 grants, uint256 supply);

    /// `receiver` has a grant of this kind already.
    error GenesisDuplicateReceiver(address receiver, address holder);

    modifier atStage(Stages required) {
        if (stage != required) revert GenesisWrongStage(stage, required);
        _;
    }

    constructor(
        address initialToken,
        address initialTokenDistribution,
        address initialBankMultisig,
        address initialMinter,
        uint256 initialGrantsStartTimestamp
    ) SingleOwner(msg.sender) {
        if (initialToken == address(0)) revert GenesisNullAddress("token");
        if (initialTokenDistribution == address(0)) revert GenesisNullAddress("tokenDistribution");
        if (initialBankMultisig == address(0)) revert GenesisNullAddress("bankMultisig");
        if (initialMinter == address(0)) revert GenesisNullAddress("minter");
        token = ILivepeerToken(initialToken);
        tokenDistribution = initialTokenDistribution;
        bankMultisig = initialBankMultisig;
        minter = initialMinter;
        grantsStartTimestamp = initialGrantsStartTimestamp;
    }

    /// Sets the supply and its five parts, which must sum to it. Can be repeated until `start`.
    function setAllocations(
        uint256 newInitialSupply,
        uint256 newCrowdSupply,
        uint256 newCompanySupply,
        uint256 newTeamSupply,
        uint256 newInvestorsSupply,
        uint256 newCommunitySupply
    ) external onlyOwner atStage(Stages.GenesisAllocation) {
        uint256 sum =
            newCrowdSupply + newCompanySupply + newTeamSupply + newInvestorsSupply + newCommunitySupply;
        if (sum != newInitialSupply) revert GenesisSupplyMismatch(newInitialSupply, sum);
        initialSupply = newInitialSupply;
        crowdSupply = newCrowdSupply;
        companySupply = newCompanySupply;
        teamSupply = newTeamSupply;
        investorsSupply = newInvestorsSupply;
        communitySupply = newCommunitySupply;
    }

    /// Mints the supply, and opens the grants.
    function start() external onlyOwner atStage(Stages.GenesisAllocation) {
        stage = Stages.GenesisStart;
        token.mint(address(this), initialSupply);
    }

    /// Grants `amount` of the team's part to `receiver`, vesting from `grantsStartTimestamp`. Times are in seconds.
    function addTeamGrant(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration)
        external
        onlyOwner
        atStage(Stages.GenesisStart)
    {
        teamGrantsAmount = _grantsWith(teamGrantsAmount, amount, teamSupply);
        _grantVesting(receiver, amount, timeToCliff, vestingDuration);
    }

    /// Grants `amount` of the investors' part to `receiver`, vesting from `grantsStartTimestamp`. Times are in seconds.
    function addInvestorGrant(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration)
        external
        onlyOwner
        atStage(Stages.GenesisStart)
    {
        investorsGrantsAmount = _grantsWith(investorsGrantsAmount, amount, investorsSupply);
        _grantVesting(receiver, amount, timeToCliff, vestingDuration);
    }

    /// Grants `amount` of the community's part to `receiver`, locked until `grantsStartTimestamp`, which must be to come.
    function addCommunityGrant(address receiver, uint256 amount)
        external
        onlyOwner
        atStage(Stages.GenesisStart)
    {
        communityGrantsAmount = _grantsWith(communityGrantsAmount, amount, communitySupply);
        _requireNew(receiver, timeLockedHolders[receiver]);
        TokenTimelock holder = new TokenTimelock(token, receiver, grantsStartTimestamp);
        timeLockedHolders[receiver] = address(holder);
        token.transfer(address(holder), amount);
    }

    /// Hands out the parts of crowd and company, and the token to the Minter. Nothing can be granted after that.
    function end() external onlyOwner atStage(Stages.GenesisStart) {
        stage = Stages.GenesisEnd;
        token.transfer(tokenDistribution, crowdSupply);
        token.transfer(bankMultisig, companySupply);
        token.transferOwnership(minter);
    }

    /// @dev One vesting grant per receiver, whether as team or as investor.
    function _grantVesting(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration) private {
        _requireNew(receiver, vestingHolders[receiver]);
        TokenVesting holder = new TokenVesting(receiver, grantsStartTimestamp, timeToCliff, vestingDuration, true);
        vestingHolders[receiver] = address(holder);
        holder.transferOwnership(bankMultisig);
        token.transfer(address(holder), amount);
    }

    function _grantsWith(uint256 grants, uint256 amount, uint256 supply) private pure returns (uint256 sum) {
        sum = grants + amount;
        if (sum > supply) revert GenesisGrantsExceedSupply(sum, supply);
    }

    function _requireNew(address receiver, address holder) private pure {
        if (holder != address(0)) revert GenesisDuplicateReceiver(receiver, holder);
    }
}
