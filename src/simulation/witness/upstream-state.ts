import { z } from "zod";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { saysStateIsGone, stateGone } from "../../chain/state-gone.ts";
import { LpctlError } from "../../errors.ts";
import { hexSchema, quantitySchema, ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { readAccountLeaf, readSlot, type AccountState } from "../../snapshot/trie/account-proof.ts";
import { EMPTY_TRIE, hashBytes, TrieNodes } from "../../snapshot/trie/trie-proof.ts";
import { checked, stateDiffers, type StateProof } from "./state-proof.ts";

export interface AccountFacts {
  balanceWei: bigint;
  nonce: bigint;
  code: Hex;
}

export interface StateBlock {
  number: bigint;
  /** Zero when there is none. */
  stateRoot: Hex;
}

/** What is wanted of which accounts; an account without slots is wanted for its balance, nonce and code. */
export type Wanted = Map<Address, Set<Hex>>;

const NO_CODE: Hex = "0x";

const NEIGHBOURS = 12;
const NEIGHBOURS_BEFORE = 3n;

/** Nodes refuse more keys in one request (geth: 1024). */
const SLOTS_PER_PROOF = 500;

const proofSchema = z.object({
  balance: quantitySchema,
  nonce: quantitySchema,
  accountProof: z.array(hexSchema),
  storageProof: z.array(z.object({ key: z.string(), value: quantitySchema, proof: z.array(hexSchema) })),
});
type Proof = z.infer<typeof proofSchema>;

/**
 * The state of one block as an RPC gives it. Each account and slot is fetched once, with a proof against the block's
 * state root where the RPC has proofs, and by plain reads where it has not.
 */
export class UpstreamState {
  readonly #rpc: Rpc;
  readonly #block: StateBlock;
  readonly #tag: string;
  readonly #isLocal: () => Promise<boolean>;
  readonly #accounts = new Map<Address, Promise<AccountFacts>>();
  readonly #slots = new Map<Address, Map<Hex, Promise<Hex>>>();
  readonly #leaves = new Map<Address, AccountState>();
  readonly #codes = new Map<Address, Hex>();
  readonly #nodes = new TrieNodes();
  #unproven: string | undefined;

  /** `isLocal`: whether the RPC is a development chain on this machine, whose state may change without a block. */
  constructor(rpc: Rpc, block: StateBlock, isLocal: () => Promise<boolean>) {
    this.#rpc = rpc;
    this.#block = block;
    this.#tag = formatTag(block.number);
    this.#isLocal = isLocal;
    if (block.stateRoot === ZERO_HASH || block.stateRoot === EMPTY_TRIE) {
      this.#unproven = "the block of this chain has no state root: it is a fork of another chain on somebody's machine, or the first block of a local one";
    }
  }

  /** Why what was read is not proven; undefined when all of it is. */
  get unproven(): string | undefined {
    return this.#unproven;
  }

  /** Codes seen elsewhere, believed only when they have the proven hash. */
  expectCode(address: Address, code: Hex): void {
    this.#codes.set(address, code);
  }

  /** Whether it was asked for before; it may still be on its way. */
  has(address: Address, slot?: Hex): boolean {
    return slot === undefined ? this.#accounts.has(address) : this.#slots.get(address)?.has(slot) === true;
  }

  account(address: Address): Promise<AccountFacts> {
    void this.#fetch(address, []);
    return this.#accounts.get(address) ?? Promise.reject(new Error("an account that was asked for is on its way"));
  }

  slot(address: Address, slot: Hex): Promise<Hex> {
    void this.#fetch(address, [slot]);
    return this.#slots.get(address)?.get(slot) ?? Promise.reject(new Error("a slot that was asked for is on its way"));
  }

  /**
   * As `slot`; one that was not foreseen comes with those around it. Members of a struct and words of an array are read one
   * after the other, and each would cost the way to the chain and back.
   */
  slotAndNeighbours(address: Address, slot: Hex): Promise<Hex> {
    if (!this.has(address, slot)) void this.#fetch(address, neighboursOf(slot));
    return this.slot(address, slot);
  }

  /** Fetches all of it at once: one batch of requests. */
  async load(wanted: Wanted): Promise<void> {
    await Promise.all([...wanted].flatMap(([address, slots]) => [...this.#fetch(address, [...slots]), this.account(address)]));
  }

  /** The nodes that prove these accounts and slots. Only when nothing is unproven. */
  async proof(wanted: Wanted): Promise<StateProof> {
    await this.load(wanted);
    const { stateRoot } = this.#block;
    const used = new Set<Hex>();
    for (const [address, slots] of wanted) {
      const leaf = readAccountLeaf(stateRoot, address, this.#nodes, used);
      for (const slot of slots) readSlot(leaf.storageHash, slot, this.#nodes, used);
    }
    return { stateRoot, nodes: [...used].sort() };
  }

  /** Starts fetching what is not known or on its way yet; gives the promises of the slots. */
  #fetch(address: Address, slots: readonly Hex[]): Promise<Hex>[] {
    const known = this.#slots.get(address) ?? new Map<Hex, Promise<Hex>>();
    this.#slots.set(address, known);
    const missing = [...new Set(slots)].filter((slot) => !known.has(slot));
    const isNew = !this.#accounts.has(address);
    if (isNew || missing.length > 0) {
      const got = this.#read(address, missing, isNew);
      if (isNew) this.#accounts.set(address, quiet(got.then(({ facts }) => facts)));
      for (const slot of missing) known.set(slot, quiet(got.then(({ words }) => words.get(slot) ?? ZERO_HASH)));
    }
    return slots.flatMap((slot) => known.get(slot) ?? []);
  }

  async #read(address: Address, slots: readonly Hex[], isNew: boolean): Promise<{ facts: AccountFacts; words: Map<Hex, Hex> }> {
    const proven = this.#unproven === undefined ? await this.#readProven(address, slots, isNew) : undefined;
    return proven ?? this.#readPlain(address, slots, isNew);
  }

  async #readProven(address: Address, slots: readonly Hex[], isNew: boolean): Promise<{ facts: AccountFacts; words: Map<Hex, Hex> } | undefined> {
    const parts = slots.length === 0 ? [[]] : chunksOf(slots, SLOTS_PER_PROOF);
    const expected = this.#codes.get(address);
    const [proofs, given] = await Promise.all([
      Promise.all(parts.map((part) => this.#rpc.request("eth_getProof", [address, part, this.#tag], proofSchema))).catch((error: unknown) => this.#withoutProofs(error)),
      isNew && expected === undefined ? this.#code(address) : undefined,
    ]);
    if (proofs === undefined) return undefined;
    for (const proof of proofs) this.#nodes.add([...proof.accountProof, ...proof.storageProof.flatMap((storage) => storage.proof)]);
    if (!this.#nodes.has(this.#block.stateRoot) && (await this.#isLocal())) {
      this.#unproven ??= "the state of this local chain was changed by hand after its last block";
      return undefined;
    }
    const leaf = this.#checkAccount(address, proofs);
    const words = this.#checkSlots(address, leaf, slots, proofs);
    if (!isNew) return { facts: { ...leaf, code: "0x" }, words };
    const code = given ?? expected ?? "0x";
    const hash = hashBytes(code);
    if (hash !== leaf.codeHash) throw stateDiffers(address, undefined, `its code is given as one with the hash ${hash}, the proof says ${leaf.codeHash}`);
    return { facts: { balanceWei: leaf.balanceWei, nonce: leaf.nonce, code }, words };
  }

  #checkAccount(address: Address, proofs: readonly Proof[]): AccountState {
    const leaf = this.#leaves.get(address) ?? checked(address, undefined, () => readAccountLeaf(this.#block.stateRoot, address, this.#nodes));
    this.#leaves.set(address, leaf);
    for (const { balance, nonce } of proofs) {
      if (balance !== leaf.balanceWei) throw stateDiffers(address, undefined, `its balance is given as ${balance} wei, the proof says ${leaf.balanceWei}`);
      if (nonce !== leaf.nonce) throw stateDiffers(address, undefined, `its nonce is given as ${nonce}, the proof says ${leaf.nonce}`);
    }
    return leaf;
  }

  #checkSlots(address: Address, leaf: AccountState, slots: readonly Hex[], proofs: readonly Proof[]): Map<Hex, Hex> {
    const words = new Map(slots.map((slot) => [slot, checked(address, slot, () => readSlot(leaf.storageHash, slot, this.#nodes))]));
    for (const { key, value } of proofs.flatMap((proof) => proof.storageProof)) {
      const slot = slotSchema.parse(key);
      const word = words.get(slot);
      if (word !== undefined && BigInt(word) !== value) throw stateDiffers(address, slot, `it is given as ${toWord(value)}, the proof says ${word}`);
    }
    return words;
  }

  /** Notes why there are no proofs, when the RPC says so itself. */
  #withoutProofs(error: unknown): undefined {
    const said = wordsOf(error);
    if (said === undefined) throw error;
    this.#unproven ??= `the RPC gave no proof (eth_getProof: ${said})`;
  }

  async #readPlain(address: Address, slots: readonly Hex[], isNew: boolean): Promise<{ facts: AccountFacts; words: Map<Hex, Hex> }> {
    try {
      const [balanceWei, nonce, code, words] = await Promise.all([
        isNew ? this.#rpc.balanceWei(address, this.#block.number) : 0n,
        isNew ? this.#rpc.nonce(address, this.#block.number) : 0n,
        isNew ? this.#code(address) : NO_CODE,
        Promise.all(slots.map(async (slot): Promise<[Hex, Hex]> => [slot, await this.#rpc.storage(address, slot, this.#block.number)])),
      ]);
      return { facts: { balanceWei, nonce, code }, words: new Map(words) };
    } catch (error) {
      throw this.#orGone(error);
    }
  }

  async #code(address: Address): Promise<Hex> {
    try {
      return await this.#rpc.code(address, this.#block.number);
    } catch (error) {
      throw this.#orGone(error);
    }
  }

  #orGone(error: unknown): unknown {
    const said = wordsOf(error);
    return said !== undefined && saysStateIsGone(said) ? stateGone(this.#rpc.origin, this.#block.number) : error;
  }
}

function neighboursOf(slot: Hex): Hex[] {
  const first = BigInt(slot) - NEIGHBOURS_BEFORE;
  return Array.from({ length: NEIGHBOURS }, (_, index) => toWord(BigInt.asUintN(256, first + BigInt(index))));
}

export const slotSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/, "not a slot")
  .transform((text): Hex => `0x${text.slice(2).toLowerCase().padStart(64, "0")}`);

/** What a node answered with instead of a result; undefined for failures of the connection. */
export function wordsOf(error: unknown): string | undefined {
  if (!(error instanceof LpctlError) || typeof error.details?.["rpcCode"] !== "number") return undefined;
  return printable(String(error.details["rpcMessage"] ?? error.message)).slice(0, 200);
}

function toWord(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Whoever waits for it hears of a failure; nobody may be waiting yet. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
