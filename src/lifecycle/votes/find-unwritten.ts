import { id } from "ethers/hash";
import { readLogs } from "../../chain/logs.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { readContractBlock } from "../../voting/contract-block.ts";
import { callMany, type BulkProgress } from "../../chain/bulk-calls.ts";
import { addressOfWord, countWords, numberAt, selectorOf, wordOfAddress } from "../../chain/hand-codec.ts";
import { pinReader } from "../../voting/tally/pinned-reader.ts";
import type { StakeContracts } from "./stake-contracts.ts";

/** Bond(address indexed newDelegate, address indexed oldDelegate, address indexed delegator, uint256 additionalAmount, uint256 bondedAmount) */
const BOND = id("Bond(address,address,address,uint256,uint256)") as Hex;
/** DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate) */
const DELEGATE_CHANGED = id("DelegateChanged(address,address,address)") as Hex;
const HAS_CHECKPOINT = selectorOf("hasCheckpoint(address)");
const GET_DELEGATOR = selectorOf("getDelegator(address)");

/** Whether an account's stake is written down for votes, and what there is to write. */
export interface WrittenDown {
  account: Address;
  hasCheckpoint: boolean;
  /** As the BondingManager has it, in units of 1e-18 LPT; not asked for where there is a checkpoint. */
  bondedWei: bigint | undefined;
}

/** In the order of `accounts`, at one block. @throws LPCTL_CHAIN_NOT_THAT_CONTRACT */
export async function readWrittenDown(rpc: Rpc, { bondingManager, bondingVotes }: StakeContracts, accounts: readonly Address[], onProgress?: BulkProgress): Promise<WrittenDown[]> {
  const reader = await pinReader(rpc, await readContractBlock(rpc, "latest"));
  const ask = async (to: Address, selector: Hex, of: readonly Address[], progress?: BulkProgress): Promise<bigint[]> => {
    const answers = await callMany(reader, of.map((account) => ({ to, data: `${selector}${wordOfAddress(account)}` as const })), progress);
    return answers.map((answer) => firstWord(to, answer));
  };
  const written = await ask(bondingVotes, HAS_CHECKPOINT, accounts, onProgress);
  const unwritten = accounts.filter((_, index) => written[index] === 0n);
  const bonded = await ask(bondingManager, GET_DELEGATOR, unwritten);
  const bondedOf = new Map(unwritten.map((account, index) => [account, bonded[index]]));
  await reader.requireSame();
  return accounts.map((account, index) => ({ account, hasCheckpoint: written[index] !== 0n, bondedWei: bondedOf.get(account) }));
}

function firstWord(contract: Address, answer: Hex | undefined): bigint {
  if (answer !== undefined && countWords(answer) > 0) return numberAt(answer, 0);
  throw new LpctlError({
    code: "LPCTL_CHAIN_NOT_THAT_CONTRACT",
    exit: Exit.refused,
    message: `${contract} does not answer as the expected contract would`,
    why: "what is registered as BondingManager and BondingVotes tells stake by getDelegator, and what is written down by hasCheckpoint",
    next: "lpctl authority show Controller",
  });
}

/**
 * Accounts that have stake and no votes, because nothing was ever written down for them: everybody who ever bonded is asked about.
 * By address, so that the same accounts give the same transactions.
 */
export async function findUnwritten(project: Project, contracts: StakeContracts): Promise<WrittenDown[]> {
  project.progress?.("Looking for everybody who ever bonded");
  const logs = await readLogs(
    project.rpc,
    { address: [contracts.bondingManager, contracts.bondingVotes], topics: [[BOND, DELEGATE_CHANGED]], fromBlock: 0n, toBlock: "latest" },
    { onProgress: (done, last) => project.progress?.(`Looking for everybody who ever bonded: block ${done} of ${last}`) },
  );
  const words = new Set(logs.flatMap(({ topics }) => (topics[0] === BOND ? topics[3] : topics[1]) ?? []));
  const accounts = [...words].map((word) => addressOfWord(word.slice(2))).toSorted();
  const all = await readWrittenDown(project.rpc, contracts, accounts, (done, of) => project.progress?.(`Asking about accounts: ${done} of ${of}`));
  return all.filter(({ hasCheckpoint, bondedWei }) => !hasCheckpoint && (bondedWei ?? 0n) > 0n);
}
