import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { formatTag, type BlockHeader } from "../../chain/rpc.ts";
import { hash32Schema, quantitySchema, type Address, type Hex } from "../../protocol/hex.ts";
import type { BlockFields } from "../../snapshot/trie/block-header.ts";
import { AnswerError, startJsonRpcServer, type JsonRpcServer } from "./json-rpc-server.ts";
import type { RecordedAccount, RecordedState } from "./recorded-state.ts";
import type { StateSource } from "./state-source.ts";
import { slotSchema } from "./upstream-state.ts";

/** Of an upstream that is only read. */
const FORWARDED = /^(eth_get\w+|eth_call|eth_estimateGas|eth_createAccessList|debug_trace\w+|trace_\w+)$/;

/** Answers what anvil asks about one block of a chain, and remembers what it gave. */
export abstract class StateServer {
  readonly block: BlockHeader;
  readonly #given = new Map<Address, RecordedAccount>();
  readonly #blockHashes = new Map<bigint, Hex>();
  readonly #listeners: (() => void)[] = [];
  #server: JsonRpcServer | undefined;
  #failure: unknown;
  #sending = 0;

  protected abstract readonly source: StateSource;
  protected abstract fields(): Promise<BlockFields>;
  protected abstract chainId(): Promise<bigint>;
  /** What is not about the state of the one block. */
  protected abstract forward(method: string, params: unknown[]): Promise<unknown>;

  constructor(block: BlockHeader) {
    this.block = block;
  }

  get url(): string {
    if (this.#server === undefined) throw new Error("a witness listens before it is handed out");
    return this.#server.url;
  }

  async listen(): Promise<void> {
    this.#server = await startJsonRpcServer((method, params) => this.#answer(method, params));
  }

  failure(): unknown {
    return this.#failure;
  }

  onFailure(listener: () => void): void {
    this.#listeners.push(listener);
    if (this.#failure !== undefined) listener();
  }

  async whileSending<T>(work: () => Promise<T>): Promise<T> {
    this.#sending += 1;
    try {
      return await work();
    } finally {
      this.#sending -= 1;
    }
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  /** In an order that does not depend on timing. */
  protected givenAccounts(): RecordedState["accounts"] {
    const sorted = [...this.#given].sort(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(
      sorted.map(([address, account]) => [address, { ...account, storage: Object.fromEntries(Object.entries(account.storage).sort(([left], [right]) => (left < right ? -1 : 1))) }]),
    );
  }

  protected givenHashes(): RecordedState["blockHashes"] {
    return Object.fromEntries([...this.#blockHashes].sort(([left], [right]) => (left < right ? -1 : 1)).map(([number, hash]) => [number.toString(), hash]));
  }

  protected fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const listener of this.#listeners) listener();
  }

  async #answer(method: string, params: unknown[]): Promise<unknown> {
    try {
      return await this.#answerTruly(method, params);
    } catch (error) {
      if (!(error instanceof AnswerError)) this.fail(error);
      throw error;
    }
  }

  async #answerTruly(method: string, params: unknown[]): Promise<unknown> {
    const { number, baseFeePerGas = 0n } = this.block;
    switch (method) {
      case "eth_chainId":
        return formatTag(await this.chainId());
      case "net_version":
        return (await this.chainId()).toString();
      case "eth_blockNumber":
        return formatTag(number);
      case "eth_gasPrice":
        return formatTag(baseFeePerGas);
      case "eth_maxPriorityFeePerGas":
        return "0x0";
      case "eth_feeHistory":
        return { oldestBlock: formatTag(number), baseFeePerGas: [formatTag(baseFeePerGas), formatTag(baseFeePerGas)], gasUsedRatio: [0], reward: [["0x0"]] };
      case "eth_getBlockByNumber":
      case "eth_getBlockByHash":
        if (this.#isHere(params[0])) return withoutTransactions(await this.fields());
        // What the chain has mined meanwhile is no part of the fork's future.
        return isLater(params[0], number) ? null : this.#otherBlock(method, params);
      case "eth_getTransactionReceipt":
      case "eth_getTransactionByHash":
        return this.#sending > 0 ? null : this.forward(method, params);
      case "eth_getBalance":
        return this.#isHere(params[1]) ? formatTag((await this.#account(params[0])).balanceWei) : this.forward(method, params);
      case "eth_getTransactionCount":
        return this.#isHere(params[1]) ? formatTag((await this.#account(params[0])).nonce) : this.forward(method, params);
      case "eth_getCode":
        return this.#isHere(params[1]) ? (await this.#account(params[0])).code : this.forward(method, params);
      case "eth_getAccountInfo":
        return this.#isHere(params[1]) ? this.#accountInfo(params[0]) : this.forward(method, params);
      case "eth_getStorageAt":
        return this.#isHere(params[2]) ? this.#slot(params[0], params[1]) : this.forward(method, params);
      default:
        if (!FORWARDED.test(method)) throw new AnswerError(-32601, `the method ${method} does not exist here`);
        return this.forward(method, params);
    }
  }

  async #account(addressGiven: unknown): Promise<RecordedAccount> {
    const address = rpcAddressSchema.parse(addressGiven);
    const { balanceWei, nonce, code } = await this.source.account(address);
    const known = this.#given.get(address);
    if (known !== undefined) return known;
    const account = { balanceWei, nonce, code, storage: {} };
    this.#given.set(address, account);
    return account;
  }

  async #accountInfo(addressGiven: unknown): Promise<object> {
    const { balanceWei, nonce, code } = await this.#account(addressGiven);
    return { balance: formatTag(balanceWei), nonce: formatTag(nonce), code };
  }

  async #slot(addressGiven: unknown, slotGiven: unknown): Promise<Hex> {
    const [address, slot] = [rpcAddressSchema.parse(addressGiven), slotSchema.parse(slotGiven)];
    const [word, account] = await Promise.all([this.source.slot(address, slot), this.#account(address)]);
    account.storage[slot] = word;
    return word;
  }

  async #otherBlock(method: string, params: unknown[]): Promise<unknown> {
    const block = await this.forward(method, params);
    const parsed = z.object({ number: quantitySchema, hash: hash32Schema }).safeParse(block);
    if (parsed.success && parsed.data.number < this.block.number) this.#blockHashes.set(parsed.data.number, parsed.data.hash);
    return block;
  }

  /** Whether a block parameter, in any of its forms (EIP-1898), means the one block. */
  #isHere(tag: unknown): boolean {
    if (typeof tag === "object" && tag !== null) {
      return "blockHash" in tag ? tag.blockHash === this.block.hash : "blockNumber" in tag && this.#isHere(tag.blockNumber);
    }
    if (tag === undefined || tag === "latest" || tag === "pending" || tag === "safe" || tag === "finalized") return true;
    return typeof tag === "string" && (tag === this.block.hash || (tag.length < 66 && /^0x[0-9a-f]+$/i.test(tag) && BigInt(tag) === this.block.number));
  }
}

/** A fork needs no transactions of the block that it starts from. */
function withoutTransactions(fields: BlockFields): object {
  return { ...fields, transactions: [], uncles: [], ...(fields.withdrawalsRoot === undefined ? {} : { withdrawals: [] }) };
}

function isLater(tag: unknown, block: bigint): boolean {
  return typeof tag === "string" && tag.length < 66 && /^0x[0-9a-f]+$/i.test(tag) && BigInt(tag) > block;
}
