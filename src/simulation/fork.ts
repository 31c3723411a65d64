import { gzipSync } from "node:zlib";
import { z } from "zod";
import { startAnvil, type Anvil } from "../chain/anvil.ts";
import { receiptSchema } from "../chain/rpc-schemas.ts";
import { formatTag, Rpc, type BlockHeader, type Receipt } from "../chain/rpc.ts";
import { LpctlError } from "../errors.ts";
import { hash32Schema, type Address, type Hex } from "../protocol/hex.ts";

/** Below the limit of EIP-7825 for one transaction. */
const GAS_PER_TRANSACTION = 16_000_000n;
/** A block takes transactions by what they may use, not by what they use. */
const GAS_IN_SHARED_BLOCK = 4_000_000n;

const latestSchema = z.looseObject({ number: z.string(), hash: z.string(), miner: z.string(), mixHash: z.string(), gasLimit: z.string() });

export interface ForkTransaction {
  from: Address;
  to: Address | null;
  valueWei: bigint;
  data: Hex;
}

export interface ForkMark {
  snapshot: string;
  timestampSeconds: bigint;
}

/**
 * A private copy of a chain at one block. Anyone can be the sender, gas costs nothing, and time passes only as told:
 * the same transactions on the same block give the same result on any day.
 */
export class Fork {
  readonly rpc: Rpc;
  /** The block that was forked. */
  readonly block: BlockHeader;
  /** `anvil/v1.7.1` */
  readonly engine: string;
  readonly #anvil: Anvil;
  readonly #impersonated = new Set<Address>();
  #timestampSeconds: bigint;

  constructor(anvil: Anvil, block: BlockHeader, engine: string) {
    this.#anvil = anvil;
    this.rpc = anvil.rpc;
    this.block = block;
    this.engine = engine;
    this.#timestampSeconds = block.timestampSeconds;
  }

  /**
   * Executes one transaction in a block of its own and returns its receipt, also when it reverted.
   * @throws LPCTL_RPC_ERROR when the chain does not even accept it, e.g. value beyond the sender's balance
   */
  async send(transaction: ForkTransaction): Promise<Receipt> {
    const { from, to, valueWei, data } = transaction;
    this.#timestampSeconds += 1n;
    await Promise.all([
      ...(this.#impersonated.has(from) ? [] : [this.rpc.request("anvil_impersonateAccount", [from], z.unknown())]),
      this.rpc.request("anvil_setNextBlockBaseFeePerGas", ["0x0"], z.unknown()),
      this.rpc.request("evm_setNextBlockTimestamp", [formatTag(this.#timestampSeconds)], z.unknown()),
    ]);
    this.#impersonated.add(from);
    const request = { from, ...(to === null ? {} : { to }), value: formatTag(valueWei), data, gas: formatTag(GAS_PER_TRANSACTION), gasPrice: "0x0" };
    return this.rpc.request("eth_sendTransactionSync", [request], receiptSchema);
  }

  /**
   * Executes transactions in one block, in the order given, and returns their receipts, also of those that reverted;
   * undefined for one that the chain does not accept at all.
   */
  async sendInOneBlock(transactions: readonly ForkTransaction[]): Promise<(Receipt | undefined)[]> {
    if (transactions.length === 0) return [];
    this.#timestampSeconds += 1n;
    const senders = [...new Set(transactions.map(({ from }) => from))].filter((from) => !this.#impersonated.has(from));
    await Promise.all([
      ...senders.map((from) => this.rpc.request("anvil_impersonateAccount", [from], z.unknown())),
      this.rpc.request("anvil_setNextBlockBaseFeePerGas", ["0x0"], z.unknown()),
      this.rpc.request("evm_setAutomine", [false], z.unknown()),
    ]);
    for (const sender of senders) this.#impersonated.add(sender);
    try {
      const hashes: (Hex | undefined)[] = [];
      for (const { from, to, valueWei, data } of transactions) {
        const request = { from, ...(to === null ? {} : { to }), value: formatTag(valueWei), data, gas: formatTag(GAS_IN_SHARED_BLOCK), gasPrice: "0x0" };
        hashes.push(await this.rpc.request("eth_sendTransaction", [request], hash32Schema).catch(passRejection));
      }
      await this.rpc.request("evm_setNextBlockTimestamp", [formatTag(this.#timestampSeconds)], z.unknown());
      await this.rpc.request("evm_mine", [], z.unknown());
      const receipts = await this.rpc.request("eth_getBlockReceipts", ["latest"], z.array(receiptSchema));
      return hashes.map((hash) => receipts.find(({ transactionHash }) => transactionHash === hash));
    } finally {
      await this.rpc.request("evm_setAutomine", [true], z.unknown());
    }
  }

  /** The next block comes this much later. */
  advanceTime(seconds: bigint): void {
    this.#timestampSeconds += seconds;
  }

  /**
   * Jumps over blocks without making them: anvil's own mining slows down with every block and takes minutes for a
   * delay of a day. The skipped blocks have no hash; clock and state stay as they are.
   */
  async advanceBlocks(blocks: bigint): Promise<void> {
    if (blocks <= 0n) return;
    const { transactions: _, uncles: _uncles, size: _size, totalDifficulty: _difficulty, hash, ...header } = await this.rpc.request(
      "eth_getBlockByNumber",
      ["latest", false],
      latestSchema,
    );
    this.#timestampSeconds += 1n;
    const number = BigInt(header.number) + blocks;
    const place = { number: formatTag(number), timestamp: formatTag(this.#timestampSeconds) };
    const state = {
      block: {
        ...place,
        beneficiary: header.miner,
        gas_limit: Number(header.gasLimit),
        basefee: 0,
        difficulty: "0x0",
        prevrandao: header.mixHash,
        blob_excess_gas_and_price: { excess_blob_gas: 0, blob_gasprice: 1 },
        slot_num: 0,
      },
      accounts: {},
      best_block_number: Number(number),
      blocks: [{ header: { ...header, ...place, parentHash: hash }, transactions: [], ommers: [] }],
      transactions: [],
      historical_states: null,
    };
    const packed = `0x${gzipSync(JSON.stringify(state)).toString("hex")}`;
    await this.rpc.request("anvil_loadState", [packed], z.literal(true));
  }

  /** Runs `work` and takes back everything it did: state, blocks and clock. */
  async tryOut<T>(work: () => Promise<T>): Promise<T> {
    const mark = await this.mark();
    try {
      return await work();
    } finally {
      await this.returnTo(mark);
    }
  }

  /** Remembers state, blocks and clock as they are, to return to once. */
  async mark(): Promise<ForkMark> {
    return { snapshot: await this.rpc.request("evm_snapshot", [], z.string()), timestampSeconds: this.#timestampSeconds };
  }

  /** Takes back everything since the mark; it and later ones are then used up. */
  async returnTo(mark: ForkMark): Promise<void> {
    await this.rpc.request("evm_revert", [mark.snapshot], z.literal(true));
    this.#timestampSeconds = mark.timestampSeconds;
  }

  stop(): Promise<void> {
    return this.#anvil.stop();
  }
}

/** Forks a chain at a block, the latest by default. The caller stops it. */
export async function startFork(rpcUrl: string, blockNumber?: bigint): Promise<Fork> {
  const block = await new Rpc(rpcUrl).block(blockNumber ?? "latest");
  const anvil = await startAnvil({ forkUrl: rpcUrl, forkBlock: block.number });
  try {
    const engine = await anvil.rpc.request("web3_clientVersion", [], z.string());
    return new Fork(anvil, block, engine);
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

function passRejection(error: unknown): undefined {
  if (error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR") return undefined;
  throw error;
}
