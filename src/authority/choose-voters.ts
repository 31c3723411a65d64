import { Interface } from "ethers/abi";
import { readLogs } from "../chain/logs.ts";
import { tryReadFunction } from "../chain/read-function.ts";
import { readSibling } from "../chain/registered-contract.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { readGovernorTraits } from "../voting/governor-traits.ts";
import type { GovernorVoteFacts } from "../voting/vote.ts";
import type { VoteGovernorNode } from "./node.ts";
import { describeTally } from "./vote-state.ts";

export interface Voter {
  address: Address;
  /** What it votes with now; in a vote that has been opened, what it had at the snapshot. */
  weightWei: bigint;
}

const delegations = new Interface(["event DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes)"]);
const ONE = 1_000_000n;
/** A vote needs no more; a fork would take too long over them. */
const MOST_VOTERS = 60;
/** Aimed at, in percent of what is needed: stake may still move between now and the snapshot. */
const AIM = 150n;

/**
 * The biggest voters of a governor, as many as it takes to carry a vote. In one that is running, those who have not voted yet.
 * @throws LPCTL_VOTE_NO_REHEARSAL when all that are found would not be enough
 */
export async function chooseVoters(rpc: Rpc, node: VoteGovernorNode, vote: GovernorVoteFacts | undefined): Promise<Voter[]> {
  const neededWei = await readNeeded(rpc, node, vote);
  const chosen: Voter[] = [];
  let sumWei = 0n;
  for await (const address of candidates(rpc, node)) {
    if (sumWei * 100n >= neededWei * AIM || chosen.length === MOST_VOTERS) break;
    const weightWei = await readWeight(rpc, node, vote, address);
    if (weightWei === 0n) continue;
    chosen.push({ address, weightWei });
    sumWei += weightWei;
  }
  if (sumWei < neededWei || (sumWei === 0n && vote === undefined)) throw tooFew(node, sumWei, neededWei, vote);
  return chosen;
}

/** Who may propose: now, or once what it holds now counts. */
export async function chooseProposer(rpc: Rpc, node: VoteGovernorNode, voters: readonly Voter[]): Promise<{ voter: Voter; mayNow: boolean }> {
  const { clock } = await readGovernorTraits(rpc, node.address);
  const past = await Promise.all(voters.map(({ address }) => readVotes(rpc, node.address, "function getVotes(address, uint256) view returns (uint256)", [address, clock - 1n])));
  const able = voters.find((_, index) => (past[index] ?? 0n) >= node.proposalThresholdWei);
  if (able !== undefined) return { voter: able, mayNow: true };
  const later = voters.find(({ weightWei }) => weightWei >= node.proposalThresholdWei);
  if (later !== undefined) return { voter: later, mayNow: false };
  throw noRehearsal(node, `proposing takes ${node.proposalThresholdWei} votes, and nobody found on chain has as many`);
}

/** Votes for it that are still missing: by the quorum, by what was voted against, and by what transcoders have to cast themselves. */
async function readNeeded(rpc: Rpc, node: VoteGovernorNode, vote: GovernorVoteFacts | undefined): Promise<bigint> {
  const { clock, quotaPpm, transcoderQuorumPpm, quorumCounts } = await readGovernorTraits(rpc, node.address);
  const at = vote !== undefined && vote.snapshot < clock ? vote.snapshot : clock - 1n;
  const [quorum, supply] = await Promise.all([
    readVotes(rpc, node.address, "function quorum(uint256) view returns (uint256)", [at]),
    transcoderQuorumPpm === undefined || node.votes === undefined ? 0n : readVotes(rpc, node.votes, "function getPastTotalSupply(uint256) view returns (uint256)", [at]),
  ]);
  const byTranscoders = ((supply ?? 0n) * (transcoderQuorumPpm ?? 0n)) / ONE;
  if (vote === undefined) return largest([quorum ?? 0n, byTranscoders, 1n]);
  const cast = { for: vote.forWei, against: vote.againstWei, abstain: vote.abstainWei };
  const counted = quorumCounts.reduce((sum, choice) => sum + cast[choice], 0n);
  const quota = quotaPpm ?? ONE / 2n;
  const overAgainst = quota >= ONE ? 0n : (vote.againstWei * quota) / (ONE - quota) + 1n;
  return largest([(quorum ?? 0n) - counted, overAgainst - vote.forWei, byTranscoders - vote.forWei, 0n]);
}

