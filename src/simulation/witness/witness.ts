import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { formatTag, type BlockHeader, type Rpc } from "../../chain/rpc.ts";
import { ZERO_ADDRESS, ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import { historyAfter, joinAhead, type Ahead } from "./ahead.ts";
import { blockFieldsSchema, toBlockHeader, type BlockFields } from "../../snapshot/trie/block-header.ts";
import { AnswerError } from "./json-rpc-server.ts";
import type { StateEvidence } from "../../outcome/simulation.ts";
import type { RecordedState } from "./recorded-state.ts";
import { requireHeader, stateDiffers, type StateProof } from "./state-proof.ts";
import { StateServer } from "./state-server.ts";
import { notRecorded, RecordedSource, type StateSource } from "./state-source.ts";
import { foresee, type ForeseenCall } from "./touched.ts";
import { slotSchema, UpstreamState, wordsOf, type Wanted } from "./upstream-state.ts";
import { otherChain, reorged } from "./witness-errors.ts";

/** Transactions that are traced ahead, with all code that they touch; the calls of a longer batch mostly touch the same. */
const MOST_TRACED = 50;

/**
 * The state of a chain at one block, served to a fork from memory. It asks the chain for what it does not have yet, at
 * most once, and remembers everything it gave.
 */
export interface Witness {
  /** On 127.0.0.1; what anvil forks from. */
  readonly url: string;
  readonly block: BlockHeader;
  /** False for a record, which has all it can give: looking ahead is then in vain. */
  readonly fetches: boolean;
  /** What a fork may be given before it asks: all that a record holds, as nobody looks at what was read of it; of a chain nothing. */
  readonly preload: RecordedState["accounts"] | undefined;
  /** Fetches what will be read, in two rounds of requests. Anything it does not foresee is fetched when it is read. */
  prefetch(calls: readonly ForeseenCall[], ahead?: Ahead): Promise<void>;
  /** Everything it gave so far, in an order that does not depend on timing. */
  recorded(): RecordedState;
  /** The proof of everything it gave; undefined when the chain has no proofs (`evidence` says why). */
  prove(): Promise<StateProof | undefined>;
  evidence(): StateEvidence;
  /** Asks again whether the block is still that block, and the chain that chain. @throws LPCTL_STATE_REORGED, LPCTL_STATE_OTHER_CHAIN */
  confirm(): Promise<void>;
  /** The first question that could not be answered truly. The fork's own errors only follow from it. */
  failure(): unknown;
  /** Called at the first failure, at once. */
  onFailure(listener: () => void): void;
  /** While a fork sends, the receipts it asks for can only be those of its own transactions, which no chain knows. */
  whileSending<T>(work: () => Promise<T>): Promise<T>;
  /** While a fork does this, something that is missing is fetched together with all that the same work will ask for next. */
  whileRunning<T>(ahead: Ahead, work: () => Promise<T>): Promise<T>;
  /** Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts a witness of a chain at a block. It answers at once; what it has to ask for itself travels with the first `prefetch`.
 * @param seed what an earlier witness of the same block recorded, to be proven like everything else
 */
export async function startWitness(rpc: Rpc, block: BlockHeader, seed?: RecordedState): Promise<Witness> {
  const witness = new ChainWitness(rpc, block);
  await witness.listen();
  if (seed !== undefined) witness.expect(seed);
  return witness;
}

/**
 * As `startWitness`, without a chain: what is not in the record is a failure (LPCTL_STATE_NOT_RECORDED).
 * @param evidence what the record was found to be worth
 */
export async function startRecorded(state: RecordedState, evidence: StateEvidence = OF_A_RECORD): Promise<Witness> {
  const witness = new RecordedWitness(state, evidence);
  await witness.listen();
  return witness;
}

class ChainWitness extends StateServer implements Witness {
  readonly fetches = true;
  readonly preload = undefined;
  protected readonly source: StateSource;
  readonly #state: UpstreamState;
  readonly #rpc: Rpc;
  #asked: Promise<{ fields: BlockFields; chainId: bigint }> | undefined;
  #known: { fields: BlockFields; chainId: bigint } | undefined;
  #isLocal: Promise<boolean> | undefined;
  readonly #foreseen = new Set<string>();
  readonly #running = new Set<Ahead>();
  readonly #lookouts = new Set<Promise<void>>();

  constructor(rpc: Rpc, block: BlockHeader) {
    super(block);
    this.#rpc = rpc;
    const state = new UpstreamState(rpc, { number: block.number, stateRoot: block.stateRoot ?? ZERO_HASH }, () => this.#isDevelopmentChain());
    this.#state = state;
    this.source = {
      account: (address) => this.#knowing(() => state.has(address), () => state.account(address)),
      slot: (address, slot) => this.#knowing(() => state.has(address, slot), () => state.slotAndNeighbours(address, slot)),
    };
  }

  async prefetch(calls: readonly ForeseenCall[], ahead: Ahead = {}): Promise<void> {
    const { reads, accounts: always, codes } = joinAhead([ahead, historyAfter([this.block.number]), { accounts: new Map([[ZERO_ADDRESS, new Set()]]) }]);
    for (const [address, code] of codes) this.#state.expectCode(address, code);
    const distinct = [...new Map(calls.map((call) => [keyOf(call), call])).values()].slice(0, MOST_TRACED);
    const fresh = reads.filter((read) => !this.#foreseen.has(keyOf(read)));
    for (const call of [...distinct, ...fresh]) this.#foreseen.add(keyOf({ ...call, overrides: undefined })).add(keyOf(call));
    // In one turn of the event loop, so that all of it travels as one request.
    const [touched] = await Promise.all([foresee(this.#rpc, this.block.number, distinct, fresh), this.#ask(), this.#isDevelopmentChain(), this.#state.load(always)]);
    for (const [address, code] of touched.codes) this.#state.expectCode(address, code);
    await this.#state.load(touched.wanted);
    await Promise.all(
      touched.words.map(async ({ address, slot, word }) => {
        const known = await this.#state.slot(address, slot);
        if (known !== word) throw stateDiffers(address, slot, `a trace gives it as ${word}, ${this.#state.unproven === undefined ? "the proof" : "a read"} says ${known}`);
      }),
    );
  }

  async whileRunning<T>(ahead: Ahead, work: () => Promise<T>): Promise<T> {
    this.#running.add(ahead);
    try {
      return await work();
    } finally {
      this.#running.delete(ahead);
    }
  }

  /** Answers from what is known, else asks in one request for this and for what will follow from all that runs just now. */
  async #knowing<T>(isKnown: () => boolean, ask: () => Promise<T>): Promise<T> {
    // Whoever lacks something while a look ahead is on its way most likely gets it from there.
    if (!isKnown() && this.#running.size === 0) await Promise.all(this.#lookouts);
    if (isKnown() || this.#running.size === 0) return ask();
    const answer = ask();
    const ahead = [...this.#running];
    this.#running.clear();
    const lookout = this.prefetch([], joinAhead(ahead)).catch((error: unknown) => this.fail(error));
    this.#lookouts.add(lookout);
    void lookout.then(() => this.#lookouts.delete(lookout));
    return answer;
  }

  /** Fetches what a record says will be needed. Its values are not believed. */
  expect(seed: RecordedState): void {
    const wanted: Wanted = new Map();
    for (const [key, { code, storage }] of Object.entries(seed.accounts)) {
      const address = rpcAddressSchema.parse(key);
      this.#state.expectCode(address, code);
      wanted.set(address, new Set(Object.keys(storage).map((slot) => slotSchema.parse(slot))));
    }
    this.#state.load(wanted).catch((error: unknown) => this.fail(error));
  }

  recorded(): RecordedState {
    if (this.#known === undefined) throw new Error("nothing has asked this witness for anything yet");
    const { fields, chainId } = this.#known;
    return { chainId, block: fields, accounts: this.givenAccounts(), blockHashes: this.givenHashes() };
  }

  async prove(): Promise<StateProof | undefined> {
    if (this.#state.unproven !== undefined) return undefined;
    const wanted = new Map(Object.entries(this.givenAccounts()).map(([address, { storage }]) => [address as Address, new Set(Object.keys(storage) as Hex[])]));
    return this.#state.proof(wanted);
  }

  evidence(): StateEvidence {
    const why = this.#state.unproven;
    return why === undefined ? { proof: "proven", stateRoot: this.block.stateRoot ?? ZERO_HASH } : { proof: "unproven", why };
  }

  async confirm(): Promise<void> {
    await Promise.all(this.#lookouts);
    const [now, chainId, { chainId: before }] = await Promise.all([this.#rpc.block(this.block.number), this.#rpc.chainId(), this.#ask()]);
    if (chainId !== before) throw otherChain(this.#rpc, before, chainId);
    if (now.hash !== this.block.hash) throw reorged(this.#rpc, this.block, now.hash);
  }

  protected async fields(): Promise<BlockFields> {
    return (await this.#ask()).fields;
  }

  protected async chainId(): Promise<bigint> {
    return (await this.#ask()).chainId;
  }

  protected async forward(method: string, params: unknown[]): Promise<unknown> {
    try {
      return await this.#rpc.request(method, params, z.unknown());
    } catch (error) {
      const said = wordsOf(error);
      if (said === undefined) throw error;
      throw new AnswerError(-32000, said);
    }
  }

  /** The block's whole header, which must be that of its hash, and the chain's id. */
  #ask(): Promise<{ fields: BlockFields; chainId: bigint }> {
    this.#asked ??= Promise.all([this.#rpc.request("eth_getBlockByNumber", [formatTag(this.block.number), false], blockFieldsSchema), this.#rpc.chainId()]).then(
      ([fields, chainId]) => {
        if (fields.hash !== this.block.hash) throw reorged(this.#rpc, this.block, fields.hash);
        requireHeader(fields, this.block);
        this.#known = { fields, chainId };
        return this.#known;
      },
    );
    return this.#asked;
  }

  #isDevelopmentChain(): Promise<boolean> {
    this.#isLocal ??= this.#rpc.request("web3_clientVersion", [], z.string()).then(
      (version) => /^(anvil|hardhat)/i.test(version),
      (error: unknown) => {
        if (wordsOf(error) === undefined) throw error;
        return false;
      },
    );
    return this.#isLocal;
  }
}

const OF_A_RECORD: StateEvidence = { proof: "unproven", why: "the state comes from a record" };

class RecordedWitness extends StateServer implements Witness {
  readonly fetches = false;
  readonly preload: RecordedState["accounts"];
  protected readonly source: RecordedSource;
  readonly #state: RecordedState;
  readonly #evidence: StateEvidence;

  constructor(state: RecordedState, evidence: StateEvidence) {
    super(toBlockHeader(state.block));
    this.#evidence = evidence;
    this.#state = state;
    this.preload = state.accounts;
    this.source = new RecordedSource(state);
  }

  async prefetch(): Promise<void> {}

  whileRunning<T>(_: Ahead, work: () => Promise<T>): Promise<T> {
    return work();
  }

  recorded(): RecordedState {
    return { chainId: this.#state.chainId, block: this.#state.block, accounts: this.givenAccounts(), blockHashes: this.givenHashes() };
  }

  async prove(): Promise<undefined> {}

  evidence(): StateEvidence {
    return this.#evidence;
  }

  async confirm(): Promise<void> {}

  protected async fields(): Promise<BlockFields> {
    return this.#state.block;
  }

  protected async chainId(): Promise<bigint> {
    return this.#state.chainId;
  }

  /** Of other blocks, only the hashes are recorded. */
  protected async forward(method: string, params: unknown[]): Promise<unknown> {
    const [number] = params;
    const hash = method === "eth_getBlockByNumber" && typeof number === "string" && /^0x[0-9a-f]+$/.test(number) ? this.#state.blockHashes[BigInt(number).toString()] : undefined;
    if (hash === undefined && !method.startsWith("eth_getBlock")) throw new AnswerError(-32601, `${method} is not recorded`);
    if (hash === undefined) throw notRecorded(`${method} ${JSON.stringify(params)}`.slice(0, 200));
    return { ...this.#state.block, number, hash, transactions: [], uncles: [] };
  }
}

function keyOf({ from, to, data, valueWei, overrides }: ForeseenCall): string {
  return JSON.stringify([from, to, data, valueWei.toString(), overrides]);
}
