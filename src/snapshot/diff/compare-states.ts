import { contractId, nameOfContractId } from "../../protocol/contract-id.ts";
import { useFastKeccak } from "../../protocol/fast-keccak.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { formatStored, unitOfVariable, type StorageUnit } from "../../protocol/storage-units.ts";
import { describeLeaf, describeWellKnown } from "../../simulation/describe-leaf.ts";
import type { Names } from "../../simulation/format-word.ts";
import type { ContractState, Preimages, ProtocolState } from "../state.ts";
import { AddressBytes } from "../view/address-bytes.ts";
import { percentScaleOf } from "../view/minting.ts";
import type { LayoutBook } from "../view/state-view.ts";
import { stateSource } from "../view/state-source.ts";
import { changedWords, type ChangedWords } from "./changed-words.ts";
import { findLeaves, type FoundLeaves } from "./find-leaves.ts";

/** One variable that is not what it was. */
export interface VariableChange {
  slot: Hex;
  /** `delegators[0x…].bondedAmount`; undefined where no layout explains the slot. */
  path: string | undefined;
  /** `uint256` */
  type: string | undefined;
  /** Whose entry it is. */
  account: Address | undefined;
  unit: StorageUnit | undefined;
  before: string;
  after: string;
  /** With their unit: `100 LPT`. Undefined where the number says as much by itself. */
  beforeHuman: string | undefined;
  afterHuman: string | undefined;
  /** By how much an amount grew or fell, with its unit. */
  difference: string | undefined;
}

export interface ContractDifference {
  name: string;
  before: Address | undefined;
  after: Address | undefined;
  /** Of the account itself. */
  balanceWei: { before: bigint; after: bigint } | undefined;
  codeHash: { before: Hex; after: Hex } | undefined;
  changes: VariableChange[];
  /** Words that differ only in where contracts of the two protocols are: `controller`, the balance of the Minter. */
  counterparts: number;
}

export interface StateDifference {
  /** Both are of the same chain and protocol, at two blocks. */
  isSameProtocol: boolean;
  /** Only those in which anything differs, by name. */
  contracts: ContractDifference[];
  /** Contracts that are the same in every word. */
  same: number;
}

const NO_WORDS = { slots: new Uint8Array(), values: new Uint8Array(), count: 0 };
const WORD = 32;

/**
 * What is different between two states, in names and units: of one protocol at two blocks, or of two protocols, whose contracts
 * are then compared by name.
 */
export async function compareStates(before: ProtocolState, after: ProtocolState, layouts: LayoutBook): Promise<StateDifference> {
  await useFastKeccak();
  const pairs = pairContracts(before, after);
  const preimages: Preimages = { addresses: union(before.preimages.addresses, after.preimages.addresses), words: union(before.preimages.words, after.preimages.words), together: union(before.preimages.together ?? [], after.preimages.together ?? []) };
  const comparison = new Comparison([before, after], preimages, layouts);
  const contracts: ContractDifference[] = [];
  for (const pair of pairs) {
    const difference = await comparison.compare(pair);
    if (difference !== undefined) contracts.push(difference);
  }
  return { isSameProtocol: before.chainId === after.chainId && before.controller === after.controller, contracts, same: pairs.length - contracts.length };
}

interface Pair {
  name: string;
  before: ContractState | undefined;
  after: ContractState | undefined;
}

