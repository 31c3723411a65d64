import { getCreateAddress, Interface, keccak256 } from "ethers";
import { startFork, withFork, type Fork } from "../simulation/fork.ts";
import { traceTransaction, type AccountDiff } from "../simulation/trace.ts";
import type { BlockHeader, Receipt } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { ZERO_HASH, type Address, type Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { decodeRevert } from "../protocol/revert-reason.ts";
import { readWrittenZeros } from "../snapshot/trie/written-zeros.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { collectKeys, nameAccounts, nameWords } from "./name-predicted.ts";
import { hashPlan, type BlockDependency, type PredictedAccount, type PredictedWord, type Prediction } from "./prediction.ts";
import type { PlannedTransaction } from "./transaction-plan.ts";

export interface PredictOptions {
  /** The network's; it must be a node that can be forked at its latest block. */
  rpcUrl: string;
  plan: { from: Address; firstNonce: bigint; transactions: readonly PlannedTransaction[] };
  /** Name accounts and variables; the prediction is the same without, only harder to read. */
  artifacts: readonly Artifact[];
  /** Registered name of a proxy to its address, and to that of its logic, for the names of variables. */
  contracts?: { contracts: Readonly<Record<string, Address>>; targets: Readonly<Record<string, Address>> } | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

interface Account {
  created: boolean;
  code: Hex | undefined;
  nonce: bigint | undefined;
  balanceWei: bigint | undefined;
  storage: Map<Hex, Hex>;
}

interface Run {
  accounts: Map<Address, Account>;
  gasUsed: bigint;
}

/**
 * How far apart the two runs are: far enough that whatever counts blocks, rounds or seconds counts differently, and ever
 * less far where something in the plan must still be to come. A round that is longer than the distance goes unnoticed.
 */
const DISTANCES = [
  { blocks: 100_003n, seconds: 7_919n },
  { blocks: 30_011n, seconds: 2_711n },
  { blocks: 10_007n, seconds: 907n },
  { blocks: 3_001n, seconds: 307n },
  { blocks: 1_009n, seconds: 101n },
  { blocks: 307n, seconds: 53n },
  { blocks: 101n, seconds: 23n },
  { blocks: 7n, seconds: 5n },
] as const;

/**
 * Runs all transactions of a plan on a fork of the network, in the name of their sender, and tells the state they lead to.
 * Nothing is signed or sent. A second run in a later block finds what depends on the block: such words are marked.
 * @throws LPCTL_GENESIS_NONCE_DIFFERS when the sender has sent something since the plan was made
 * @throws LPCTL_GENESIS_WOULD_REVERT naming the first transaction that fails, and why
 */
export async function predictGenesis(options: PredictOptions): Promise<Prediction> {
  const { rpcUrl, plan, artifacts, onProgress } = options;
  const total = 2 * plan.transactions.length;
  const first = await onFork(rpcUrl, undefined, async (fork) => {
    await requireNonce(fork, plan);
    const [chainId, run] = [await fork.rpc.chainId(), await runPlan(fork, options, (done) => onProgress?.(done, total))];
    return { chainId, run, block: fork.block, engine: fork.engine };
  });
  const { block, engine } = first;
  const second = await runElsewhere(options, block, (done) => onProgress?.(plan.transactions.length + done, total));
  const names = nameAccounts(plan, artifacts, codesOf(first.run), options.contracts);
  const keys = collectKeys(plan.transactions, names);
  const accounts = [...first.run.accounts]
    .filter(([address, account]) => address !== plan.from && isTouched(account))
    .map(([address, account]): PredictedAccount => {
      const other = second.run.accounts.get(address);
      return {
        address,
        name: names.get(address)?.name,
        created: account.created,
        codeHash: account.code === undefined ? undefined : (keccak256(account.code) as Hex),
        nonce: account.nonce,
        balanceWei: account.balanceWei,
        storage: nameWords(compareWords(account, other, second.apart), names.get(address)?.layout, names, keys),
      };
    })
    .sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
  const { number, hash, timestampSeconds } = block;
  return {
    chainId: first.chainId,
    block: { number, hash, timestampSeconds },
    engine,
    deployer: plan.from,
    firstNonce: plan.firstNonce,
    planHash: hashPlan(plan),
    gasUsed: first.run.gasUsed,
    apart: second.apart,
    accounts,
  };
}

async function onFork<T>(rpcUrl: string, block: bigint | undefined, work: (fork: Fork) => Promise<T>): Promise<T> {
  return withFork(await startFork(rpcUrl, block), work);
}

async function requireNonce(fork: Fork, { from, firstNonce }: PredictOptions["plan"]): Promise<void> {
  const nonce = await fork.rpc.nonce(from);
  if (nonce === firstNonce) return;
  throw new LpctlError({
    code: "LPCTL_GENESIS_NONCE_DIFFERS",
    exit: Exit.refused,
    message: `The deployer ${from} has sent ${nonce} transactions, the plan begins after ${firstNonce}`,
    why: "the addresses of all contracts follow from the sender and the number of its transactions",
    next: "Make the plan again: lpctl genesis run",
    details: { deployer: from, nonce, firstNonce },
  });
}

/** As far from the first run as the plan still succeeds: some of its times and blocks must be to come. */
async function runElsewhere(
  options: PredictOptions,
  block: BlockHeader,
  onProgress: (done: number) => void,
): Promise<{ run: Run; apart: { blocks: bigint; seconds: bigint } }> {
  for (const apart of DISTANCES) {
    try {
      const run = await onFork(options.rpcUrl, block.number, async (fork) => {
        // A jump of blocks takes a second of its own.
        fork.advanceTime(apart.seconds - 1n);
        await fork.advanceBlocks(apart.blocks);
        return runPlan(fork, options, onProgress);
      });
      return { run, apart };
    } catch (error) {
      if (!(error instanceof LpctlError) || error.code !== "LPCTL_GENESIS_WOULD_REVERT" || apart === DISTANCES.at(-1)) throw error;
    }
  }
  throw new RangeError("there is a distance");
}

async function runPlan(fork: Fork, { plan, artifacts }: PredictOptions, onProgress: (done: number) => void): Promise<Run> {
  const receipts: Receipt[] = [];
  for (const [index, transaction] of plan.transactions.entries()) {
    const { to, data, valueWei } = transaction;
    const receipt = await fork.send({ from: plan.from, to, data, valueWei });
    if (receipt.status === "reverted") throw await wouldRevert(fork, plan, transaction, index, artifacts);
    receipts.push(receipt);
    onProgress(index + 1);
  }
  const traces = await Promise.all(receipts.map(({ transactionHash }) => traceTransaction(fork.rpc, transactionHash)));
  const accounts = new Map<Address, Account>();
  for (const diff of traces.flatMap(({ diffs }) => diffs)) accounts.set(diff.address, follow(accounts.get(diff.address), diff));
  for (const [address, slots] of await readWrittenZeros(fork.rpc)) {
    const account = accounts.get(address);
    if (account?.created !== true) continue;
    for (const slot of slots) if (!account.storage.has(slot)) account.storage.set(slot, ZERO_HASH);
  }
  return { accounts, gasUsed: receipts.reduce((sum, { gasUsed }) => sum + gasUsed, 0n) };
}

/** What an account became, after what it was before this transaction. */
function follow(known: Account | undefined, diff: AccountDiff): Account {
  const account: Account = known ?? {
    created: diff.code?.before === "0x" && diff.nonce?.before === 0n,
    code: undefined,
    nonce: undefined,
    balanceWei: undefined,
    storage: new Map(),
  };
  account.code = diff.code?.after ?? account.code;
  account.nonce = diff.nonce?.after ?? account.nonce;
  account.balanceWei = diff.balanceWei?.after ?? account.balanceWei;
  for (const { slot, after } of diff.storage) account.storage.set(slot, after);
  return account;
}

function isTouched({ code, nonce, balanceWei, storage }: Account): boolean {
  return code !== undefined || nonce !== undefined || balanceWei !== undefined || storage.size > 0;
}

function codesOf({ accounts }: Run): Map<Address, Hex> {
  return new Map([...accounts].flatMap(([address, { code }]) => (code === undefined ? [] : [[address, code] as const])));
}

/** Words of both runs, by slot; a word that one run did not write is zero there. */
function compareWords(account: Account, other: Account | undefined, apart: { blocks: bigint; seconds: bigint }): PredictedWord[] {
  const slots = [...new Set([...account.storage.keys(), ...(other?.storage.keys() ?? [])])].sort();
  return slots.map((slot) => {
    const value = account.storage.get(slot) ?? ZERO_HASH;
    const elsewhere = other?.storage.get(slot) ?? ZERO_HASH;
    return { slot, value, ...(value === elsewhere ? {} : { dependsOn: dependencyOf(BigInt(elsewhere) - BigInt(value), apart) }) };
  });
}

/** A word that moved exactly as far as the number or the time of its block holds that number or time. */
function dependencyOf(moved: bigint, apart: { blocks: bigint; seconds: bigint }): BlockDependency {
  if (moved === apart.blocks) return "block-number";
  return moved === apart.seconds ? "block-time" : "block";
}

async function wouldRevert(fork: Fork, plan: PredictOptions["plan"], transaction: PlannedTransaction, index: number, artifacts: readonly Artifact[]): Promise<LpctlError> {
  const { id, title, to, data, valueWei } = transaction;
  // As it would run now: after everything before it, and with the same sender.
  const outcome = await fork.rpc.estimateGas({ from: plan.from, to, data, valueWei }).then(
    () => "it ran out of gas",
    (error: unknown) => reasonOf(error, artifacts),
  );
  const address = to ?? (getCreateAddress({ from: plan.from, nonce: plan.firstNonce + BigInt(index) }) as Address);
  return new LpctlError({
    code: "LPCTL_GENESIS_WOULD_REVERT",
    exit: Exit.reverted,
    message: `Transaction ${index + 1} of ${plan.transactions.length} would revert: ${printable(title)} (${printable(id)})`,
    why: outcome,
    next: "Correct the genesis file: lpctl genesis check",
    details: { id, index, to: address },
  });
}

function reasonOf(error: unknown, artifacts: readonly Artifact[]): string {
  if (!(error instanceof LpctlError)) return String(error);
  const data = error.details?.["data"];
  return typeof data === "string" && data.startsWith("0x")
    ? decodeRevert(
        data as Hex,
        artifacts.map(({ abi }) => new Interface(abi as ConstructorParameters<typeof Interface>[0])),
      )
    : error.message;
}
