/** The registry of a Livepeer deployment: who is where, pause, ownership. */
export const controllerAbi: readonly string[] = [
  "function getContract(bytes32 id) view returns (address)",
  "function getContractInfo(bytes32 id) view returns (address, bytes20)",
  "function owner() view returns (address)",
  "function pause()",
  "function paused() view returns (bool)",
  "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)",
  "function transferOwnership(address newOwner)",
  "function unpause()",
  "function updateController(bytes32 id, address controller)",
  "event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)",
  "event Pause()",
  "event SetContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)",
  "event Unpause()",
];

/** What every registered contract answers. `ParameterUpdate` carries the name only. */
export const managerAbi: readonly string[] = [
  "function controller() view returns (address)",
  "function setController(address controller)",
  "event ParameterUpdate(string param)",
  "event SetController(address controller)",
  "error ManagerCallerNotController(address caller)",
  "error ManagerCallerNotControllerOwner(address caller)",
  "error ManagerSystemNotPaused()",
  "error ManagerSystemPaused()",
];

/** Answered by the proxy itself: these shadow functions of the same name in the logic. */
export const managerProxyAbi: readonly string[] = [
  "function controller() view returns (address)",
  "function setController(address controller)",
  "function targetContractId() view returns (bytes32)",
  "event ParameterUpdate(string param)",
  "event SetController(address controller)",
  "error ManagerProxyTargetNotRegistered(bytes32 targetContractId)",
];
