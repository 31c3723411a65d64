/** Replays the newest transactions of an upgraded contract on its old and its new code. */
import type { Rpc } from "../../chain/rpc.ts";
import { knownInterface } from "../../protocol/decode-known.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import type { AddressBook } from "../contract-book.ts";
import { findExpectation, isTrifle, type Expectation } from "./expectations.ts";
import { findTransactions, type Candidate, type Search } from "./find-transactions.ts";
import { BlockReader, fetchTransaction, noTraces, type Fetched } from "./mined-transaction.ts";
import type { TrafficClass, TrafficOutcome } from "../../outcome/traffic.ts";
import { CodeReader } from "./prestate.ts";
import { replayTransaction, type NotReplayed, type ReplayContext, type Replayed } from "./replay-transaction.ts";
import type { ReplayEngine } from "./run.ts";
import type { Substitution } from "./substitution.ts";

export interface TrafficRequest {
  rpc: Rpc;
  engine: ReplayEngine;
  proposalId: Hex;
  contract: string;
  /** The proxy whose transactions are wanted; one of `upgrades`. */
  target: Substitution;
  /** All that the proposal upgrades at once, with the runtime code to be. */
  upgrades: readonly (Substitution & { newCode: Hex })[];
  neighbours: readonly Address[];
  count: number;
  fromBlock?: bigint | undefined;
  toBlock: bigint;
  books: { after: AddressBook; before: AddressBook };
  expectations: readonly Expectation[];
  /** Of the expectations, those that fitted something are put in here. */
  used: Set<Expectation>;
  onProgress?: ((what: string) => void) | undefined;
}

/** Transactions in memory at once: prestates can be megabytes. Four requests each fit one batch. */
const CHUNK = 25;

/** @throws LPCTL_REPLAY_NO_TRACES when the node tells the state before none of the transactions */
export async function replayTraffic(request: TrafficRequest): Promise<TrafficOutcome> {
  const { rpc, engine, upgrades, books, count, onProgress } = request;
  const search = await findTransactions(rpc, { ...request, proxy: request.target.proxy });
  const context: ReplayContext = { rpc, engine, blocks: new BlockReader(rpc), codes: new CodeReader(rpc), upgrades, books, preimages: new Set() };
  const tally = new Tally(request);
  await engine.learnCode(new Map(upgrades.map(({ newImplementation, newCode }) => [newImplementation, { code: newCode }])));
  const chunks: Candidate[][] = [];
  for (let at = 0; at < search.candidates.length; at += CHUNK) chunks.push(search.candidates.slice(at, at + CHUNK));
  let fetching = fetchChunk(context, request.target.proxy, chunks[0] ?? []);
  for (let index = 0; index < chunks.length && tally.seen < count; index += 1) {
    const { touching, failed } = await fetching;
    fetching = fetchChunk(context, request.target.proxy, chunks[index + 1] ?? []);
    // Awaited in the next turn; when this turn fails, nobody may be left to hear of it.
    fetching.catch(() => undefined);
    for (const why of failed) tally.skip(why);
    const wanted = touching.slice(0, count - tally.seen);
    for (const { prestate } of wanted) await engine.learnCode(prestate);
    for (const replayed of await Promise.all(wanted.map((fetched) => replayTransaction(context, fetched)))) tally.add(replayed);
    onProgress?.(`Replaying: ${tally.seen} of ${Math.min(count, search.candidates.length)}`);
  }
  if (tally.replayed === 0 && tally.untraced > 0) throw noTraces(rpc, undefined);
  return tally.outcome(search);
}

async function fetchChunk(context: ReplayContext, proxy: Address, candidates: readonly Candidate[]): Promise<{ touching: Fetched[]; failed: string[] }> {
  const { rpc, blocks, codes } = context;
  const fetched = await Promise.all(candidates.map(({ hash, height }) => fetchTransaction(rpc, blocks, hash, height)));
  const touching = fetched.flatMap((each) => ("prestate" in each && each.prestate.has(proxy) ? [each] : []));
  await Promise.all(touching.map(({ prestate, transaction }) => codes.fill(prestate, transaction.block.height)));
  const failed = fetched.flatMap((each, index) => {
    if ("why" in each) return [each.why];
    return candidates[index]?.isCertain === true && !each.prestate.has(proxy) ? ["the node's trace of it leaves out the contract, which it called or which emitted something in it"] : [];
  });
  return { touching, failed };
}

