/**
 * Storage of OpenZeppelin 5's upgradeable contracts: structs at ERC-7201 positions. Whoever inherits from them keeps it
 * there, so it has names even where the contract itself has no source.
 */
import { keccak256 } from "ethers/crypto";
import { toUtf8Bytes } from "ethers/utils";
import type { Layout, LayoutItem, LayoutType } from "./layout.ts";

const STRUCTS: Readonly<Record<string, string>> = {
  ProposalCore: "address proposer; uint48 voteStart; uint32 voteDuration; bool executed; bool canceled; uint48 etaSeconds",
  Bytes32Deque: "uint128 _begin; uint128 _end; mapping(uint128 => bytes32) _data",
  Trace208: "Checkpoint208[] _checkpoints",
  Checkpoint208: "uint48 _key; uint208 _value",
  ProposalVote: "uint256 againstVotes; uint256 forVotes; uint256 abstainVotes; mapping(address => bool) hasVoted",
  RoleData: "mapping(address => bool) hasRole; bytes32 adminRole",
  AddressSet: "Set _inner",
  Set: "bytes32[] _values; mapping(bytes32 => uint256) _positions",
};

const NAMESPACES: Readonly<Record<string, string>> = {
  AccessControl: "mapping(bytes32 => RoleData) _roles",
  AccessControlDefaultAdminRules:
    "address _pendingDefaultAdmin; uint48 _pendingDefaultAdminSchedule; uint48 _currentDelay; address _currentDefaultAdmin; uint48 _pendingDelay; uint48 _pendingDelaySchedule",
  AccessControlEnumerable: "mapping(bytes32 => AddressSet) _roleMembers",
  AccessManaged: "address _authority; bool _consumingSchedule",
  EIP712: "bytes32 _hashedName; bytes32 _hashedVersion; string _name; string _version",
  ERC1155: "mapping(uint256 => mapping(address => uint256)) _balances; mapping(address => mapping(address => bool)) _operatorApprovals; string _uri",
  ERC20: "mapping(address => uint256) _balances; mapping(address => mapping(address => uint256)) _allowances; uint256 _totalSupply; string _name; string _symbol",
  ERC20Capped: "uint256 _cap",
  ERC4626: "address _asset; uint8 _underlyingDecimals",
  ERC721:
    "string _name; string _symbol; mapping(uint256 => address) _owners; mapping(address => uint256) _balances; mapping(uint256 => address) _tokenApprovals; mapping(address => mapping(address => bool)) _operatorApprovals",
  Governor: "string _name; mapping(uint256 => ProposalCore) _proposals; Bytes32Deque _governanceCall",
  GovernorCountingSimple: "mapping(uint256 => ProposalVote) _proposalVotes",
  GovernorPreventLateQuorum: "uint48 _voteExtension; mapping(uint256 => uint48) _extendedDeadlines",
  GovernorSettings: "uint256 _proposalThreshold; uint48 _votingDelay; uint32 _votingPeriod",
  GovernorTimelockControl: "address _timelock; mapping(uint256 => bytes32) _timelockIds",
  GovernorVotes: "address _token",
  GovernorVotesQuorumFraction: "Trace208 _quorumNumeratorHistory",
  Initializable: "uint64 _initialized; bool _initializing",
  Nonces: "mapping(address => uint256) _nonces",
  Ownable: "address _owner",
  Ownable2Step: "address _pendingOwner",
  Pausable: "bool _paused",
  ReentrancyGuard: "uint256 _status",
  TimelockController: "mapping(bytes32 => uint256) _timestamps; uint256 _minDelay",
  Votes: "mapping(address => address) _delegatee; mapping(address => Trace208) _delegateCheckpoints; Trace208 _totalCheckpoints",
};

let layout: Layout | undefined;

