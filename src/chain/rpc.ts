import { z } from "zod";
import { hash32Schema, hexSchema, quantitySchema } from "../protocol/hex.ts";
import { badAnswer, noBlock, type Endpoint } from "./rpc-errors.ts";
import { blockSchema, logSchema, receiptSchema } from "./rpc-schemas.ts";
import { RpcTransport, type SendOptions } from "./rpc-transport.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { BlockHeader, Log, Receipt } from "./rpc-schemas.ts";

export type { BlockHeader, Log, Receipt };

export interface CallRequest {
  to: Address;
  data?: Hex;
  from?: Address;
  valueWei?: bigint;
  /** The call stands for a transaction: it may use as much gas as the node allows, not only what a question needs. */
  isTransaction?: boolean;
}
/** `estimateGas` may also ask for a deployment, which has no `to`. */
export interface EstimateRequest extends Omit<CallRequest, "to"> {
  to: Address | null;
}
export type BlockTag = bigint | "latest" | "pending" | "earliest";
export interface LogFilter {
  address?: Address | Address[];
  topics?: (Hex | Hex[] | null)[];
  fromBlock: bigint;
  toBlock: BlockTag;
}

/** What carries the requests of an `Rpc`: HTTP, or a record of what was once answered. Rejects with an `LpctlError`. */
export interface Transport {
  readonly endpoint: Endpoint;
  /** The one block that it speaks of, where it speaks of one. */
  readonly pinnedAt?: BlockHeader;
  /** For what will most likely be asked soon; where answers are remembered. */
  ahead?(): Transport;
  send(method: string, params: unknown[], options?: SendOptions): Promise<unknown>;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * One Ethereum JSON-RPC endpoint. Every answer is parsed; every failure is an `LpctlError` with exit code
 * `network` (LPCTL_RPC_UNREACHABLE, _TIMEOUT, _NOT_JSON, _BAD_ANSWER, _ERROR), except that a reverted call or
 * estimate is LPCTL_CHAIN_CALL_REVERTED with the returned bytes in `details.data`.
 *
 * Requests issued together (`Promise.all`) travel as one JSON-RPC batch.
 */
export class Rpc {
  /** As configured. May hold an API key: never print it, print `origin`. */
  readonly url: string;
  /** Scheme, host and port: safe to print. */
  readonly origin: string;
  readonly #transport: Transport;

  /** `timeoutMs` bounds each request, retries included. @throws LPCTL_RPC_BAD_URL */
  constructor(url: string, options: { timeoutMs?: number; transport?: Transport } = {}) {
    this.#transport = options.transport ?? new RpcTransport(url, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    this.url = url;
    this.origin = this.#transport.endpoint.origin;
  }

  /** The block that it speaks of, whatever is mined meanwhile (`pinRpc`); undefined: the latest, whenever it is asked. */
  get pinnedAt(): BlockHeader | undefined {
    return this.#transport.pinnedAt;
  }

  /**
   * Asks now for what will most likely be asked for soon, so that it travels with what is asked anyway. Only where answers are
   * remembered; nothing comes of it, whether it fails or was in vain.
   */
  askAhead(ask: (ahead: Rpc) => Promise<unknown>): void {
    const transport = this.#transport.ahead?.();
    if (transport !== undefined) ask(new Rpc(this.url, { transport })).catch(() => undefined);
  }

