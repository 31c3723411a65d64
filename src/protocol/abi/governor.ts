/** The LIP-25 Governor: stage, wait, execute. An update is identified by the hash of its four fields. */
export const governorAbi: readonly string[] = [
  "function cancel((address[] target, uint256[] value, bytes[] data, uint256 nonce) update)",
  "function execute((address[] target, uint256[] value, bytes[] data, uint256 nonce) update) payable",
  "function owner() view returns (address)",
  "function stage((address[] target, uint256[] value, bytes[] data, uint256 nonce) update, uint256 delay)",
  "function transferOwnership(address newOwner)",
  "function updates(bytes32) view returns (uint256)",
  "event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)",
  "event UpdateCancelled((address[] target, uint256[] value, bytes[] data, uint256 nonce) update)",
  "event UpdateExecuted((address[] target, uint256[] value, bytes[] data, uint256 nonce) update)",
  "event UpdateStaged((address[] target, uint256[] value, bytes[] data, uint256 nonce) update, uint256 delay)",
];
