import { getAddress } from "ethers/address";
import { readLogs } from "../chain/logs.ts";
import type { BlockHeader, Log, Receipt, Rpc } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { EXECUTION_FAILURE, EXECUTION_SUCCESS } from "../safe/execute.ts";
import type { ChainReader } from "./chain-reader.ts";
import type { Checkpoint, ChainStore } from "./store/chain-store.ts";
import type { Database } from "./store/database.ts";

/** keccak-256 of `ApproveHash(bytes32,address)`. */
const APPROVE_HASH: Hex = "0xf2a0eb156472d1440255b0d7c1e19cc07115d1051fe605b0dce69acfec884d9c";
/** How far before anything that was noted to look again when no block that is remembered is on the chain any more. */
const SAFETY_BLOCKS = 256;
const ADDRESSES_PER_QUESTION = 100;
const MOST_ATTEMPTS = 5;
const ASKED_AT_ONCE = 20;
const SOON_MS = 200;

export interface WatcherOptions {
  database: Database;
  store: ChainStore;
  chain: ChainReader;
  pollMs: number;
  /** Told of each execution once it is stored. */
  onExecuted(executed: { safe: Address; safeTxHash: Hex; succeeded: boolean; transactionHash: Hex }): void;
  /** Told when a look at the chain fails; the next one comes anyway. */
  onFailure(error: unknown): void;
}