/** By address where both have it, else by name. */
function pairContracts({ contracts: left }: ProtocolState, { contracts: right }: ProtocolState): Pair[] {
  const byAddress = new Map(right.map((contract) => [contract.address, contract]));
  const paired = new Set<ContractState>();
  const take = (contract: ContractState | undefined): ContractState | undefined => {
    if (contract === undefined || paired.has(contract)) return undefined;
    paired.add(contract);
    return contract;
  };
  const pairs = left.map((contract): Pair => ({ name: contract.name, before: contract, after: take(byAddress.get(contract.address)) }));
  const byName = new Map(right.filter((contract) => !paired.has(contract)).map((contract) => [contract.name, contract]));
  for (const pair of pairs) pair.after ??= take(byName.get(pair.name));
  return [...pairs, ...right.filter((contract) => !paired.has(contract)).map((contract): Pair => ({ name: contract.name, before: undefined, after: contract }))].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

class Comparison {
  readonly #preimages: Preimages;
  readonly #layouts: LayoutBook;
  readonly #addresses: AddressBytes;
  readonly #names: readonly [Names, Names];

  constructor(states: readonly [ProtocolState, ProtocolState], preimages: Preimages, layouts: LayoutBook) {
    this.#preimages = preimages;
    this.#layouts = layouts;
    this.#addresses = new AddressBytes(preimages.addresses);
    const [before, after] = [namesOf(states[0]), namesOf(states[1])];
    // What is gone is found with the keys of both, and is still called what it was.
    this.#names = [either(before, after), either(after, before)];
  }

  async compare({ name, before, after }: Pair): Promise<ContractDifference | undefined> {
    const [was, is] = [before?.account, after?.account];
    const words = before !== undefined && after !== undefined && isSameStorage(before, after) ? undefined : changedWords(before?.words ?? NO_WORDS, after?.words ?? NO_WORDS);
    const balanceWei = was?.balanceWei === is?.balanceWei ? undefined : { before: was?.balanceWei ?? 0n, after: is?.balanceWei ?? 0n };
    const codeHash = was === undefined || is === undefined || was.codeHash === is.codeHash ? undefined : { before: was.codeHash, after: is.codeHash };
    const found = words === undefined || words.count === 0 ? { changes: [], counterparts: 0 } : await this.#describe(before, after, words);
    if (found.changes.length === 0 && found.counterparts === 0 && balanceWei === undefined && codeHash === undefined && before !== undefined && after !== undefined) return undefined;
    return { name, before: before?.address, after: after?.address, balanceWei, codeHash, ...found };
  }

  async #describe(before: ContractState | undefined, after: ContractState | undefined, words: ChangedWords): Promise<Pick<ContractDifference, "changes" | "counterparts">> {
    const now = await this.#leaves(1, after, words.slots);
    // What is no longer there, or was never reached from there: most often nothing.
    const old = await this.#leaves(0, before, missingIn(words, now));
    const contract = after ?? before;
    if (contract === undefined) return { changes: [], counterparts: 0 };
    const entry = contractName(contract);
    const scale = percentScaleOf(contract.layoutOf);
    const positions = new Map<bigint, number>();
    for (let index = 0; index < words.count; index++) positions.set(BigInt(wordAt(words.slots, index)), index);
    const wordAround = (slot: bigint, side: "before" | "after"): string | undefined => {
      const index = positions.get(slot);
      return index === undefined ? undefined : wordAt(words[side], index).slice(2);
    };
    const changes: VariableChange[] = [];
    for (let index = 0; index < words.count; index++) {
      const [slot, was, is] = [wordAt(words.slots, index), wordAt(words.before, index), wordAt(words.after, index)];
      const found = now.get(slot) ?? old.get(slot);
      const names = now.has(slot) ? this.#names[1] : this.#names[0];
      const account = found?.account === undefined ? undefined : this.#addresses.of(Buffer.from(found.account, "hex"));
      const parts = (found?.leaves ?? []).flatMap((leaf): VariableChange[] => {
        const [from, to] = [66 - (leaf.offset + leaf.size) * 2, 66 - leaf.offset * 2];
        const [old32, now32] = [was.slice(from, to), is.slice(from, to)];
        if (old32 === now32) return [];
        const { path, type, beforeText } = describeLeaf(leaf, old32, now32, { names: this.#names[0], wordAt: wordAround });
        const { afterText } = describeLeaf(leaf, old32, now32, { names: this.#names[1], wordAt: wordAround });
        const unit = path === undefined ? undefined : unitOfVariable(entry, path, scale);
        return [{ slot, path, type, account, unit, before: beforeText ?? `0x${old32}`, after: afterText ?? `0x${now32}`, ...inUnits(BigInt(`0x${old32}`), BigInt(`0x${now32}`), unit) }];
      });
      if (parts.length === 0) parts.push(unexplained(slot, was, is, names));
      changes.push(...parts);
    }
    const kept = withoutCounterparts(changes, this.#names);
    return { changes: kept.toSorted(byPath), counterparts: changes.length - kept.length };
  }

  async #leaves(side: 0 | 1, contract: ContractState | undefined, slots: Uint8Array): Promise<Map<Hex, FoundLeaves>> {
    const layout = contract?.layoutOf === undefined ? undefined : this.#layouts.get(contract.layoutOf);
    if (contract === undefined || layout === undefined || slots.length === 0) return new Map();
    return findLeaves(slots, { source: stateSource({ contracts: [contract] }), address: contract.address, layout, preimages: this.#preimages, names: this.#names[side] });
  }
}

function missingIn({ slots, count }: ChangedWords, found: ReadonlyMap<Hex, FoundLeaves>): Uint8Array {
  const missing = Array.from({ length: count }, (_, index) => wordAt(slots, index)).filter((slot) => !found.has(slot));
  return Uint8Array.from(Buffer.from(missing.map((slot) => slot.slice(2)).join(""), "hex"));
}

/** Equal roots are equal words. The roots of a state are proven, or were rebuilt. */
function isSameStorage(before: ContractState, after: ContractState): boolean {
  return before.account.storageHash === after.account.storageHash && before.words.count === after.words.count;
}

function unexplained(slot: Hex, was: Hex, is: Hex, names: Names): VariableChange {
  const { path, type, beforeText, afterText } = describeWellKnown(BigInt(slot), was.slice(2), is.slice(2), names);
  return { slot, path, type, account: undefined, unit: undefined, before: beforeText ?? was, after: afterText ?? is, beforeHuman: undefined, afterHuman: undefined, difference: undefined };
}

function inUnits(before: bigint, after: bigint, unit: StorageUnit | undefined): Pick<VariableChange, "beforeHuman" | "afterHuman" | "difference"> {
  if (unit === undefined) return { beforeHuman: undefined, afterHuman: undefined, difference: undefined };
  const isAmount = unit === "wei-lpt" || unit === "wei-eth";
  const grown = after > before;
  return {
    beforeHuman: formatStored(before, unit),
    afterHuman: formatStored(after, unit),
    difference: isAmount ? `${grown ? "+" : "-"}${formatStored(grown ? after - before : before - after, unit) ?? ""}` : undefined,
  };
}

/** Two protocols have their contracts at other addresses: what says the same of the same contract is no difference. */
function withoutCounterparts(changes: readonly VariableChange[], [old, now]: readonly [Names, Names]): VariableChange[] {
  const removed = new Map<string, VariableChange>();
  const dropped = new Set<VariableChange>();
  const logical = (text: string, names: Names): string => text.replaceAll(/(?:[\w ]+ \()?(0x[0-9a-fA-F]{40})\)?/g, (whole, address: string) => names.addressName(address as Address) ?? whole);
  for (const change of changes) {
    if (change.path === undefined) continue;
    if (logical(change.before, old) === logical(change.after, now) && change.before !== change.after) dropped.add(change);
    else if (isNothing(change.after)) removed.set(`${logical(change.path, old)}=${change.before}`, change);
  }
  for (const change of changes) {
    if (change.path === undefined || !isNothing(change.before)) continue;
    const other = removed.get(`${logical(change.path, now)}=${change.after}`);
    if (other === undefined || other === change || other.path === change.path) continue;
    dropped.add(change);
    dropped.add(other);
  }
  return changes.filter((change) => !dropped.has(change));
}

function isNothing(text: string): boolean {
  return /^(?:0|false|""|0x0*|.* \(0\))$/.test(text);
}

function namesOf({ contracts, preimages }: ProtocolState): Names {
  const byAddress = new Map(contracts.map(({ address, name }) => [address, name]));
  const keyNames = new Map<Hex, string>();
  for (const { name } of contracts) keyNames.set(contractId(name), name);
  for (const word of preimages.words) {
    const name = nameOfContractId(word);
    if (name !== undefined) keyNames.set(word, name);
  }
  return { addressName: (address) => byAddress.get(address), keyNames };
}

function either(first: Names, second: Names): Names {
  return { addressName: (address) => first.addressName(address) ?? second.addressName(address), keyNames: new Map([...second.keyNames, ...first.keyNames]) };
}

/** The name that the units are kept under: of its source rather than of where it stands. */
function contractName({ name, layoutOf }: ContractState): string {
  const source = layoutOf?.split(":")[1];
  return source === undefined || source === "PreciseMinter" ? name : source;
}

function wordAt(words: Uint8Array, index: number): Hex {
  return `0x${Buffer.from(words.buffer, words.byteOffset + index * WORD, WORD).toString("hex")}`;
}

function byPath(one: VariableChange, other: VariableChange): number {
  const [left, right] = [one.path ?? `~${one.slot}`, other.path ?? `~${other.slot}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

function union<T extends string>(left: readonly T[], right: readonly T[]): T[] {
  return [...new Set([...left, ...right])].toSorted();
}
