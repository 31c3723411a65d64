import type { DeployedProfile } from "../genesis/plan-profile.ts";
import { contractId, targetIdName } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { createKeccakInto } from "../protocol/keccak-into.ts";
import { staticLeaves } from "../simulation/layout-walk.ts";
import { entrySlot, slotAfter } from "../snapshot/view/slot-bytes.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import { ContractDraft, wordOf } from "./contract-draft.ts";
import type { ForkTerms } from "./fork-terms.ts";
import type { Departure } from "./leave-stake.ts";
import { badMove, requireMovable } from "./moved-accounts.ts";
import { overrideParameters } from "./override-parameters.ts";
import { rekeyAccounts } from "./rekey-accounts.ts";
import { remapAddresses, type Moved } from "./remap-addresses.ts";
import { shiftBlocks } from "./shift-blocks.ts";
import type { SnapshotSuite } from "./suite-of-snapshot.ts";
import { draftToken, type Holder } from "./token-draft.ts";

/** A fork as it is going to be, worked out from the snapshot alone. */
export interface ForkDraft {
  /** By registered name; those that only a constructor makes are drafted when they are simulated. */
  contracts: ReadonlyMap<string, ContractDraft>;
  /** To whom tokens are minted, and how many. */
  holders: readonly Holder[];
  /** Allowances of the snapshot, which are not carried over. */
  allowances: number;
  /** Old address to new, of every contract that is made anew, and of accounts whose everything goes to another. */
  moved: Moved;
  /** Words kept under an address that changes, by that address; words that nothing explains, so that it is not known whose they are. */
  rekeyed: { byAccount: Map<Address, number>; unexplained: readonly { contract: string; words: number }[] };
}

/**
 * Works out every word of a fork: those of the snapshot, with addresses of the old contracts replaced by those of the new
 * ones, blocks counted as the other chain counts them, and what the terms say. Asks no chain.
 * @param departure the snapshot without the stake that does not come along
 * @param deployed the new contracts' addresses
 * @throws LPCTL_FORK_BALANCES_UNKNOWN, LPCTL_FORK_PARAMETER, LPCTL_FORK_MOVE
 */
export async function draftFork({ view, changed }: Pick<Departure, "view" | "changed">, suite: SnapshotSuite, deployed: DeployedProfile, terms: ForkTerms, gitCommitHash: Hex, deployer: Address): Promise<ForkDraft> {
  const remade = movedContracts(view, suite, deployed);
  const accounts = terms.moved ?? [];
  requireMovable(view, accounts, remade);
  const moved: Moved = new Map([...remade, ...accounts.map(({ from, to }) => [from, to] as const)]);
  const reasons = new Map(accounts.map(({ from, reason }) => [from, reason]));
  const whyOf = (old: Address): string => {
    const reason = reasons.get(old);
    return reason === undefined ? `${old} is ${moved.get(old) ?? old} on the fork` : `${old} goes to ${moved.get(old) ?? old}: ${reason}`;
  };
  const contracts = new Map<string, ContractDraft>();
  for (const { name, loading, view: contract } of suite.members) {
    if (loading === "minted") continue;
    const draft = new ContractDraft(name, addressIn(deployed, name), contract.state.words);
    draft.declareLeft(changed.get(name));
    remapAddresses(draft, moved, (slot) => nameOfSlot(contract.layout, slot), whyOf);
    contracts.set(name, draft);
  }
  const draftOf = (name: string): ContractDraft | undefined => contracts.get(name);
  shiftBlocks(view, draftOf, terms);
  overrideParameters(view, draftOf, terms.parameters);
  const token = draftToken(view, deployed, moved, whyOf);
  token.draft.declareLeft(changed.get("LivepeerToken"));
  contracts.set("LivepeerToken", token.draft);
  const rekeyed = await rekeyAll(view, suite, draftOf, moved, whyOf);
  for (const account of token.moved) rekeyed.byAccount.set(account, (rekeyed.byAccount.get(account) ?? 0) + 1);
  const nothing = accounts.find(({ from }) => !rekeyed.byAccount.has(from));
  if (nothing !== undefined) throw badMove(`${nothing.from} has nothing in the snapshot`, nothing.from, nothing.to);
  contracts.set("Controller", await draftController(view, suite, deployed, terms, gitCommitHash, deployer));
  return { contracts, holders: token.holders, allowances: token.allowances, moved, rekeyed };
}

