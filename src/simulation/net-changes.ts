/** From what single transactions did to what they did together, and the comparison of two such accounts. Pure. */
import { keccak256 } from "ethers";
import { canonicalHash } from "../proposal/canonical.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { formatStored } from "../protocol/storage-units.ts";
import { namesOf, type AddressBook } from "./contract-book.ts";
import { decodeStorage, type DecodedChange } from "./decode-storage.ts";
import { effectsOf, hashOfEffects } from "./effects/effects.ts";
import type { StateChange } from "../outcome/simulation.ts";
import type { AccountDiff } from "./trace.ts";

/** First before, last after; what ends as it began is dropped. The diffs are in the order of execution. */
export function mergeDiffs(diffs: readonly AccountDiff[]): AccountDiff[] {
  const accounts = new Map<Address, AccountDiff>();
  for (const diff of diffs) {
    const known = accounts.get(diff.address);
    accounts.set(diff.address, known === undefined ? diff : mergeAccount(known, diff));
  }
  return [...accounts.values()].filter(
    (diff) => diff.storage.length > 0 || diff.balanceWei !== undefined || diff.nonce !== undefined || diff.code !== undefined,
  );
}

function mergeAccount(first: AccountDiff, second: AccountDiff): AccountDiff {
  const slots = new Map(first.storage.map((change) => [change.slot, change]));
  for (const change of second.storage) {
    slots.set(change.slot, { ...change, before: slots.get(change.slot)?.before ?? change.before });
  }
  const balanceWei = mergeValue(first.balanceWei, second.balanceWei);
  const nonce = mergeValue(first.nonce, second.nonce);
  const code = mergeValue(first.code, second.code);
  return {
    address: first.address,
    storage: [...slots.values()].filter((change) => change.before !== change.after),
    ...(balanceWei === undefined ? {} : { balanceWei }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(code === undefined ? {} : { code }),
  };
}

interface Change<T> {
  before: T;
  after: T;
}

function mergeValue<T>(first: Change<T> | undefined, second: Change<T> | undefined): Change<T> | undefined {
  const before = first === undefined ? second?.before : first.before;
  const after = second === undefined ? first?.after : second.after;
  return before === undefined || after === undefined || before === after ? undefined : { before, after };
}

export interface DescribeContext {
  book: AddressBook;
  /** Inputs of the hashes that were computed on the way. */
  preimages: Iterable<Hex>;
  /** 32-byte words that may be mapping keys. */
  keys: Iterable<Hex>;
  /**
   * Accounts whose balance and nonce are left out: who sends the transactions and who mines the blocks. They pay and
   * earn gas, which says nothing about the proposal and differs between a fork and the chain.
   */
  bookkeeping: ReadonlySet<Address>;
}

const KINDS = ["code", "storage", "balance", "nonce"] as const;

/** Changes in names; sorted by address, kind, slot, and place in the slot, so that equal effects give equal lists. */
export function describeDiffs(diffs: readonly AccountDiff[], context: DescribeContext): StateChange[] {
  const preimages = [...context.preimages];
  const keys = [...context.keys];
  return [...diffs]
    .sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1))
    .flatMap((diff) => describeAccount(diff, { ...context, preimages, keys }).sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)));
}

function describeAccount(diff: AccountDiff, context: DescribeContext): StateChange[] {
  const { book } = context;
  const contract = book.nameOf(diff.address);
  const isRecovered = book.layoutSourceOf?.(diff.address) === "bytecode";
  const base = { address: diff.address, ...(contract === undefined ? {} : { contract }) };
  const changes: StateChange[] = decodeStorage({
    layout: book.layoutOf(diff.address),
    changes: diff.storage,
    preimages: context.preimages,
    keys: context.keys,
    names: namesOf(book),
  }).changes.map((change) => ({ ...base, kind: "storage", ...inUnits(change, diff.address, book), ...(isRecovered && change.path !== undefined ? { recovered: true } : {}) }));
  if (diff.code !== undefined) {
    const { before, after } = diff.code;
    changes.push({ ...base, kind: "code", before: keccak256(before) as Hex, after: keccak256(after) as Hex, beforeText: codeText(before), afterText: codeText(after) });
  }
  if (context.bookkeeping.has(diff.address)) return changes;
  for (const [kind, unit, change] of [["balance", " wei", diff.balanceWei], ["nonce", "", diff.nonce]] as const) {
    if (change === undefined) continue;
    const { before, after } = change;
    changes.push({ ...base, kind, before: toWord(before), after: toWord(after), beforeText: `${before}${unit}`, afterText: `${after}${unit}` });
  }
  return changes;
}

/** `3% (30000)`: the raw number stays, in brackets, for whoever compares. */
function inUnits(change: DecodedChange, address: Address, book: AddressBook): DecodedChange {
  const unit = change.path === undefined || !/^u?int\d*$/.test(change.type ?? "") ? undefined : book.unitOf?.(address, change.path);
  if (unit === undefined) return change;
  const say = (raw: string | undefined): string | undefined => {
    const human = raw === undefined ? undefined : formatStored(BigInt(raw), unit);
    return human === undefined ? raw : `${human} (${raw})`;
  };
  return { ...change, beforeText: say(change.beforeText), afterText: say(change.afterText) };
}

function codeText(code: Hex): string {
  const bytes = (code.length - 2) / 2;
  return bytes === 0 ? "no code" : `${bytes} bytes of code`;
}

function toWord(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

/**
 * Hash of what changes: of effects by name once the changes are classified, bookkeeping and accrual left out (see `hashOfEffects`).
 * Before, keccak-256 of the canonical JSON of the net storage changes: address, slot, before and after of each changed
 * word. Block and time have no part in either, so anyone who runs the same route gets the same hash.
 */
export function hashEffects(changes: readonly StateChange[]): Hex {
  if (changes.some((change) => change.class !== undefined)) return hashOfEffects(effectsOf(changes));
  const words = new Map<string, { address: string; slot: string; before: Hex; after: Hex }>();
  for (const change of changes) {
    if (change.kind !== "storage" || change.slot === undefined) continue;
    const { before, after } = change;
    const address = change.address.toLowerCase();
    words.set(`${address}/${change.slot}`, { address, slot: change.slot, before, after });
  }
  return canonicalHash([...words.keys()].sort().map((key) => words.get(key)));
}
