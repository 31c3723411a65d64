/** How what two runs leave behind differs: words, balances, nonces, deployed code, without what gas alone explains. Pure. */
import { wordOf } from "../../outcome/place.ts";
import type { CallNode, StateChange } from "../../outcome/simulation.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import type { AddressBook } from "../contract-book.ts";
import { describeDiffs } from "../net-changes.ts";
import type { AccountDiff } from "../trace.ts";
import type { Difference } from "./compare-runs.ts";
import type { MinedTransaction } from "./mined-transaction.ts";
import type { Run } from "./run.ts";

/**
 * Accounts that the two runs leave in different states: `before` is what the old code leaves, `after` what the new one leaves.
 * @param ignored words that differ because the code is replaced
 */
export function differingState(before: Run, after: Run, transaction: MinedTransaction, ignored: readonly { address: Address; slot: Hex }[]): AccountDiff[] {
  const old = new Map(before.diffs.map((diff) => [diff.address, diff]));
  const fresh = new Map(after.diffs.map((diff) => [diff.address, diff]));
  const skipped = new Set(ignored.map(({ address, slot }) => `${address} ${slot}`));
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((address): AccountDiff[] => {
    const [was, is] = [old.get(address), fresh.get(address)];
    const storage = differingWords(was, is).filter(({ slot }) => !skipped.has(`${address} ${slot}`));
    const balanceWei = differing(gasless(was, before, transaction), gasless(is, after, transaction));
    const nonce = differing(was?.nonce, is?.nonce);
    if (storage.length === 0 && balanceWei === undefined && nonce === undefined) return [];
    return [{ address, storage, ...(balanceWei === undefined ? {} : { balanceWei }), ...(nonce === undefined ? {} : { nonce }) }];
  });
}

function differingWords(was: AccountDiff | undefined, is: AccountDiff | undefined): AccountDiff["storage"] {
  const old = new Map(was?.storage.map((change) => [change.slot, change]));
  const fresh = new Map(is?.storage.map((change) => [change.slot, change]));
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((slot) => {
    const left = old.get(slot);
    const right = fresh.get(slot);
    // Both began with the same word, so who did not change it left it as the other found it.
    const [before, after] = [left?.after ?? right?.before, right?.after ?? left?.before];
    return before === undefined || after === undefined || before === after ? [] : [{ slot, before, after }];
  });
}

interface Change<T> {
  before: T;
  after: T;
}

function differing<T>(was: Change<T> | undefined, is: Change<T> | undefined): Change<T> | undefined {
  const [before, after] = [was?.after ?? is?.before, is?.after ?? was?.before];
  return before === undefined || after === undefined || before === after ? undefined : { before, after };
}

/** The balance as it would be if gas were free. */
function gasless(diff: AccountDiff | undefined, run: Run, { from, gasPriceWei, block }: MinedTransaction): Change<bigint> | undefined {
  if (diff === undefined) return undefined;
  const change = diff.balanceWei ?? undefined;
  const paid = diff.address === from ? run.gasUsed * gasPriceWei : 0n;
  const earned = diff.address === block.coinbase ? run.gasUsed * (gasPriceWei - block.baseFeeWei) : 0n;
  if (change === undefined) return undefined;
  return { before: change.before, after: change.after + paid - earned };
}

/** In names; `what` leaves keys out, so that transactions which differ in the same variable belong together. */
export function describeState(diffs: readonly AccountDiff[], books: { after: AddressBook; before: AddressBook }, hints: { preimages: Iterable<Hex>; keys: Iterable<Hex> }): Difference[] {
  const context = { ...hints, bookkeeping: new Set<Address>() };
  const preimages = [...hints.preimages];
  const keys = [...hints.keys];
  const now = describeDiffs(diffs, { ...context, preimages, keys, book: books.after });
  const then = describeDiffs(diffs, { ...context, preimages, keys, book: books.before });
  return now.map((change) => {
    // What the new layout has no name for may be a variable that it dropped.
    const named = change.path === undefined ? (then.find((other) => other.path !== undefined && wordOf(other) === wordOf(change)) ?? change) : change;
    const contract = printable(named.contract ?? named.address);
    const path = named.kind === "storage" ? (named.path ?? `slot ${named.slot ?? ""}`) : `${named.kind} of the account`;
    const place = printable(`${contract}.${path}`);
    return {
      kind: "storage",
      what: generalised(place),
      detail: `${place} is ${valueOf(named, "before")} after the old code, ${valueOf(named, "after")} after the new`,
      path: place,
    };
  });
}

/** Whether every word has a name. */
export function isNamed(differences: readonly Difference[]): boolean {
  return differences.every(({ path }) => path === undefined || !/\.slot 0x[0-9a-f]{64}$/.test(path));
}

function valueOf(change: StateChange, side: "before" | "after"): string {
  const text = printable((side === "before" ? change.beforeText : change.afterText) ?? change[side]);
  return text.length <= 120 ? text : `${text.slice(0, 120)}...`;
}

/** `JobsManager.jobs[*].endBlock`. Slots without a name belong together by contract. */
function generalised(place: string): string {
  let depth = 0;
  let text = "";
  for (const character of place.replace(/\.slot 0x[0-9a-f]{64}$/, ".(a word without a name)").replace(/ \(bytes \d+ to \d+\)$/, "")) {
    if (character === "[" && depth++ === 0) text += "[*";
    if (character === "]") depth = Math.max(0, depth - 1);
    if (depth === 0) text += character;
  }
  return text;
}

/** Contracts that a transaction deploys with other code. */
export function differingDeployments(before: Run, after: Run): Difference[] {
  const [old, fresh] = [deployed(before.calls), deployed(after.calls)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((address): Difference[] => {
    const [was, is] = [old.get(address), fresh.get(address)];
    if (was === is) return [];
    const change = was === undefined ? "is deployed by the new code only" : is === undefined ? "is deployed by the old code only" : "gets other code";
    return [{ kind: "storage", what: `a contract ${change}`, detail: `the contract ${address} ${change}`, path: `${address}.code` }];
  });
}

function deployed(node: CallNode, found = new Map<Address, Hex>()): Map<Address, Hex> {
  if (node.error !== undefined) return found;
  if (node.type.startsWith("CREATE")) found.set(node.to, node.output);
  for (const child of node.children) deployed(child, found);
  return found;
}
