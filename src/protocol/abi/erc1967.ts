/** What a transparent proxy answers to its admin, and the events every ERC-1967 proxy emits. */
export const erc1967Abi: readonly string[] = [
  "function admin() view returns (address)",
  "function implementation() view returns (address)",
  "function changeAdmin(address newAdmin)",
  "function upgradeTo(address newImplementation)",
  "function upgradeToAndCall(address newImplementation, bytes data) payable",
  "event Upgraded(address indexed implementation)",
  "event AdminChanged(address previousAdmin, address newAdmin)",
  "event BeaconUpgraded(address indexed beacon)",
];

/**
 * ProxyAdmin, which owns transparent proxies. OpenZeppelin 4 has `upgrade`; OpenZeppelin 5 has only
 * `upgradeAndCall` and says so with `UPGRADE_INTERFACE_VERSION() = "5.0.0"`.
 */
export const proxyAdminAbi: readonly string[] = [
  "function UPGRADE_INTERFACE_VERSION() view returns (string)",
  "function getProxyAdmin(address proxy) view returns (address)",
  "function getProxyImplementation(address proxy) view returns (address)",
  "function changeProxyAdmin(address proxy, address newAdmin)",
  "function upgrade(address proxy, address implementation)",
  "function upgradeAndCall(address proxy, address implementation, bytes data) payable",
];

/** ERC-1822: the logic of a UUPS proxy says where it keeps the implementation. */
export const uupsAbi: readonly string[] = [
  "function UPGRADE_INTERFACE_VERSION() view returns (string)",
  "function proxiableUUID() view returns (bytes32)",
  "function upgradeTo(address newImplementation)",
  "function upgradeToAndCall(address newImplementation, bytes data) payable",
  "error UUPSUnauthorizedCallContext()",
  "error UUPSUnsupportedProxiableUUID(bytes32 slot)",
  "error ERC1967InvalidImplementation(address implementation)",
  "error ERC1967NonPayable()",
];

/** UpgradeableBeacon: one implementation for many proxies. */
export const beaconAbi: readonly string[] = [
  "function implementation() view returns (address)",
  "function upgradeTo(address newImplementation)",
  "event Upgraded(address indexed implementation)",
  "error BeaconInvalidImplementation(address implementation)",
];

/** Ownable and Ownable2Step of OpenZeppelin. */
export const ownableAbi: readonly string[] = [
  "function owner() view returns (address)",
  "function pendingOwner() view returns (address)",
  "function transferOwnership(address newOwner)",
  "function acceptOwnership()",
  "function renounceOwnership()",
  "event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)",
  "event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner)",
  "error OwnableUnauthorizedAccount(address account)",
  "error OwnableInvalidOwner(address owner)",
];

/** AccessControl of OpenZeppelin. */
export const accessControlAbi: readonly string[] = [
  "function DEFAULT_ADMIN_ROLE() view returns (bytes32)",
  "function getRoleAdmin(bytes32 role) view returns (bytes32)",
  "function hasRole(bytes32 role, address account) view returns (bool)",
  "function grantRole(bytes32 role, address account)",
  "function revokeRole(bytes32 role, address account)",
  "function renounceRole(bytes32 role, address account)",
  "event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole)",
  "event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)",
  "event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender)",
  "error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)",
  "error AccessControlBadConfirmation()",
];
