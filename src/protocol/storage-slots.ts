/**
 * Storage of contracts whose source lpctl never compiles, so that a storage diff can still name it.
 * Layout entries have the shape solc writes (`label`, `slot`, `offset`, `type`).
 */
import type { Hex } from "./hex.ts";
import type { Layout, LayoutType } from "./layout.ts";

/** ERC-1967: keccak-256 of the label, minus one. */
export const ERC1967_SLOTS = {
  implementation: "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc",
  admin: "0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103",
  beacon: "0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50",
} as const satisfies Record<string, Hex>;

/** Slots at fixed hashed positions: slot to name and Solidity type. */
export interface NamedSlot {
  slot: Hex;
  name: string;
  type: string;
}

export const WELL_KNOWN_SLOTS: readonly NamedSlot[] = [
  { slot: ERC1967_SLOTS.implementation, name: "erc1967.implementation", type: "address" },
  { slot: ERC1967_SLOTS.admin, name: "erc1967.admin", type: "address" },
  { slot: ERC1967_SLOTS.beacon, name: "erc1967.beacon", type: "address" },
  { slot: "0x4a204f620c8c5ccdca3fd54d003badd85ba500436a431f0cbda4f558c93c34c8", name: "guardManager.guard", type: "address" },
  { slot: "0xb104e0b93118902c651344349b610029d694cfdec91c589c91ebafbcd0289947", name: "moduleManager.moduleGuard", type: "address" },
  { slot: "0x6c9a6c4a39284e37ed1cf53d337577d14212a4870fb976a4366c693b939918d5", name: "fallbackManager.handler", type: "address" },
  // keccak-256 of the label, minus one: set while UUPS logic of OpenZeppelin 4.0 to 4.4 tried out an upgrade.
  { slot: "0x4910fdfa16fed3260ed0e7147f7cc6da11a60208b5b9406d12a635614ffd9143", name: "erc1967.rollback", type: "bool" },
];

/** The name of a slot at a well-known hashed position. */
export function nameOfSlot(slot: string): NamedSlot | undefined {
  const key = slot.toLowerCase();
  return WELL_KNOWN_SLOTS.find((known) => known.slot === key);
}

const address: LayoutType = { encoding: "inplace", label: "address", numberOfBytes: "20" };
const uint256: LayoutType = { encoding: "inplace", label: "uint256", numberOfBytes: "32" };
const bytes32: LayoutType = { encoding: "inplace", label: "bytes32", numberOfBytes: "32" };

/**
 * Safe 1.3.0, 1.4.1 and 1.5.0, as seen through the proxy: slot 0 is the singleton, owners and modules are
 * linked lists in mappings, and slot 6 is a domain separator that these versions no longer write.
 */
export const SAFE_STORAGE_LAYOUT: Layout = {
  storage: [
    { label: "singleton", slot: "0", offset: 0, type: "t_address" },
    { label: "modules", slot: "1", offset: 0, type: "t_mapping(t_address,t_address)" },
    { label: "owners", slot: "2", offset: 0, type: "t_mapping(t_address,t_address)" },
    { label: "ownerCount", slot: "3", offset: 0, type: "t_uint256" },
    { label: "threshold", slot: "4", offset: 0, type: "t_uint256" },
    { label: "nonce", slot: "5", offset: 0, type: "t_uint256" },
    { label: "deprecatedDomainSeparator", slot: "6", offset: 0, type: "t_bytes32" },
    { label: "signedMessages", slot: "7", offset: 0, type: "t_mapping(t_bytes32,t_uint256)" },
    { label: "approvedHashes", slot: "8", offset: 0, type: "t_mapping(t_address,t_mapping(t_bytes32,t_uint256))" },
  ],
  types: {
    t_address: address,
    t_uint256: uint256,
    t_bytes32: bytes32,
    "t_mapping(t_address,t_address)": {
      encoding: "mapping", label: "mapping(address => address)", numberOfBytes: "32", key: "t_address", value: "t_address",
    },
    "t_mapping(t_bytes32,t_uint256)": {
      encoding: "mapping", label: "mapping(bytes32 => uint256)", numberOfBytes: "32", key: "t_bytes32", value: "t_uint256",
    },
    "t_mapping(t_address,t_mapping(t_bytes32,t_uint256))": {
      encoding: "mapping", label: "mapping(address => mapping(bytes32 => uint256))", numberOfBytes: "32", key: "t_address",
      value: "t_mapping(t_bytes32,t_uint256)",
    },
  },
};

/** OpenZeppelin TimelockController, 4.x and 5.x: when each operation may run, 1 once it has. */
export const TIMELOCK_STORAGE_LAYOUT: Layout = {
  storage: [
    { label: "roles", slot: "0", offset: 0, type: "t_mapping(t_bytes32,t_struct)" },
    { label: "timestamps", slot: "1", offset: 0, type: "t_mapping(t_bytes32,t_uint256)" },
    { label: "minDelay", slot: "2", offset: 0, type: "t_uint256" },
  ],
  types: {
    t_address: address,
    t_uint256: uint256,
    t_bytes32: bytes32,
    t_bool: { encoding: "inplace", label: "bool", numberOfBytes: "1" },
    t_struct: {
      encoding: "inplace",
      label: "struct RoleData",
      numberOfBytes: "64",
      members: [
        { label: "hasRole", slot: "0", offset: 0, type: "t_mapping(t_address,t_bool)" },
        { label: "adminRole", slot: "1", offset: 0, type: "t_bytes32" },
      ],
    },
    "t_mapping(t_address,t_bool)": { encoding: "mapping", label: "mapping(address => bool)", numberOfBytes: "32", key: "t_address", value: "t_bool" },
    "t_mapping(t_bytes32,t_uint256)": {
      encoding: "mapping", label: "mapping(bytes32 => uint256)", numberOfBytes: "32", key: "t_bytes32", value: "t_uint256",
    },
    "t_mapping(t_bytes32,t_struct)": {
      encoding: "mapping", label: "mapping(bytes32 => struct RoleData)", numberOfBytes: "32", key: "t_bytes32", value: "t_struct",
    },
  },
};

/** OpenZeppelin UpgradeableBeacon, 4.x and 5.x. */
export const BEACON_STORAGE_LAYOUT: Layout = {
  storage: [
    { label: "owner", slot: "0", offset: 0, type: "t_address" },
    { label: "implementation", slot: "1", offset: 0, type: "t_address" },
  ],
  types: { t_address: address },
};

/** The LIP-25 Governor: who owns it, and the block from which each staged update may run. */
export const GOVERNOR_STORAGE_LAYOUT: Layout = {
  storage: [
    { label: "owner", slot: "0", offset: 0, type: "t_address" },
    { label: "updates", slot: "1", offset: 0, type: "t_mapping(t_bytes32,t_uint256)" },
  ],
  types: {
    t_address: address,
    t_uint256: uint256,
    t_bytes32: bytes32,
    "t_mapping(t_bytes32,t_uint256)": {
      encoding: "mapping", label: "mapping(bytes32 => uint256)", numberOfBytes: "32", key: "t_bytes32", value: "t_uint256",
    },
  },
};