class Tally {
  readonly #request: TrafficRequest;
  readonly #classes = new Map<string, TrafficClass>();
  readonly #skipped = new Map<string, number>();
  #identical = 0;
  #expected = 0;
  #different = 0;
  /** Their node could not tell the state before them. */
  untraced = 0;

  constructor(request: TrafficRequest) {
    this.#request = request;
  }

  get replayed(): number {
    return this.#identical + this.#expected + this.#different;
  }

  get seen(): number {
    return this.replayed + [...this.#skipped.values()].reduce((sum, each) => sum + each, 0);
  }

  skip(why: string): void {
    this.untraced += 1;
    this.#count(why);
  }

  add(replayed: Replayed | NotReplayed): void {
    if ("skipped" in replayed) {
      this.#count(replayed.skipped);
      return;
    }
    const { transaction, differences } = replayed;
    if (differences.length === 0) {
      this.#identical += 1;
      return;
    }
    const selector: Hex = transaction.to === null || transaction.input.length < 10 ? "0x" : (transaction.input.slice(0, 10) as Hex);
    const counted = new Set<string>();
    let allExpected = true;
    for (const difference of differences) {
      const expectation = findExpectation(this.#request.expectations, selector, difference);
      const expected = expectation !== undefined || isTrifle(difference);
      if (expectation !== undefined) this.#request.used.add(expectation);
      allExpected &&= expected;
      const { kind, what, detail } = difference;
      const key = `${selector} ${kind} ${what} ${expected}`;
      if (counted.has(key)) continue;
      counted.add(key);
      const known = this.#classes.get(key);
      if (known !== undefined) {
        known.count += 1;
        continue;
      }
      const signature = this.#signatureOf(selector, transaction.to);
      this.#classes.set(key, { selector, ...(signature === undefined ? {} : { signature }), kind, what, count: 1, expected, example: transaction.hash, detail });
    }
    if (allExpected) this.#expected += 1;
    else this.#different += 1;
  }

  outcome(search: Search): TrafficOutcome {
    const { proposalId, contract, target, toBlock, count } = this.#request;
    const order = ["success", "return", "events", "storage", "gas"];
    const classes = [...this.#classes.values()].sort(
      (a, b) =>
        Number(a.expected) - Number(b.expected) || order.indexOf(a.kind) - order.indexOf(b.kind) || b.count - a.count || (`${a.selector} ${a.what}` < `${b.selector} ${b.what}` ? -1 : 1),
    );
    return {
      proposalId,
      proxy: target.proxy,
      contract,
      implementation: target.newImplementation,
      fromBlock: search.fromBlock,
      toBlock,
      transactions: this.replayed,
      identical: this.#identical,
      expected: this.#expected,
      classes,
      skipped: [...this.#skipped].map(([reason, number]) => ({ reason, count: number })).sort((a, b) => b.count - a.count),
      notes: notesOf(search, toBlock, this.seen, count),
      unusedExpectations: [],
    };
  }

  #count(why: string): void {
    this.#skipped.set(why, (this.#skipped.get(why) ?? 0) + 1);
  }

  #signatureOf(selector: Hex, to: Address | null): string | undefined {
    if (selector === "0x" || to === null) return undefined;
    const { after, before } = this.#request.books;
    const fragment = after.interfaceOf(to)?.getFunction(selector) ?? before.interfaceOf(to)?.getFunction(selector) ?? knownInterface().getFunction(selector);
    return fragment === null || fragment === undefined ? undefined : printable(fragment.format());
  }
}

function notesOf(search: Search, toBlock: bigint, seen: number, count: number): string[] {
  return [
    ...(seen < count ? [`Only ${seen} of ${count} transactions were found from block ${search.fromBlock} to ${toBlock}`] : []),
    ...(search.bodiesFrom > search.fromBlock ? [`Calls straight to the proxy that emitted no event were looked for from block ${search.bodiesFrom} only`] : []),
    "The state before each transaction is the word of the node: that it comes out as mined on the old code vouches for it, and no proof does",
    "Calls through other contracts that emitted no event, neither here nor in the contracts registered beside it, are not found",
  ];
}