/**
 * Follows the chain: which Safe transactions were executed, which hashes approved. What it saw and how far it looked are stored in
 * one commit, so a restart goes on where it was; when a block it remembers is no longer on the chain, all that came after the last
 * common one is forgotten and looked up again.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  #running: Promise<void> | undefined;
  #again: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  start(): void {
    const poll = async (): Promise<void> => {
      await this.catchUp().catch((error: unknown) => this.#options.onFailure(error));
      const busy = this.#options.store.unasked(1).length > 0;
      if (!this.#stopped) this.#timer = setTimeout(() => void poll(), Math.min(this.#options.pollMs, busy ? SOON_MS : Infinity));
    };
    void poll();
  }

  /** Resolves when a look under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.allSettled([this.#running, this.#again]);
  }

  /** Looks at the chain as it is when called: a look that has begun before may have missed the newest block. */
  catchUp(): Promise<void> {
    if (this.#running === undefined) return this.#run();
    this.#again ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#again = undefined;
        return this.#run();
      });
    return this.#again;
  }

  #run(): Promise<void> {
    const run = this.#look().finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }

  async #look(): Promise<void> {
    await this.#follow();
    await this.#askWhoApproved();
  }

  /** Approvals from before a Safe was watched have no event that would be read; the Safe itself remembers them. */
  async #askWhoApproved(): Promise<void> {
    const { store, database, chain } = this.#options;
    for (const { safe, safeTxHash } of store.unasked(ASKED_AT_ONCE)) {
      if (this.#stopped) return;
      const facts = await chain.safe(safe);
      const approvers = facts === undefined ? [] : await chain.approvers(facts, safeTxHash);
      await database.write(() => {
        const approvedMs = Date.now();
        for (const owner of approvers) store.approve({ safe, safeTxHash, owner, blockNumber: Number(facts?.blockNumber ?? 0n), transactionHash: null, approvedMs });
        store.asked(safeTxHash);
      });
    }
  }

  async #follow(): Promise<void> {
    const { store, chain } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      if (this.#stopped) return;
      const safes = store.safes();
      if (safes.length === 0) return;
      const head = await chain.head();
      const last = store.lastCheckpoint();
      const idle = safes.every(({ scannedBlock }) => scannedBlock >= Number(head.number));
      if (last?.hash === head.hash && idle) return;
      if (last !== undefined && !(await this.#isOnChain(last, head))) {
        await this.#forgetReorganised(head);
        continue;
      }
      if (await this.#readUpTo(head)) return;
      if (attempt === MOST_ATTEMPTS) return;
    }
  }

  async #isOnChain(block: Checkpoint, head: BlockHeader): Promise<boolean> {
    if (block.number > Number(head.number)) return false;
    if (block.number === Number(head.number)) return block.hash === head.hash;
    return (await this.#options.chain.rpc.block(BigInt(block.number))).hash === block.hash;
  }

  async #forgetReorganised(head: BlockHeader): Promise<void> {
    const { store, database } = this.#options;
    const checkpoints = store.checkpoints();
    let common: number | undefined;
    for (const checkpoint of checkpoints) {
      if (!(await this.#isOnChain(checkpoint, head))) continue;
      common = checkpoint.number;
      break;
    }
    const oldest = Math.min(Number(head.number), ...store.safes().map(({ firstBlock }) => firstBlock), ...checkpoints.map(({ number }) => number));
    await database.write(() => store.forgetAfter(common ?? Math.max(-1, oldest - 1 - SAFETY_BLOCKS)));
  }

  /** @returns false when the chain changed while it was being read, so that nothing was stored */
  async #readUpTo(head: BlockHeader): Promise<boolean> {
    const { store, database, chain, onExecuted } = this.#options;
    const { rpc } = chain;
    const safes = store.safes();
    const behind = safes.filter(({ scannedBlock }) => scannedBlock < Number(head.number));
    const logs: Log[] = [];
    for (let at = 0; at < behind.length; at += ADDRESSES_PER_QUESTION) {
      const some = behind.slice(at, at + ADDRESSES_PER_QUESTION);
      const fromBlock = BigInt(Math.min(...some.map(({ scannedBlock }) => scannedBlock)) + 1);
      const address = some.map((safe) => safe.address);
      logs.push(...(await readLogs(rpc, { address, topics: [[EXECUTION_SUCCESS, EXECUTION_FAILURE, APPROVE_HASH]], fromBlock, toBlock: head.number })));
    }
    const circumstances = await readCircumstances(rpc, logs);
    if (circumstances === undefined || (await rpc.block(head.number)).hash !== head.hash) return false;
    const executed = await database.write(() => {
      const seen = logs.flatMap((log) => this.#store(log, circumstances));
      store.reached({ number: Number(head.number), hash: head.hash }, behind.map(({ address }) => address));
      return seen;
    });
    for (const each of executed) onExecuted(each);
    return true;
  }

  #store(log: Log, { receipts, times }: Circumstances): { safe: Address; safeTxHash: Hex; succeeded: boolean; transactionHash: Hex }[] {
    const { store } = this.#options;
    const { address: safe, transactionHash } = log;
    const [topic, indexed, owner] = log.topics;
    // Safe 1.3.0 does not index the hash.
    const safeTxHash = indexed ?? (log.data.slice(0, 66) as Hex);
    const blockNumber = Number(log.blockNumber);
    const timeMs = times.get(log.blockNumber) ?? 0;
    if (topic === APPROVE_HASH) {
      if (owner !== undefined) store.approve({ safe, safeTxHash, owner: getAddress(`0x${owner.slice(26)}`) as Address, blockNumber, transactionHash, approvedMs: timeMs });
      return [];
    }
    const receipt = receipts.get(transactionHash);
    if (receipt === undefined) return [];
    const succeeded = topic === EXECUTION_SUCCESS;
    const payment = indexed === undefined ? log.data.slice(66, 130) : log.data.slice(2, 66);
    store.execute(safe, safeTxHash, {
      blockNumber,
      transactionHash,
      succeeded,
      paymentWei: payment === "" ? 0n : BigInt(`0x${payment}`),
      executor: receipt.from,
      gasUsed: receipt.gasUsed,
      gasPriceWei: receipt.effectiveGasPrice,
      executedMs: timeMs,
    });
    return [{ safe, safeTxHash, succeeded, transactionHash }];
  }
}

interface Circumstances {
  receipts: Map<Hex, Receipt>;
  times: Map<bigint, number>;
}

/** Undefined when a transaction is not on the chain any more that was there a moment ago. */
async function readCircumstances(rpc: Rpc, logs: readonly Log[]): Promise<Circumstances | undefined> {
  const hashes = [...new Set(logs.filter(({ topics }) => topics[0] !== APPROVE_HASH).map(({ transactionHash }) => transactionHash))];
  const numbers = [...new Set(logs.map(({ blockNumber }) => blockNumber))];
  const [receipts, blocks] = await Promise.all([Promise.all(hashes.map((hash) => rpc.receipt(hash))), Promise.all(numbers.map((number) => rpc.block(number)))]);
  const found = receipts.filter((receipt) => receipt !== null);
  if (found.length !== hashes.length) return undefined;
  return {
    receipts: new Map(found.map((receipt) => [receipt.transactionHash, receipt])),
    times: new Map(blocks.map(({ number, timestampSeconds }) => [number, Number(timestampSeconds) * 1000])),
  };
}