  /** The same endpoint, with something between: what `wrap` gives sees every request first. */
  through(wrap: (transport: Transport) => Transport): Rpc {
    return new Rpc(this.url, { transport: wrap(this.#transport) });
  }

  /** Any method; the result is parsed with `schema`. @throws LPCTL_RPC_BAD_ANSWER when it does not fit. */
  async request<T>(method: string, params: unknown[], schema: z.ZodType<T>, options?: SendOptions): Promise<T> {
    const result = await this.#transport.send(method, params, options);
    const parsed = this.#parse(method, result, schema);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.map(String).join(".")}: `;
    throw badAnswer(this.#transport.endpoint, method, `${where}${issue?.message ?? "unexpected shape"}`);
  }

  #parse<T>(method: string, result: unknown, schema: z.ZodType<T>): z.ZodSafeParseResult<T> {
    try {
      return schema.safeParse(result);
    } catch (error) {
      // A tree of calls deeper than any chain makes.
      if (error instanceof RangeError) throw badAnswer(this.#transport.endpoint, method, "it is nested deeper than can be read");
      throw error;
    }
  }

  chainId(): Promise<bigint> {
    return this.request("eth_chainId", [], quantitySchema);
  }

  blockNumber(): Promise<bigint> {
    return this.request("eth_blockNumber", [], quantitySchema);
  }

  /** @throws LPCTL_CHAIN_NO_BLOCK when the node does not have the block. */
  async block(tag: BlockTag): Promise<BlockHeader> {
    const block = await this.request("eth_getBlockByNumber", [formatTag(tag), false], blockSchema.nullable());
    if (block !== null) return block;
    throw noBlock(this.origin, String(tag));
  }

  code(address: Address, at: BlockTag = "latest"): Promise<Hex> {
    return this.request("eth_getCode", [address, formatTag(at)], hexSchema);
  }

  /** One word of storage, 32 bytes. */
  storage(address: Address, slot: Hex | bigint, at: BlockTag = "latest"): Promise<Hex> {
    const position = `0x${BigInt(slot).toString(16).padStart(64, "0")}`;
    return this.request("eth_getStorageAt", [address, position, formatTag(at)], wordSchema);
  }

  balanceWei(address: Address, at: BlockTag = "latest"): Promise<bigint> {
    return this.request("eth_getBalance", [address, formatTag(at)], quantitySchema);
  }

  nonce(address: Address, at: BlockTag = "latest"): Promise<bigint> {
    return this.request("eth_getTransactionCount", [address, formatTag(at)], quantitySchema);
  }

  /** Returned bytes of a call. @throws LPCTL_CHAIN_CALL_REVERTED with `details.data`. */
  call(request: CallRequest, at: BlockTag = "latest"): Promise<Hex> {
    return this.request("eth_call", [formatCall(request), formatTag(at)], hexSchema, { isTransaction: request.isTransaction });
  }

  /**
   * In one request, whatever the range; `readLogs` splits ranges that a provider refuses.
   * @throws LPCTL_RPC_BAD_ANSWER where a log is among them that was not asked for
   */
  async logs(filter: LogFilter): Promise<Log[]> {
    const { address, topics, fromBlock, toBlock } = filter;
    const query = { ...(address === undefined ? {} : { address }), ...(topics === undefined ? {} : { topics }), fromBlock: formatTag(fromBlock), toBlock: formatTag(toBlock) };
    const found = await this.request("eth_getLogs", [query], z.array(logSchema));
    const stray = found.find((log) => !wasAskedFor(log, filter));
    if (stray === undefined) return found;
    throw badAnswer(this.#transport.endpoint, "eth_getLogs", `a log of ${stray.address} in block ${stray.blockNumber} is among them, which was not asked for`);
  }

  /** `null` while the transaction is unknown or not mined. */
  receipt(hash: Hex): Promise<Receipt | null> {
    return this.request("eth_getTransactionReceipt", [hash], receiptSchema.nullable());
  }

  /** Gas units. @throws LPCTL_CHAIN_CALL_REVERTED */
  estimateGas(request: EstimateRequest): Promise<bigint> {
    return this.request("eth_estimateGas", [formatCall(request)], quantitySchema);
  }

  /** Broadcasts signed bytes once, never repeated by itself. Returns the hash that the node reports. */
  sendRawTransaction(raw: Hex): Promise<Hex> {
    return this.request("eth_sendRawTransaction", [raw], hash32Schema);
  }
}

function wasAskedFor(log: Log, { address, topics = [], fromBlock, toBlock }: LogFilter): boolean {
  if (log.blockNumber < fromBlock || (typeof toBlock === "bigint" && log.blockNumber > toBlock)) return false;
  if (address !== undefined && !isOneOf(log.address, address)) return false;
  return topics.every((wanted, index) => wanted === null || isOneOf(log.topics[index], wanted));
}

function isOneOf(found: string | undefined, wanted: string | readonly string[]): boolean {
  if (typeof wanted !== "string" && wanted.length === 0) return true;
  return [wanted].flat().some((one) => one.toLowerCase() === found?.toLowerCase());
}

/** Some nodes drop leading zeros of a storage word. */
const wordSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/, "not a storage word")
  .transform((text): Hex => `0x${text.slice(2).toLowerCase().padStart(64, "0")}`);

/** A block tag or any other bigint, as JSON-RPC wants it. */
export function formatTag(tag: BlockTag): string {
  return typeof tag === "bigint" ? `0x${tag.toString(16)}` : tag;
}

function formatCall(request: EstimateRequest): Record<string, string> {
  return {
    ...(request.to === null ? {} : { to: request.to }),
    ...(request.from === undefined ? {} : { from: request.from }),
    ...(request.data === undefined ? {} : { data: request.data }),
    ...(request.valueWei === undefined ? {} : { value: formatTag(request.valueWei) }),
  };
}