/** In the order of their weight, the largest first. */
async function* candidates(rpc: Rpc, node: VoteGovernorNode): AsyncGenerator<Address> {
  const manager = node.clockMode === "rounds" && node.votes !== undefined ? await readSibling(rpc, node.votes, "BondingManager") : undefined;
  if (manager !== undefined) yield* transcodersOf(rpc, manager);
  else if (node.votes !== undefined) yield* await readDelegates(rpc, node.votes);
}

/** The pool is a list in the order of stake. */
async function* transcodersOf(rpc: Rpc, manager: Address): AsyncGenerator<Address> {
  const met = new Set<Address>([ZERO_ADDRESS]);
  const ask = async (signature: string, args: readonly Address[]): Promise<Address | undefined> => (await tryReadFunction(rpc, manager, signature, args))?.[0] as Address | undefined;
  let next = await ask("function getFirstTranscoderInPool() view returns (address)", []);
  while (next !== undefined && !met.has(next)) {
    met.add(next);
    // Asked together with whatever is asked about this one.
    const following = ask("function getNextTranscoderInPool(address) view returns (address)", [next]);
    following.catch(() => undefined);
    yield next;
    next = await following;
  }
}

/** Everybody to whom votes of a token were ever delegated (ERC-5805). */
async function readDelegates(rpc: Rpc, token: Address): Promise<Address[]> {
  const topic = delegations.getEvent("DelegateVotesChanged")?.topicHash as Hex;
  const logs = await readLogs(rpc, { address: token, topics: [topic], fromBlock: 0n, toBlock: "latest" });
  const votes = new Map(
    logs.map((log) => {
      const { delegate, newVotes } = delegations.decodeEventLog("DelegateVotesChanged", log.data, log.topics) as unknown as { delegate: Address; newVotes: bigint };
      return [delegate, newVotes] as const;
    }),
  );
  return [...votes].toSorted(([, left], [, right]) => (left < right ? 1 : left > right ? -1 : 0)).map(([delegate]) => delegate);
}

/** Nothing for whoever has voted already. */
async function readWeight(rpc: Rpc, node: VoteGovernorNode, vote: GovernorVoteFacts | undefined, account: Address): Promise<bigint> {
  if (vote !== undefined && vote.snapshot < vote.clock) {
    const [weight, voted] = await Promise.all([
      readVotes(rpc, node.address, "function getVotes(address, uint256) view returns (uint256)", [account, vote.snapshot]),
      tryReadFunction(rpc, node.address, "function hasVoted(uint256, address) view returns (bool)", [vote.voteId, account]),
    ]);
    return voted?.[0] === true ? 0n : (weight ?? 0n);
  }
  return node.votes === undefined ? 0n : ((await readVotes(rpc, node.votes, "function getVotes(address) view returns (uint256)", [account])) ?? 0n);
}

async function readVotes(rpc: Rpc, contract: Address, signature: string, args: readonly unknown[]): Promise<bigint | undefined> {
  return (await tryReadFunction(rpc, contract, signature, args))?.[0] as bigint | undefined;
}

function largest(values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most), 0n);
}

function tooFew(node: VoteGovernorNode, sumWei: bigint, neededWei: bigint, vote: GovernorVoteFacts | undefined): LpctlError {
  const found = `of ${neededWei} votes that it takes, those found on chain have ${sumWei}`;
  return noRehearsal(node, vote === undefined ? found : `${found}; so far ${describeTally(vote)}`);
}

function noRehearsal({ address }: VoteGovernorNode, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_NO_REHEARSAL",
    exit: Exit.refused,
    message: `A vote of the governor ${address} cannot be carried, not even on a fork`,
    why,
    next: `lpctl authority show ${address}`,
  });
}