/** One variable for each namespace, at its slot: `openzeppelin.Governor`. */
function openZeppelinLayout(): Layout {
  if (layout !== undefined) return layout;
  const types: Record<string, LayoutType> = {};
  const storage = Object.entries(NAMESPACES).map(([name, members]): LayoutItem => {
    const type = addStruct(`openzeppelin.${name}`, members, types);
    return { label: `openzeppelin.${name}`, slot: erc7201Slot(`openzeppelin.storage.${name}`).toString(), offset: 0, type };
  });
  return (layout = { storage, types });
}

const merged = new WeakMap<Layout, Layout>();

/** A layout, and the namespaces that it does not know itself. */
export function withOpenZeppelin(own: Layout): Layout {
  let both = merged.get(own);
  if (both === undefined) {
    const { storage, types } = openZeppelinLayout();
    const taken = new Set(own.storage.map(({ slot }) => slot));
    both = { storage: [...own.storage, ...storage.filter(({ slot }) => !taken.has(slot))], types: { ...types, ...own.types } };
    merged.set(own, both);
  }
  return both;
}

/** Whether a slot belongs to one of the namespaces. */
export function isOpenZeppelinSlot(slot: bigint): boolean {
  const { storage, types } = openZeppelinLayout();
  return storage.some((item) => {
    const start = BigInt(item.slot);
    return slot >= start && slot < start + BigInt(types[item.type]?.numberOfBytes ?? 32) / 32n;
  });
}

/** ERC-7201: `keccak256(abi.encode(uint256(keccak256(id)) - 1)) & ~0xff`. */
export function erc7201Slot(id: string): bigint {
  const inner = BigInt(keccak256(toUtf8Bytes(id))) - 1n;
  return BigInt(keccak256(`0x${inner.toString(16).padStart(64, "0")}`)) & ~0xffn;
}

const SUFFIX = "@openzeppelin";

function addStruct(name: string, members: string, types: Record<string, LayoutType>): string {
  const id = `t_struct(${name})${SUFFIX}`;
  if (id in types) return id;
  let [slot, offset] = [0, 0];
  const items = members.split("; ").map((member): LayoutItem => {
    const at = member.lastIndexOf(" ");
    const type = addType(member.slice(0, at), types);
    const { numberOfBytes, members: inner } = types[type] as LayoutType;
    const bytes = Number(numberOfBytes);
    // Values share a slot while they fit; what follows a struct starts a new one.
    const startsSlot = bytes >= 32 || inner !== undefined;
    if (offset > 0 && (startsSlot || offset + bytes > 32)) [slot, offset] = [slot + 1, 0];
    const item = { label: member.slice(at + 1), slot: String(slot), offset, type };
    if (startsSlot) slot += Math.ceil(bytes / 32);
    else offset += bytes;
    return item;
  });
  types[id] = { encoding: "inplace", label: `struct ${name}`, numberOfBytes: String(32 * (slot + (offset > 0 ? 1 : 0))), members: items };
  return id;
}

function addType(text: string, types: Record<string, LayoutType>): string {
  const members = STRUCTS[text];
  if (members !== undefined) return addStruct(text, members, types);
  const id = `t_${text}${SUFFIX}`;
  const [, key, value] = /^mapping\((\w+) => (.*)\)$/.exec(text) ?? [];
  if (key !== undefined && value !== undefined) {
    types[id] = { encoding: "mapping", label: text, numberOfBytes: "32", key: addType(key, types), value: addType(value, types) };
  } else if (text.endsWith("[]")) {
    types[id] = { encoding: "dynamic_array", label: text, numberOfBytes: "32", base: addType(text.slice(0, -2), types) };
  } else if (text === "string") {
    types[id] = { encoding: "bytes", label: text, numberOfBytes: "32" };
  } else {
    types[id] = { encoding: "inplace", label: text, numberOfBytes: String(bytesOf(text)) };
  }
  return id;
}

function bytesOf(value: string): number {
  if (value === "address") return 20;
  if (value === "bool") return 1;
  const [, kind, digits] = /^(uint|bytes)(\d+)$/.exec(value) ?? [];
  return kind === "bytes" ? Number(digits) : Number(digits) / 8;
}
