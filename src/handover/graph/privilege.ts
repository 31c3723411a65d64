import type { Address, Hex } from "../../protocol/hex.ts";

/**
 * What a privilege is, by how it is held:
 * - `owner`, `pending-owner`: EIP-173, one account
 * - `controller`: the setters of a Livepeer Manager, which obey whoever owns its Controller
 * - `code`: the code behind a proxy: a Controller's registry, a ProxyAdmin, a beacon, or whoever the logic obeys (UUPS)
 * - `role`, `role-admin`: AccessControl
 * - `signer`, `module`, `guard`: of a Safe
 * - `settings`: what an OpenZeppelin governor takes from its timelock alone
 * - `rule`: one function of one contract, by a DividedOwner
 * - `veto`: the guardian of a VetoGuardian
 */
export type PrivilegeKind =
  | "owner"
  | "pending-owner"
  | "controller"
  | "code"
  | "role"
  | "role-admin"
  | "signer"
  | "module"
  | "guard"
  | "settings"
  | "rule"
  | "veto";

/** One power that one account holds over one contract. */
export interface Privilege {
  kind: PrivilegeKind;
  /** The contract that obeys. */
  contract: Address;
  /** Whom it obeys. The zero address of a role means anybody. */
  holder: Address;
  /** `owner`, `PROPOSER_ROLE`, `setRoundLength(uint256) of 0x…`: what to call it. */
  power: string;
  role?: Hex | undefined;
  /** Whose members give and take the role. */
  adminRole?: Hex | undefined;
  /** Of a rule: where it holds. */
  target?: Address | undefined;
  selector?: Hex | undefined;
  /** Where it was read: `owner()`, `RoleGranted events and hasRole()`. */
  readFrom: string;
}

export type AccountKind = "key" | "safe" | "governor" | "timelock" | "vote-governor" | "divided-owner" | "veto-guardian" | "proxy-admin" | "contract" | "anyone";

export interface GraphAccount {
  address: Address;
  /** As registered, or `Controller`; a kind and a short address are shown where there is none. */
  name: string | null;
  kind: AccountKind;
  /** `2 of 3`, `60 s delay`; empty where there is nothing to say. */
  detail: string;
}

/** Who holds what over whom, at one block. */
export interface PrivilegeGraph {
  blockNumber: bigint;
  controller: Address;
  /** Whom the Controller obeys: the top of the protocol. */
  top: Address;
  accounts: GraphAccount[];
  privileges: Privilege[];
  /** Accounts that held something once, or gave it: whoever deployed a contract is among them. */
  former: Address[];
}

/** The same privilege in two graphs. */
export function privilegeKey({ contract, holder, kind, power, role, target, selector }: Privilege): string {
  return [kind, contract, role ?? "", target ?? "", selector ?? "", kind === "rule" ? "" : power, holder].join(":").toLowerCase();
}

/** Keys that hold something over a contract directly, beside the way on which the Controller is governed. */
export function leftoversOf({ accounts, privileges, top }: PrivilegeGraph): Privilege[] {
  const keys = new Set(accounts.filter(({ kind }) => kind === "key").map(({ address }) => address));
  return privileges.filter(({ holder, kind }) => kind !== "signer" && kind !== "veto" && holder !== top && keys.has(holder));
}

export function accountAt(graph: PrivilegeGraph, address: Address): GraphAccount {
  return graph.accounts.find((account) => account.address === address) ?? { address, name: null, kind: "contract", detail: "" };
}

/** `BondingManager`, `Safe 0x1234…abcd`, `0x…` of a key. */
export function nameOf(graph: PrivilegeGraph, address: Address): string {
  const { name, kind } = accountAt(graph, address);
  if (name !== null) return name;
  return kind === "key" || kind === "contract" ? address : kind === "anyone" ? "anybody" : `${WORDS[kind]} ${address}`;
}

const WORDS: Record<AccountKind, string> = {
  key: "key",
  safe: "Safe",
  governor: "Governor (LIP-25)",
  timelock: "timelock",
  "vote-governor": "governor by vote",
  "divided-owner": "DividedOwner",
  "veto-guardian": "VetoGuardian",
  "proxy-admin": "ProxyAdmin",
  contract: "contract",
  anyone: "anybody",
};

/** `timelock, 60 s delay`. */
export function describeKind({ kind, detail }: GraphAccount): string {
  return detail === "" ? WORDS[kind] : `${WORDS[kind]}, ${detail}`;
}
