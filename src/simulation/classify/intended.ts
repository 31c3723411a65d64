/** Which changes the intents of a proposal ask for. Pure: follows from the proposal and what is known of the route. */
import { AbiCoder, id as keccakOfText, keccak256 } from "ethers";
import type { Call } from "../../proposal/call.ts";
import { deriveCalls, parseFunction } from "../../proposal/derive-calls.ts";
import type { Intent, SetParameterIntent, UpgradeIntent } from "../../proposal/intent.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { isSafeChangeAt } from "../../proposal/safe-change.ts";
import { contractId, targetIdName } from "../../protocol/contract-id.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { ERC1967_SLOTS } from "../../protocol/storage-slots.ts";
import { holdsAddress, pathOf, valueOf } from "../../outcome/place.ts";
import type { StateChange } from "../../outcome/simulation.ts";

export interface IntentRule {
  /** `exact`: place and value are those the intent names. `wide`: the call that the intent makes writes there. */
  reach: "exact" | "wide";
  /** Why the change is intended; undefined when this rule does not speak of it. */
  explain: (change: StateChange) => string | undefined;
}

/** `owner`, `_pendingOwner`, `erc1967.admin`, `openzeppelin.Ownable._owner`. */
const OWNER = /^(erc1967\.|openzeppelin\.\w+\.)?_?(owner|admin|pendingOwner)$/;
const PENDING_OWNER = /^(openzeppelin\.\w+\.)?_?pendingOwner$/;
const PAUSED = /^(openzeppelin\.\w+\.)?_?paused$/;
const NOTHING = /^0x0*$/;
/** `veto(bytes32)` */
const VETO = keccakOfText("veto(bytes32)").slice(0, 10);
/** How many variables may lie before a registry in its contract. */
const REGISTRY_POSITIONS = 8n;

/** Rules in the order in which they are asked: exact ones first. */
export function intentRules(proposal: Proposal, ether: EtherMoves = { from: new Map() }): IntentRule[] {
  const rules = proposal.intents.flatMap((intent) => rulesOf(intent, proposal, ether));
  return [...rules.filter(({ reach }) => reach === "exact"), ...rules.filter(({ reach }) => reach === "wide")];
}

/** Who was sent ether by whom while the proposal ran. */
export interface EtherMoves {
  from: ReadonlyMap<Address, ReadonlySet<Address>>;
}

function rulesOf(intent: Intent, proposal: Proposal, ether: EtherMoves): IntentRule[] {
  switch (intent.kind) {
    case "upgrade":
      return upgradeRules(intent);
    case "register":
      return registryRules(intent.controller, contractId(intent.contract), intent.contract, intent.address, intent.gitCommitHash, `the registration of ${intent.contract}`);
    case "set-parameter":
      return parameterRules(intent);
    case "transfer-ownership":
      return [
        exact(intent.target, `the handover of ${intent.contract}`, (change, path) => {
          if (OWNER.test(path) && holdsAddress(change.after, intent.newOwner)) return true;
          if (PENDING_OWNER.test(path)) return NOTHING.test(valueOf(change, "after"));
          return /role/i.test(path) && path.toLowerCase().includes(intent.newOwner.toLowerCase());
        }),
      ];
    case "grant-role":
    case "revoke-role":
      return [
        exact(intent.target, `${intent.kind === "grant-role" ? "the grant" : "the revocation"} of ${intent.roleName}`, (change, path) => {
          const isMember = path.toLowerCase().includes(intent.account.toLowerCase()) && path.toLowerCase().includes(intent.role);
          return isMember && valueOf(change, "after") === String(intent.kind === "grant-role");
        }),
        wide(intent.target, `written by the ${intent.kind === "grant-role" ? "grant" : "revocation"} of ${intent.roleName}`),
      ];
    case "migrate-minter": {
      const why = "the migration to another Minter";
      const pair = [intent.minter, intent.newMinter];
      return [
        exact(intent.token, why, (change, path) =>
          OWNER.test(path)
            ? holdsAddress(change.after, intent.newMinter)
            : pair.some((minter) => path.toLowerCase().includes(`balances[${minter.toLowerCase()}]`)),
        ),
        { reach: "exact", explain: ({ kind, address }) => (kind === "balance" && pair.includes(address) ? `${why} moves its ether` : undefined) },
      ];
    }
    case "pause":
    case "unpause":
      return [exact(intent.controller, `asked for: ${intent.kind}`, (change, path) => PAUSED.test(path) && valueOf(change, "after") === String(intent.kind === "pause"))];
    case "change-safe":
      return [exact(intent.safe, "the change of the Safe that is asked for", (change) => isSafeChangeAt(intent.change, pathOf(change)))];
    case "calls":
      return callRules(intent.calls, proposal, ether);
  }
}

