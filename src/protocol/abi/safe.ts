/**
 * Safe 1.3.0 and 1.4.1 (and the 1.5.0 additions). The proxy itself answers `masterCopy()`;
 * everything else runs in the singleton.
 */
export const safeAbi: readonly string[] = [
  "function setup(address[] owners, uint256 threshold, address to, bytes data, address fallbackHandler, address paymentToken, uint256 payment, address paymentReceiver)",
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures) payable returns (bool success)",
  "function getTransactionHash(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, uint256 nonce) view returns (bytes32)",
  "function encodeTransactionData(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, uint256 nonce) view returns (bytes)",
  "function checkSignatures(bytes32 dataHash, bytes data, bytes signatures) view",
  "function checkNSignatures(bytes32 dataHash, bytes data, bytes signatures, uint256 requiredSignatures) view",
  "function approveHash(bytes32 hashToApprove)",
  "function approvedHashes(address owner, bytes32 hash) view returns (uint256)",
  "function signedMessages(bytes32 hash) view returns (uint256)",
  "function domainSeparator() view returns (bytes32)",
  "function getChainId() view returns (uint256)",
  "function nonce() view returns (uint256)",
  "function VERSION() view returns (string)",
  "function masterCopy() view returns (address)",
  "function getThreshold() view returns (uint256)",
  "function getOwners() view returns (address[])",
  "function isOwner(address owner) view returns (bool)",
  "function addOwnerWithThreshold(address owner, uint256 threshold)",
  "function removeOwner(address prevOwner, address owner, uint256 threshold)",
  "function swapOwner(address prevOwner, address oldOwner, address newOwner)",
  "function changeThreshold(uint256 threshold)",
  "function enableModule(address module)",
  "function disableModule(address prevModule, address module)",
  "function isModuleEnabled(address module) view returns (bool)",
  "function getModulesPaginated(address start, uint256 pageSize) view returns (address[] array, address next)",
  "function execTransactionFromModule(address to, uint256 value, bytes data, uint8 operation) returns (bool success)",
  "function execTransactionFromModuleReturnData(address to, uint256 value, bytes data, uint8 operation) returns (bool success, bytes returnData)",
  "function setModuleGuard(address moduleGuard)",
  "function setFallbackHandler(address handler)",
  "function setGuard(address guard)",
  "function getStorageAt(uint256 offset, uint256 length) view returns (bytes)",
  "function simulateAndRevert(address targetContract, bytes calldataPayload)",
  "event SafeSetup(address indexed initiator, address[] owners, uint256 threshold, address initializer, address fallbackHandler)",
  "event ExecutionSuccess(bytes32 indexed txHash, uint256 payment)",
  "event ExecutionFailure(bytes32 indexed txHash, uint256 payment)",
  "event SafeMultiSigTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures, bytes additionalInfo)",
  "event SafeModuleTransaction(address module, address to, uint256 value, bytes data, uint8 operation)",
  "event ExecutionFromModuleSuccess(address indexed module)",
  "event ExecutionFromModuleFailure(address indexed module)",
  "event ApproveHash(bytes32 indexed approvedHash, address indexed owner)",
  "event SignMsg(bytes32 indexed msgHash)",
  "event AddedOwner(address indexed owner)",
  "event RemovedOwner(address indexed owner)",
  "event ChangedThreshold(uint256 threshold)",
  "event EnabledModule(address indexed module)",
  "event DisabledModule(address indexed module)",
  "event ChangedFallbackHandler(address indexed handler)",
  "event ChangedGuard(address indexed guard)",
  "event ChangedModuleGuard(address indexed moduleGuard)",
  "event SafeReceived(address indexed sender, uint256 value)",
];

/** Safe 1.3.0 declared these events without an index: same topic, other encoding. */
export const safe130EventsAbi: readonly string[] = [
  "event ExecutionSuccess(bytes32 txHash, uint256 payment)",
  "event ExecutionFailure(bytes32 txHash, uint256 payment)",
  "event AddedOwner(address owner)",
  "event RemovedOwner(address owner)",
  "event EnabledModule(address module)",
  "event DisabledModule(address module)",
  "event ChangedFallbackHandler(address handler)",
  "event ChangedGuard(address guard)",
];

/** MultiSend and MultiSendCallOnly: packed entries, called by delegatecall. */
export const multiSendAbi: readonly string[] = ["function multiSend(bytes transactions) payable"];

/** SafeProxyFactory. */
export const safeProxyFactoryAbi: readonly string[] = [
  "function createProxyWithNonce(address singleton, bytes initializer, uint256 saltNonce) returns (address proxy)",
  "function proxyCreationCode() view returns (bytes)",
  "event ProxyCreation(address indexed proxy, address singleton)",
];

/** The classic MultiSigWallet which owned the Controller from 2018 to 2020. It logs a failure instead of reverting. */
export const multiSigWalletAbi: readonly string[] = [
  "function submitTransaction(address destination, uint256 value, bytes data) returns (uint256 transactionId)",
  "function confirmTransaction(uint256 transactionId)",
  "function revokeConfirmation(uint256 transactionId)",
  "function executeTransaction(uint256 transactionId)",
  "function transactions(uint256) view returns (address destination, uint256 value, bytes data, bool executed)",
  "function required() view returns (uint256)",
  "event Submission(uint256 indexed transactionId)",
  "event Confirmation(address indexed sender, uint256 indexed transactionId)",
  "event Execution(uint256 indexed transactionId)",
  "event ExecutionFailure(uint256 indexed transactionId)",
];
