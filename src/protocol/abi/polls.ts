/** PollCreator; the cost is burned on Ethereum and staked on Arbitrum. */
export const pollCreatorAbi: readonly string[] = [
  "function POLL_CREATION_COST() view returns (uint256)",
  "function POLL_PERIOD() view returns (uint256)",
  "function QUORUM() view returns (uint256)",
  "function QUOTA() view returns (uint256)",
  "function bondingManager() view returns (address)",
  "function createPoll(bytes proposal)",
  "function token() view returns (address)",
  "event PollCreated(address indexed poll, bytes proposal, uint256 endBlock, uint256 quorum, uint256 quota)",
];

/** One stake poll. */
export const pollAbi: readonly string[] = [
  "function destroy()",
  "function endBlock() view returns (uint256)",
  "function vote(uint256 choiceID)",
  "event Vote(address indexed voter, uint256 choiceID)",
];
