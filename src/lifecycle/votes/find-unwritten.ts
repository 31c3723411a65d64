import { Interface } from "ethers/abi";
import { readLogs } from "../../chain/logs.ts";
import { readFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Project } from "../../inspection/project.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { StakeContracts } from "./stake-contracts.ts";

const events = new Interface([
  "event Bond(address indexed newDelegate, address indexed oldDelegate, address indexed delegator, uint256 additionalAmount, uint256 bondedAmount)",
  "event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate)",
]);
const HAS_CHECKPOINT = "function hasCheckpoint(address account) view returns (bool)";
const GET_DELEGATOR =
  "function getDelegator(address account) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)";
/** Asked about in one go: a few batches of the transport. */
const ACCOUNTS_AT_ONCE = 500;

/** Whether an account's stake is written down for votes, and what there is to write. */
export interface WrittenDown {
  account: Address;
  hasCheckpoint: boolean;
  /** As the BondingManager has it, in units of 1e-18 LPT; not asked for where there is a checkpoint. */
  bondedWei: bigint | undefined;
}

/** In the order of `accounts`. */
export async function readWrittenDown(rpc: Rpc, { bondingManager, bondingVotes }: StakeContracts, accounts: readonly Address[]): Promise<WrittenDown[]> {
  const found: WrittenDown[] = [];
  for (let at = 0; at < accounts.length; at += ACCOUNTS_AT_ONCE) {
    const part = accounts.slice(at, at + ACCOUNTS_AT_ONCE);
    const written = await Promise.all(part.map(async (account) => (await readFunction(rpc, bondingVotes, HAS_CHECKPOINT, [account]))[0] === true));
    found.push(
      ...(await Promise.all(
        part.map(async (account, index): Promise<WrittenDown> => {
          if (written[index] === true) return { account, hasCheckpoint: true, bondedWei: undefined };
          const { bondedAmount } = (await readFunction(rpc, bondingManager, GET_DELEGATOR, [account])).toObject();
          return { account, hasCheckpoint: false, bondedWei: bondedAmount as bigint };
        }),
      )),
    );
  }
  return found;
}

/**
 * Accounts that have stake and no votes, because nothing was ever written down for them: everybody who ever bonded is asked about.
 * By address, so that the same accounts give the same transactions.
 */
export async function findUnwritten(project: Project, contracts: StakeContracts): Promise<WrittenDown[]> {
  const topics = ["Bond", "DelegateChanged"].map((name) => events.getEvent(name)?.topicHash as Hex);
  project.progress?.("Looking for everybody who ever bonded");
  const logs = await readLogs(
    project.rpc,
    { address: [contracts.bondingManager, contracts.bondingVotes], topics: [topics], fromBlock: 0n, toBlock: "latest" },
    { onProgress: (done, last) => project.progress?.(`Looking for everybody who ever bonded: block ${done} of ${last}`) },
  );
  const accounts = new Set<Address>();
  for (const log of logs) {
    const event = events.parseLog({ topics: log.topics, data: log.data });
    if (event !== null) accounts.add(event.args["delegator"] as Address);
  }
  project.progress?.(`Asking about ${accounts.size} accounts`);
  const all = await readWrittenDown(project.rpc, contracts, [...accounts].toSorted());
  return all.filter(({ hasCheckpoint, bondedWei }) => !hasCheckpoint && (bondedWei ?? 0n) > 0n);
}
