/** TicketBroker: deposits, reserves, winning tickets. */
export const ticketBrokerAbi: readonly string[] = [
  "function batchRedeemWinningTickets((address recipient, address sender, uint256 faceValue, uint256 winProb, uint256 senderNonce, bytes32 recipientRandHash, bytes auxData)[] tickets, bytes[] sigs, uint256[] recipientRands)",
  "function cancelUnlock()",
  "function claimableReserve(address reserveHolder, address claimant) view returns (uint256)",
  "function claimedReserve(address reserveHolder, address claimant) view returns (uint256)",
  "function fundDeposit() payable",
  "function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) payable",
  "function fundDepositAndReserveFor(address addr, uint256 depositAmount, uint256 reserveAmount) payable",
  "function fundReserve() payable",
  "function getReserveInfo(address reserveHolder) view returns ((uint256 fundsRemaining, uint256 claimedInCurrentRound) info)",
  "function getSenderInfo(address sender) view returns ((uint256 deposit, uint256 withdrawRound) sender, (uint256 fundsRemaining, uint256 claimedInCurrentRound) reserve)",
  "function getTicketHash((address recipient, address sender, uint256 faceValue, uint256 winProb, uint256 senderNonce, bytes32 recipientRandHash, bytes auxData) ticket) pure returns (bytes32)",
  "function isUnlockInProgress(address sender) view returns (bool)",
  "function redeemWinningTicket((address recipient, address sender, uint256 faceValue, uint256 winProb, uint256 senderNonce, bytes32 recipientRandHash, bytes auxData) ticket, bytes sig, uint256 recipientRand)",
  "function setTicketValidityPeriod(uint256 ticketValidityPeriod)",
  "function setUnlockPeriod(uint256 unlockPeriod)",
  "function ticketValidityPeriod() view returns (uint256)",
  "function unlock()",
  "function unlockPeriod() view returns (uint256)",
  "function usedTickets(bytes32) view returns (bool)",
  "function withdraw()",
  "event DepositFunded(address indexed sender, uint256 amount)",
  "event ReserveClaimed(address indexed reserveHolder, address claimant, uint256 amount)",
  "event ReserveFunded(address indexed reserveHolder, uint256 amount)",
  "event Unlock(address indexed sender, uint256 startRound, uint256 endRound)",
  "event UnlockCancelled(address indexed sender)",
  "event WinningTicketRedeemed(address indexed sender, address indexed recipient, uint256 faceValue, uint256 winProb, uint256 senderNonce, uint256 recipientRand, bytes auxData)",
  "event WinningTicketTransfer(address indexed sender, address indexed recipient, uint256 amount)",
  "event Withdrawal(address indexed sender, uint256 deposit, uint256 reserve)",
];

/** ServiceRegistry: where a node can be reached. */
export const serviceRegistryAbi: readonly string[] = [
  "function getServiceURI(address addr) view returns (string)",
  "function setServiceURI(string serviceURI)",
  "event ServiceURIUpdate(address indexed addr, string serviceURI)",
];

/** MerkleSnapshot: roots that later claims are proven against. */
export const merkleSnapshotAbi: readonly string[] = [
  "function setSnapshot(bytes32 id, bytes32 root)",
  "function snapshot(bytes32) view returns (bytes32)",
  "function verify(bytes32 id, bytes32[] proof, bytes32 leaf) view returns (bool)",
];