/** What is kept by account, in every contract that is loaded with words. The token is minted, and what is constructed is made anew. */
async function rekeyAll(view: StateView, { members }: SnapshotSuite, draftOf: (name: string) => ContractDraft | undefined, moved: Moved, whyOf: (old: Address) => string): Promise<ForkDraft["rekeyed"]> {
  const { preimages } = view.state;
  const keys = { ...preimages, addresses: [...new Set([...preimages.addresses, ...moved.keys(), ...moved.values()])] };
  const byAccount = new Map<Address, number>();
  const unexplained: { contract: string; words: number }[] = [];
  for (const { name, loading, view: contract } of members) {
    const draft = draftOf(name);
    if (loading === "minted" || loading === "constructed" || draft === undefined) continue;
    const rekeyed = await rekeyAccounts(contract, draft, moved, keys, whyOf);
    for (const [account, words] of rekeyed.byAccount) byAccount.set(account, (byAccount.get(account) ?? 0) + words);
    if (rekeyed.unexplained > 0) unexplained.push({ contract: name, words: rekeyed.unexplained });
  }
  return { byAccount, unexplained };
}

/** `roundLength`; undefined for what lies at a hash. */
export function nameOfSlot(layout: Parameters<typeof staticLeaves>[0], slot: Hex): string | undefined {
  const names = staticLeaves(layout, BigInt(slot)).map(({ path }) => path);
  return names.length === 0 ? undefined : names.join(", ");
}

function movedContracts(view: StateView, { members }: SnapshotSuite, deployed: DeployedProfile): Moved {
  const pairs: [Address, Address][] = [[view.state.controller, deployed.controller]];
  const known = new Map(view.state.contracts.map(({ name, address }) => [name, address]));
  for (const { name, view: contract } of members) {
    pairs.push([contract.address, addressIn(deployed, name)]);
    const [before, after] = [known.get(targetIdName(name)), deployed.targets[name]];
    if (before !== undefined && after !== undefined) pairs.push([before, after]);
  }
  return new Map(pairs);
}

async function draftController(view: StateView, suite: SnapshotSuite, deployed: DeployedProfile, terms: ForkTerms, gitCommitHash: Hex, deployer: Address): Promise<ContractDraft> {
  const contract = view.contract("Controller");
  const draft = new ContractDraft("Controller", deployed.controller, contract.state.words);
  const keccak = await createKeccakInto();
  const registry = Buffer.from(contract.cell("registry").slot.slice(2), "hex");
  const entries = [
    ...Object.entries(deployed.contracts),
    ...Object.entries(deployed.targets).map(([name, address]): [string, Address] => [targetIdName(name), address]),
  ];
  const kept = new Set<Hex>([contract.cell("owner").slot]);
  for (const [name, address] of entries) {
    const entry = entrySlot(keccak, Buffer.from(contractId(name).slice(2), "hex"), registry);
    for (const [at, label, value] of [
      [0, "contractAddress", address],
      [1, "gitCommitHash", gitCommitHash],
    ] as const) {
      const slot: Hex = `0x${Buffer.from(slotAfter(entry, at)).toString("hex")}`;
      kept.add(slot);
      draft.set(slot, wordOf(BigInt(value)), `registry[${name}].${label}`, "the fork has contracts of its own");
    }
  }
  for (let index = 0; index < contract.state.words.count; index++) {
    const slot: Hex = `0x${Buffer.from(contract.state.words.slots.subarray(index * 32, index * 32 + 32)).toString("hex")}`;
    if (!kept.has(slot)) draft.set(slot, wordOf(0n), undefined, "registered in the snapshot, and not made by the fork");
  }
  const owner = contract.cell("owner").slot;
  draft.setPart(owner, { offset: 0, size: 20 }, BigInt(terms.owner ?? deployer), "owner, paused", "who governs the fork");
  draft.setPart(owner, { offset: 20, size: 1 }, terms.unpause ? 0n : 1n, "owner, paused", terms.unpause ? "the fork is opened" : "the fork stays paused until its owner opens it");
  return draft;
}

export function addressIn(deployed: DeployedProfile, name: string): Address {
  const address = deployed.contracts[name];
  if (address === undefined) throw new Error(`the profile ${deployed.profile} has no ${name}`);
  return address;
}