function upgradeRules(intent: UpgradeIntent): IntentRule[] {
  const { proxy, implementation } = intent;
  const why = `the upgrade of ${intent.contract}`;
  const initialized: IntentRule[] =
    intent.initializer === "0x" ? [] : [wide(proxy.address, `written by the initializer that ${why} runs`)];
  switch (proxy.kind) {
    case "controller-registry":
      return registryRules(proxy.controller, proxy.targetId, targetIdName(intent.contract), implementation, intent.gitCommitHash, why);
    case "transparent":
    case "uups":
      return [
        exact(proxy.address, why, ({ slot, after }) => slot === ERC1967_SLOTS.implementation && endsWith(after, implementation)),
        ...initialized,
      ];
    case "beacon":
      return [exact(proxy.beacon, why, ({ before, after }) => endsWith(after, implementation) && BigInt(before) !== BigInt(after))];
  }
}

/** Both fields of one entry, by name, or by where a mapping keeps the entry: registries of other authors name and order them otherwise. */
function registryRules(controller: Address, id: Hex, name: string, address: Address, gitCommitHash: Hex, why: string): IntentRule[] {
  const entry = new RegExp(`^\\w+\\[(${escapeRegExp(name)}|${id})\\]\\.(contractAddress|gitCommitHash)$`);
  const words = new Set<string>();
  for (let position = 0n; position < REGISTRY_POSITIONS; position += 1n) {
    const first = BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [id, position])));
    for (const word of [first, first + 1n]) words.add(word.toString());
  }
  return [
    exact(controller, why, ({ slot, after }, path) => {
      const field = entry.exec(path)?.[2];
      if (field !== undefined) return endsWith(after, field === "contractAddress" ? address : gitCommitHash);
      return words.has(BigInt(slot ?? "0x0").toString()) && (endsWith(after, address) || endsWith(after, gitCommitHash));
    }),
  ];
}

/** By the variable's name where the getter is that of the variable itself; what is only stored alike is found by the wide rule. */
function parameterRules(intent: SetParameterIntent): IntentRule[] {
  const getter = parseFunction(intent.getter).name.replace(/\(.*$/, "");
  const names = new Set([getter, intent.parameter.split(".").at(-1)]);
  return [
    exact(intent.target, `${intent.parameter} is set`, (change, path) => {
      const value = valueOf(change, "after");
      const isAsked = value.toLowerCase() === intent.value.toLowerCase() || value === JSON.stringify(intent.value);
      return isAsked && names.has(path.split(/[.[]/)[0]?.replace(/^_/, ""));
    }),
    wide(intent.target, `written by the setter of ${intent.parameter}, ${parseFunction(intent.setter).name}`),
  ];
}

function callRules(calls: readonly Call[], proposal: Proposal, ether: EtherMoves): IntentRule[] {
  const all = deriveCalls(proposal.intents);
  const [authority] = proposal.authorities;
  return calls.flatMap((call): IntentRule[] => {
    const number = all.findIndex((other) => other.to === call.to && other.data === call.data && other.valueWei === call.valueWei) + 1;
    const own = wide(call.to, `written by the contract that call ${number} calls`);
    const parties = new Set<Address>([call.to, ...(ether.from.get(call.to) ?? []), ...(call.valueWei > 0n && authority !== undefined ? [authority.address] : [])]);
    const moves = call.valueWei > 0n || ether.from.has(call.to);
    return [
      own,
      ...vetoRules(call, `the veto of call ${number}`),
      { reach: "wide", explain: ({ kind, address }) => (kind === "balance" && moves && parties.has(address) ? `ether that call ${number} sends` : undefined) },
    ];
  });
}

/** A VetoGuardian takes one operation out of its timelock, which is another contract than the one that is called. */
function vetoRules({ data }: Call, why: string): IntentRule[] {
  if (!data.startsWith(VETO) || data.length !== VETO.length + 64) return [];
  const operation = new RegExp(`^_?timestamps\\[0x${data.slice(VETO.length)}\\]$`, "i");
  return [{ reach: "exact", explain: (change) => (change.kind === "storage" && operation.test(pathOf(change)) && valueOf(change, "after") === "0" ? why : undefined) }];
}

function exact(address: Address, why: string, fits: (change: StateChange, path: string) => boolean): IntentRule {
  return { reach: "exact", explain: (change) => (change.kind === "storage" && change.address === address && fits(change, pathOf(change)) ? why : undefined) };
}

/** Whatever has a name in an account's own storage. */
function wide(address: Address, why: string): IntentRule {
  return { reach: "wide", explain: (change) => (change.kind === "storage" && change.path !== undefined && change.address === address ? why : undefined) };
}

function endsWith(word: Hex, bytes: Hex): boolean {
  return word.toLowerCase().endsWith(bytes.slice(2).toLowerCase());
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
