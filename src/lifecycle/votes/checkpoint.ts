/** Writing stake down for votes: an account of which nothing was ever written has none, and anyone may have it done. */
import { Interface } from "ethers/abi";
import { id } from "ethers/hash";
import type { Operation } from "../../chain/operation.ts";
import { readFunction } from "../../chain/read-function.ts";
import { sendOperations } from "../../chain/sender.ts";
import type { TransactionSigner } from "../../chain/transaction.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { journalFile } from "../journals.ts";
import { findUnwritten, readWrittenDown } from "./find-unwritten.ts";
import { readStakeContracts, type StakeContracts } from "./stake-contracts.ts";
import { plural } from "../../protocol/plural.ts";

/** The same on every chain that has it: https://www.multicall3.com. What it is trusted with is nothing but gas. */
const MULTICALL3: Address = "0xcA11bde05977b3631167028862bE2a173976CA11";
/** About 210,000 gas each; one transaction may use 16,777,216 (EIP-7825). */
const ACCOUNTS_PER_CALL = 50;

const abi = new Interface([
  "function checkpointBondingState(address account)",
  "function aggregate3((address target, bool allowFailure, bytes callData)[] calls) payable returns ((bool success, bytes returnData)[])",
]);

export interface CheckpointPlan {
  /** Accounts that get a checkpoint, by address. */
  accounts: Address[];
  /** Named, and they have one already. */
  known: Address[];
  /** Votes count for these accounts where the snapshot is in this round or later. */
  countsFromRound: bigint;
  operations: Operation[];
  /** Through Multicall3, many accounts in one transaction. */
  isBundled: boolean;
}

export interface CheckpointCost {
  gas: bigint;
  /** At the present base fee and the priority fee that the node suggests. */
  costWei: bigint;
}

/**
 * What has to be sent so that accounts have votes.
 * @param named undefined: everybody who has stake and nothing written down
 * @throws LPCTL_VOTE_NOTHING_TO_WRITE when a named account has no stake
 */
export async function planCheckpoints(project: Project, named: readonly Address[] | undefined): Promise<CheckpointPlan> {
  const { rpc } = project;
  const contracts = await readStakeContracts(project);
  const [found, clock, code] = await Promise.all([
    named === undefined ? findUnwritten(project, contracts) : readWrittenDown(rpc, contracts, [...new Set(named)].toSorted()),
    readFunction(rpc, contracts.bondingVotes, "function clock() view returns (uint48)"),
    rpc.code(MULTICALL3),
  ]);
  const empty = found.filter(({ hasCheckpoint, bondedWei }) => !hasCheckpoint && bondedWei === 0n);
  if (empty.length > 0) throw nothingToWrite(empty.map(({ account }) => account));
  const accounts = found.filter(({ hasCheckpoint }) => !hasCheckpoint).map(({ account }) => account);
  const isBundled = code !== "0x" && accounts.length > 1;
  return {
    accounts,
    known: found.filter(({ hasCheckpoint }) => hasCheckpoint).map(({ account }) => account),
    countsFromRound: clock[0] as bigint,
    operations: isBundled ? bundled(project, contracts, accounts) : accounts.map((account) => single(project, contracts, account)),
    isBundled,
  };
}

/** Of all transactions together, as the node estimates them now. */
export async function readCheckpointCost({ rpc }: Project, { operations }: CheckpointPlan, from: Address): Promise<CheckpointCost> {
  const [first] = operations;
  if (first === undefined) return { gas: 0n, costWei: 0n };
  const each = await Promise.all(operations.map(({ to, data, valueWei }) => rpc.estimateGas({ to, data, valueWei, from })));
  const gas = each.reduce((sum, one) => sum + one, 0n);
  const { baseFeePerGas } = await rpc.block("latest");
  return { gas, costWei: gas * (baseFeePerGas ?? 0n) };
}

/**
 * Sends them, each in the journal before it leaves, and asks afterwards whether each account is written down.
 * @throws LPCTL_VOTE_CHECKPOINT_MISSING, what sendOperations throws
 */
export async function writeCheckpoints(project: Project, plan: CheckpointPlan, signer: TransactionSigner, onProgress?: (what: string) => void): Promise<Hex[]> {
  const { accounts, operations } = plan;
  const results = await sendOperations({
    rpc: project.rpc,
    chainId: project.chainId,
    signer,
    journalPath: await journalFile(project, `checkpoint-${id(accounts.join()).slice(2, 18)}-${signer.address.slice(2, 10).toLowerCase()}`),
    operations,
    onProgress: ({ kind, operation, index, total }) => onProgress?.(`${kind}: ${operation.title} (${index + 1} of ${total})`),
  });
  const contracts = await readStakeContracts(project);
  const missing = (await readWrittenDown(project.rpc, contracts, accounts)).filter(({ hasCheckpoint }) => !hasCheckpoint);
  if (missing.length > 0) throw notWritten(missing.map(({ account }) => account));
  return results.map(({ hash }) => hash).filter((hash) => hash !== null);
}

function encode(account: Address): Hex {
  return abi.encodeFunctionData("checkpointBondingState", [account]) as Hex;
}

function single(project: Project, contracts: StakeContracts, account: Address): Operation {
  return {
    id: `checkpoint-${account}`,
    title: `Write down the stake of ${account}`,
    to: contracts.bondingManager,
    data: encode(account),
    valueWei: 0n,
    isDone: () => areWritten(project, contracts, [account]),
  };
}

/** All or nothing: were a call allowed to fail, an estimate of the gas would find the least with which calls fail unnoticed. */
function bundled(project: Project, contracts: StakeContracts, accounts: readonly Address[]): Operation[] {
  const parts = Array.from({ length: Math.ceil(accounts.length / ACCOUNTS_PER_CALL) }, (_, part) => accounts.slice(part * ACCOUNTS_PER_CALL, (part + 1) * ACCOUNTS_PER_CALL));
  return parts.map((part, index) => ({
    id: `checkpoints-${index + 1}`,
    title: `Write down the stake of ${part.length} accounts`,
    to: MULTICALL3,
    data: abi.encodeFunctionData("aggregate3", [part.map((account) => [contracts.bondingManager, false, encode(account)])]) as Hex,
    valueWei: 0n,
    isDone: () => areWritten(project, contracts, part),
  }));
}

async function areWritten({ rpc }: Project, contracts: StakeContracts, accounts: readonly Address[]): Promise<boolean> {
  return (await readWrittenDown(rpc, contracts, accounts)).every(({ hasCheckpoint }) => hasCheckpoint);
}

function nothingToWrite(accounts: readonly Address[]): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_NOTHING_TO_WRITE",
    exit: Exit.usage,
    message: accounts.length === 1 ? `${accounts[0] ?? ""} has no stake, so there is nothing to write down` : `${accounts.length} of these accounts have no stake: ${accounts.slice(0, 5).join(", ")}${accounts.length > 5 ? "…" : ""}`,
    why: "votes follow stake that is bonded to a transcoder",
    next: "Leave them out, or find those that have stake: lpctl vote checkpoint --missing",
    details: { accounts },
  });
}

function notWritten(accounts: readonly Address[]): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_CHECKPOINT_MISSING",
    exit: Exit.different,
    message: `The transactions are mined, and ${plural(accounts.length, "account")} still without a checkpoint: ${accounts.slice(0, 5).join(", ")}${accounts.length > 5 ? "…" : ""}`,
    why: "the BondingManager refused them, or the node lags behind",
    next: `lpctl vote checkpoint ${accounts[0] ?? ""}`,
    details: { accounts },
  });
}
