import { zeroPadValue } from "ethers/utils";
import { readLogs } from "../../chain/logs.ts";
import type { Log, Rpc } from "../../chain/rpc.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { readContractBlock, type ContractBlock } from "../contract-block.ts";
import { POLL_CREATED, pollCreatorInterface } from "../poll-contract.ts";
import { logsMissing } from "../vote-errors.ts";
import type { VoteSources } from "./vote-sources.ts";
import { parseVoteText } from "../vote-text.ts";
import type { PollFacts } from "../vote.ts";
import { plural } from "../../protocol/plural.ts";

export interface FindOptions {
  /** Votes created before this block are not looked for. */
  fromBlock?: bigint;
  onProgress?: (doneBlock: bigint, lastBlock: bigint) => void;
}

/** All polls of these creators, oldest first. @throws LPCTL_VOTE_LOGS_MISSING when the RPC keeps some from us */
export async function readPolls(rpc: Rpc, sources: VoteSources, options: FindOptions = {}): Promise<PollFacts[]> {
  if (sources.pollCreators.length === 0) return [];
  const [logs, block] = await Promise.all([
    readLogs(rpc, { address: sources.pollCreators, topics: [POLL_CREATED], fromBlock: options.fromBlock ?? 0n, toBlock: "latest" }, progressOf(options)),
    readContractBlock(rpc, "latest"),
  ]);
  if (options.fromBlock === undefined) await requireAllPolls(rpc, sources, logs);
  return Promise.all(logs.map((log) => describePoll(rpc, log, sources, block)));
}

/**
 * One poll by its address, whoever created it. What a known creator says of it counts more than what anybody else says.
 * @returns undefined where no event names it
 */
export async function readPoll(rpc: Rpc, address: Address, sources: VoteSources, options: FindOptions = {}): Promise<PollFacts | undefined> {
  const topics: Hex[] = [POLL_CREATED, zeroPadValue(address, 32) as Hex];
  const filter = { topics, fromBlock: options.fromBlock ?? 0n, toBlock: "latest" as const };
  const known = sources.pollCreators.length === 0 ? [] : await readLogs(rpc, { ...filter, address: sources.pollCreators }, progressOf(options));
  const logs = known.length > 0 ? known : await readLogs(rpc, filter, progressOf(options));
  const log = logs.find((one) => one.address !== undefined && !isForeign(one.address, sources)) ?? logs[0];
  return log === undefined ? undefined : describePoll(rpc, log, sources, await readContractBlock(rpc, "latest"));
}

function progressOf({ onProgress }: FindOptions): { onProgress?: (doneBlock: bigint, lastBlock: bigint) => void } {
  return onProgress === undefined ? {} : { onProgress };
}

function isForeign(creator: Address, { pollCreators, foreign }: VoteSources): boolean {
  return !pollCreators.includes(creator) || (foreign ?? []).includes(creator);
}

/** A PollCreator creates polls and nothing else, so its nonce counts them: it began at 1. */
async function requireAllPolls(rpc: Rpc, sources: VoteSources, logs: readonly Log[]): Promise<void> {
  const creators = sources.pollCreators.filter((creator) => !isForeign(creator, sources));
  const nonces = await Promise.all(creators.map((creator) => rpc.nonce(creator)));
  for (const [index, creator] of creators.entries()) {
    const created = (nonces[index] ?? 0n) - 1n;
    const found = BigInt(logs.filter(({ address }) => address === creator).length);
    if (found < created) throw logsMissing(`the PollCreator ${creator}`, `it has created ${plural(created, "poll")}, and the logs name ${found}`);
  }
}

async function describePoll(rpc: Rpc, log: Log, sources: VoteSources, block: ContractBlock): Promise<PollFacts> {
  const [address, proposal, endBlock, quorumPpm, quotaPpm] = pollCreatorInterface.decodeEventLog("PollCreated", log.data, log.topics).toArray() as [Address, Hex, bigint, bigint, bigint];
  const text = new TextDecoder().decode(Buffer.from(proposal.slice(2), "hex"));
  const link = parseVoteText(text);
  return {
    kind: "poll",
    address,
    creator: log.address,
    foreign: isForeign(log.address, sources),
    text,
    ...(link === undefined ? {} : { link }),
    createdBlock: log.blockNumber,
    createdTransaction: log.transactionHash,
    endBlock,
    quorumPpm,
    quotaPpm,
    state: block.contractNumber > endBlock ? "over" : "active",
    destroyed: (await rpc.code(address)) === "0x",
  };
}
