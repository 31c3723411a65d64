/** One mined transaction on the old and on the new code. */
import type { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { AddressBook } from "../contract-book.ts";
import type { CallNode } from "../../outcome/simulation.ts";
import { collectSeenWords } from "../seen-words.ts";
import { compareRuns, type Difference } from "./compare-runs.ts";
import { fetchPrestate, type BlockReader, type Fetched, type MinedTransaction } from "./mined-transaction.ts";
import { addMissing, wordOf, type CodeReader, type Prestate } from "./prestate.ts";
import { isRejection, type ReplayEngine, type Run, type Situation } from "./run.ts";
import { describeState, differingDeployments, differingState, isNamed } from "./storage-differences.ts";
import { addressIn, substituted, type Substitution } from "./substitution.ts";

export interface Replayed {
  transaction: MinedTransaction;
  differences: Difference[];
}

export interface NotReplayed {
  transaction: MinedTransaction;
  skipped: string;
}

export interface ReplayContext {
  rpc: Rpc;
  engine: ReplayEngine;
  blocks: BlockReader;
  codes: CodeReader;
  /** Everything that the proposal puts new code behind. */
  upgrades: readonly (Substitution & { newCode: Hex })[];
  /** With the layouts after and before the upgrade. */
  books: { after: AddressBook; before: AddressBook };
  /** Hash inputs found by tracing, for the names of the transactions that follow. */
  preimages: Set<Hex>;
}

const MOST_ROUNDS = 8;
/** Tracing every hash is slow; what is found serves the others. */
const MOST_PREIMAGES = 20_000;
const LONGEST_PREIMAGE_TRACE_GAS = 5_000_000n;

/** A mined transaction that cannot be run again as it was is skipped with the reason: then nothing can be said of the new code either. */
export async function replayTransaction(context: ReplayContext, fetched: Fetched): Promise<Replayed | NotReplayed> {
  const { transaction } = fetched;
  try {
    return await new TransactionReplay(context, fetched).compare();
  } catch (error) {
    if (error instanceof Skip) return { transaction, skipped: error.message };
    throw error;
  }
}

class Skip extends Error {}

class TransactionReplay {
  readonly #context: ReplayContext;
  readonly #transaction: MinedTransaction;
  #prestate: Prestate;
  #blockHashes: Record<string, Hex> | undefined;

  constructor(context: ReplayContext, { transaction, prestate }: Fetched) {
    this.#context = context;
    this.#transaction = transaction;
    this.#prestate = prestate;
  }

  async compare(): Promise<Replayed> {
    const transaction = this.#transaction;
    const replaced = this.#replaced();
    if (replaced.length === 0) return { transaction, differences: [] };
    this.#addNewCode();
    const newSituation = (): Situation => this.#situation(replaced);
    const both = (): Promise<[Run, Run]> => Promise.all([this.#run(this.#situation([])), this.#run(newSituation())]);
    const first = await both().catch((error: unknown) => {
      if (error instanceof Skip) return undefined;
      throw error;
    });
    if (first === undefined || !isAsMined(first[0], transaction)) await this.#knowMore();
    const [before, afterAtFirst] = first !== undefined && isAsMined(first[0], transaction) ? first : await both();
    if (!isAsMined(before, transaction)) throw new Skip(whyDifferent(before, transaction));
    const ignored = replaced.map(({ address, slot }) => ({ address, slot }));
    if (this.#isSame(before, afterAtFirst, ignored)) return { transaction, differences: [] };
    const after = await this.#completed(newSituation, afterAtFirst);
    const { books } = this.#context;
    const outcome = compareRuns(before, after, books.after);
    if (before.status !== after.status) return { transaction, differences: outcome };
    const state = differingState(before, after, transaction, ignored);
    const named = state.length === 0 ? [] : await this.#describe(state, before, after, newSituation());
    return { transaction, differences: [...outcome.filter(({ kind }) => kind !== "gas"), ...named, ...differingDeployments(before, after), ...outcome.filter(({ kind }) => kind === "gas")] };
  }

  /** Words that make the proxies run the new code; none when this transaction never asked which code to run. */
  #replaced(): Situation["replaced"] {
    return this.#context.upgrades.flatMap(({ address, slot, oldImplementation, newImplementation }) => {
      const word = wordOf(this.#prestate, address, slot);
      if (word === undefined) return [];
      if (addressIn(word) === BigInt(newImplementation)) throw new Skip("it ran on the new code already");
      if (addressIn(word) !== BigInt(oldImplementation)) throw new Skip("it was mined while other code ran than now");
      return [{ address, slot, word: substituted(word, newImplementation) }];
    });
  }

  #addNewCode(): void {
    for (const { newImplementation, newCode } of this.#context.upgrades) {
      const known = this.#prestate.get(newImplementation);
      if (known === undefined) this.#prestate.set(newImplementation, { balanceWei: 0n, nonce: 1, code: newCode, storage: {} });
      else known.code = newCode;
    }
  }

  /** The exact code of that time, and all block hashes that a contract could ask for. */
  async #knowMore(): Promise<void> {
    const { rpc, blocks } = this.#context;
    const { hash, block } = this.#transaction;
    const [prestate, hashes] = await Promise.all([fetchPrestate(rpc, hash, true), block.height === block.number ? blocks.hashesBefore(block.height) : undefined]);
    if ("why" in prestate) throw new Skip(prestate.why);
    this.#prestate = prestate.accounts;
    this.#blockHashes = hashes;
    this.#addNewCode();
  }

  /** The new code may read what the old one did not: that is fetched, until a run asks for nothing unknown. */
  async #completed(situation: () => Situation, first: Run): Promise<Run> {
    let run = first;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const missing = await this.#local(() => this.#context.engine.missing(situation()));
      if (missing.length === 0) return run;
      const problem = await addMissing(this.#context.rpc, this.#prestate, missing, this.#transaction);
      if (problem !== undefined) throw new Skip(problem);
      run = await this.#run(situation());
    }
    throw new Skip("the new code asks for more and more state that the old did not");
  }

  #situation(replaced: Situation["replaced"]): Situation {
    return { transaction: this.#transaction, prestate: this.#prestate, replaced, blockHashes: this.#blockHashes };
  }

  #run(situation: Situation): Promise<Run> {
    return this.#local(() => this.#context.engine.run(situation));
  }

  async #local<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isRejection(error)) throw new Skip("the local chain does not accept it");
      if (error instanceof LpctlError && error.code === "LPCTL_RPC_TIMEOUT") throw new Skip("it takes too long to run");
      if (error instanceof LpctlError && error.code === "LPCTL_RPC_BAD_ANSWER") throw new Skip("its trace cannot be read");
      throw error;
    }
  }

  #isSame(before: Run, after: Run, ignored: readonly { address: Address; slot: Hex }[]): boolean {
    const { books } = this.#context;
    return (
      compareRuns(before, after, books.after).length === 0 &&
      differingState(before, after, this.#transaction, ignored).length === 0 &&
      differingDeployments(before, after).length === 0
    );
  }

  async #describe(state: ReturnType<typeof differingState>, before: Run, after: Run, situation: Situation): Promise<Difference[]> {
    const { books, engine, preimages } = this.#context;
    const keys = new Set([...collectSeenWords(after.calls, after.logs, books.after.keyNames.keys()), ...collectSeenWords(before.calls, before.logs, [])]);
    const quick = describeState(state, books, { keys, preimages });
    if (isNamed(quick) || preimages.size >= MOST_PREIMAGES || this.#transaction.gasUsed > LONGEST_PREIMAGE_TRACE_GAS) return quick;
    for (const input of await this.#local(() => engine.preimages(situation))) preimages.add(input);
    for (const input of await this.#local(() => engine.preimages({ ...situation, replaced: [] }))) preimages.add(input);
    return describeState(state, books, { keys, preimages });
  }
}

/** The control: the old code gives exactly what was mined. */
function isAsMined(run: Run, mined: MinedTransaction): boolean {
  return run.status === mined.status && run.gasUsed === mined.gasUsed && JSON.stringify(run.logs) === JSON.stringify(mined.logs);
}

/** Arbitrum's own kinds of transactions and precompiles begin here. */
const FIRST_OF_CHAIN = 0x64;
const LAST_OF_CHAIN = 0xffn;

function whyDifferent(run: Run, mined: MinedTransaction): string {
  if (mined.type >= FIRST_OF_CHAIN) return `it is of a kind that only its chain knows (type ${mined.type})`;
  if (asksChain(run.calls)) return "it asks a precompile of its chain";
  const what = run.status !== mined.status ? "outcome" : run.gasUsed !== mined.gasUsed ? "gas" : "events";
  return `run again on the old code it does not come out as mined (${what}): it depends on something of its block or chain that cannot be given again`;
}

function asksChain(node: CallNode): boolean {
  const to = BigInt(node.to);
  return (to >= BigInt(FIRST_OF_CHAIN) && to <= LAST_OF_CHAIN) || node.children.some(asksChain);
}
