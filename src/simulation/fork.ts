import { gzipSync } from "node:zlib";
import { z } from "zod";
import { startAnvil, type Anvil } from "../chain/anvil.ts";
import { receiptSchema } from "../chain/rpc-schemas.ts";
import { formatTag, Rpc, type BlockHeader, type Receipt } from "../chain/rpc.ts";
import { LpctlError } from "../errors.ts";
import { hash32Schema, type Address, type Hex } from "../protocol/hex.ts";
import { warmRpc } from "./witness/warm-rpc.ts";
import type { RecordedState } from "./witness/recorded-state.ts";
import { startWitness, type Witness } from "./witness/witness.ts";

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
  /** Where its state comes from. */
  readonly witness: Witness;
  readonly #anvil: Anvil;
  readonly #impersonated = new Set<Address>();
  #timestampSeconds: bigint;

  constructor(anvil: Anvil, witness: Witness, engine: string) {
    this.#anvil = anvil;
    this.witness = witness;
    this.rpc = warmRpc(anvil.rpc, witness);
    this.block = witness.block;
    this.engine = engine;
    this.#timestampSeconds = witness.block.timestampSeconds;
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
    return this.#whileSending([transaction], () => this.rpc.request("eth_sendTransactionSync", [request], receiptSchema));
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
      this.rpc.request("evm_setNextBlockTimestamp", [formatTag(this.#timestampSeconds)], z.unknown()),
      this.rpc.request("evm_setAutomine", [false], z.unknown()),
    ]);
    for (const sender of senders) this.#impersonated.add(sender);
    try {
      const hashes: (Hex | undefined)[] = [];
      for (const { from, to, valueWei, data } of transactions) {
        const request = { from, ...(to === null ? {} : { to }), value: formatTag(valueWei), data, gas: formatTag(GAS_IN_SHARED_BLOCK), gasPrice: "0x0" };
        hashes.push(await this.#whileSending(transactions, () => this.rpc.request("eth_sendTransaction", [request], hash32Schema)).catch(passRejection));
      }
      await this.#whileSending(transactions, () => this.rpc.request("evm_mine", [], z.unknown()));
      const [receipts] = await Promise.all([
        this.rpc.request("eth_getBlockReceipts", ["latest"], z.array(receiptSchema)),
        this.rpc.request("evm_setAutomine", [true], z.unknown()),
      ]);
      return hashes.map((hash) => receipts.find(({ transactionHash }) => transactionHash === hash));
    } catch (error) {
      await this.rpc.request("evm_setAutomine", [true], z.unknown());
      throw error;
    }
  }

  #whileSending<T>(transactions: readonly ForkTransaction[], work: () => Promise<T>): Promise<T> {
    return this.witness.whileSending(() => this.witness.whileRunning({ reads: transactions }, work));
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
    await loadState(this.rpc, state);
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

  /** Ends the fork and its witness. Safe to call twice. */
  async stop(): Promise<void> {
    await this.#anvil.stop();
    await this.witness.close();
  }
}

/**
 * Forks a chain at a block, the latest by default. The caller stops it, and asks `untruth` why when work on it fails.
 * @param block with its header where it is known already
 */
export async function startFork(rpcUrl: string, block?: bigint | BlockHeader): Promise<Fork> {
  const rpc = new Rpc(rpcUrl);
  const header = typeof block === "object" ? block : await rpc.block(block ?? "latest");
  return startForkOf(await startWitness(rpc, header));
}

const begun = new WeakMap<Witness, Promise<Fork>>();

/** Begins to start the fork that `startForkOf` will give, where all it needs is known before anybody needs it. `end` ends it if nobody came. */
export function startForkAhead(witness: Witness): { end: () => Promise<void> } {
  const fork = launchFork(witness);
  // Whoever comes for it gets the error.
  fork.catch(() => undefined);
  begun.set(witness, fork);
  const end = async (): Promise<void> => {
    if (begun.delete(witness)) await fork.then((unused) => unused.stop()).catch(() => undefined);
  };
  return { end };
}

/** Starts a fork that takes its state from a witness, which ends with it. @throws the witness's failure, when that is why */
export async function startForkOf(witness: Witness): Promise<Fork> {
  const fork = begun.get(witness);
  begun.delete(witness);
  return fork ?? launchFork(witness);
}

async function launchFork(witness: Witness): Promise<Fork> {
  let anvil: Anvil | undefined;
  let pid: number | undefined;
  // A fork whose questions are not answered truly is of no use, and might ask again and again.
  witness.onFailure(() => {
    if (anvil !== undefined) void anvil.stop();
    else if (pid !== undefined) endProcess(pid);
  });
  try {
    anvil = await startAnvil({ accounts: 0, forkUrl: witness.url, forkBlock: witness.block.number, onSpawn: async (child) => void (pid = child.pid) });
    const [engine] = await Promise.all([anvil.rpc.request("web3_clientVersion", [], z.string()), witness.preload === undefined ? undefined : preload(anvil.rpc, witness.preload)]);
    return new Fork(anvil, witness, engine);
  } catch (error) {
    await anvil?.stop();
    await witness.close();
    throw witness.failure() ?? error;
  }
}

/**
 * Works on a fork and ends it. When the work fails because the chain beneath did not answer truly, that is the error.
 * @throws LPCTL_STATE_DIFFERS, LPCTL_STATE_HEADER_DIFFERS, LPCTL_STATE_REORGED, LPCTL_STATE_OTHER_CHAIN, and what `work` throws
 */
export async function withFork<T>(fork: Fork, work: (fork: Fork) => Promise<T>): Promise<T> {
  const { witness } = fork;
  try {
    const result = await work(fork);
    if (witness.failure() === undefined) await witness.confirm();
    if (witness.failure() !== undefined) throw witness.failure();
    return result;
  } catch (error) {
    throw witness.failure() ?? error;
  } finally {
    await fork.stop();
  }
}

/** Instead of one request for each slot. A slot or an account that is not among them is still asked for when it is read. */
async function preload(rpc: Rpc, given: RecordedState["accounts"]): Promise<void> {
  const accounts = Object.entries(given)
    // anvil takes a nonce as a JSON number only.
    .filter(([, { nonce }]) => nonce <= Number.MAX_SAFE_INTEGER)
    .map(([address, { balanceWei, nonce, code, storage }]) => [address, { nonce: Number(nonce), balance: formatTag(balanceWei), code, storage }] as const);
  await loadState(rpc, { block: null, accounts: Object.fromEntries(accounts), best_block_number: null, blocks: [], transactions: [], historical_states: null });
}

async function loadState(rpc: Rpc, state: object): Promise<void> {
  const packed = `0x${gzipSync(JSON.stringify(state), { level: 1 }).toString("hex")}`;
  await rpc.request("anvil_loadState", [packed], z.literal(true));
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

function passRejection(error: unknown): undefined {
  if (error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR") return undefined;
  throw error;
}
