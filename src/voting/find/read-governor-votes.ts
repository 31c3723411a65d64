import { AbiCoder } from "ethers/abi";
import { keccak256 } from "ethers/crypto";
import { dataSlice } from "ethers/utils";
import { readLogs } from "../../chain/logs.ts";
import { readFunction, tryReadFunction } from "../../chain/read-function.ts";
import type { Log, Rpc } from "../../chain/rpc.ts";
import type { Call } from "../../proposal/call.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { PROPOSAL_CREATED } from "../governor-contract.ts";
import { notAGovernor, readGovernorTraits, readStateNumber, type GovernorTraits } from "../governor-traits.ts";
import type { FindOptions } from "./read-polls.ts";
import { callsDiffer } from "../vote-errors.ts";
import { hashDescription, hashVote, listsOf } from "../vote-id.ts";
import { parseVoteText } from "../vote-text.ts";
import { GOVERNOR_STATES, type GovernorState, type GovernorVoteFacts } from "../vote.ts";

/**
 * All votes of these Governors, oldest first.
 * @param wanted leaves out what it says no to, before anything more is read about it
 * @throws LPCTL_VOTE_NOT_A_GOVERNOR, LPCTL_VOTE_UNKNOWN_CLOCK, LPCTL_VOTE_CALLS_DIFFER
 */
export async function readGovernorVotes(
  rpc: Rpc,
  governors: readonly Address[],
  options: FindOptions = {},
  wanted: (created: CreatedVote) => boolean = () => true,
): Promise<GovernorVoteFacts[]> {
  if (governors.length === 0) return [];
  const [traits, created] = await Promise.all([
    Promise.all(governors.map(async (governor) => [governor, await readGovernorTraits(rpc, governor)] as const)),
    readCreatedVotes(rpc, governors, options, wanted),
  ]);
  const traitsOf = new Map(traits);
  return Promise.all(
    created.map((one) => {
      const known = traitsOf.get(one.governor);
      if (known === undefined) throw new Error(`a log of ${one.governor}, which was not asked for`);
      return describeVote(rpc, one, known);
    }),
  );
}

/** What the logs say of the votes of these Governors, oldest first. */
async function readCreatedVotes(rpc: Rpc, governors: readonly Address[], options: FindOptions, wanted: (created: CreatedVote) => boolean): Promise<CreatedVote[]> {
  const logs = await readLogs(
    rpc,
    { address: [...governors], topics: [PROPOSAL_CREATED], fromBlock: options.fromBlock ?? 0n, toBlock: "latest" },
    options.onProgress === undefined ? {} : { onProgress: options.onProgress },
  );
  return logs.map(parseCreated).filter(wanted);
}

/**
 * The votes of a Governor that `wanted` says yes to, with nothing read of them but their state; and what is read of one more closely.
 * Anybody with enough votes can add to them, so what is not needed is not asked for.
 */
export async function readVoteStates(
  rpc: Rpc,
  governor: Address,
  options: FindOptions,
  wanted: (created: CreatedVote) => boolean,
): Promise<{ state: GovernorState; read: () => Promise<GovernorVoteFacts> }[]> {
  const created = await readCreatedVotes(rpc, [governor], options, wanted);
  return Promise.all(
    created.map(async (one) => ({
      state: requireState(governor, await readStateNumber(rpc, governor, one.voteId)),
      read: async () => describeVote(rpc, one, await readGovernorTraits(rpc, governor)),
    })),
  );
}

/** What the event of its creation says of a vote. */
export type CreatedVote = Pick<GovernorVoteFacts, "governor" | "voteId" | "proposer" | "calls" | "description" | "descriptionHash" | "link" | "createdBlock" | "createdTransaction" | "snapshot" | "deadline">;

/** Texts are read as bytes: a Governor takes any, and one that is no UTF-8 must not hide all other votes. */
const CREATED_TYPES = ["uint256", "address", "address[]", "uint256[]", "bytes[]", "bytes[]", "uint256", "uint256", "bytes"];

export function parseCreated(log: Log): CreatedVote {
  const event = AbiCoder.defaultAbiCoder().decode(CREATED_TYPES, log.data);
  const [voteId, proposer, targets, values, signatures, calldatas, snapshot, deadline, text] = event.toArray(true) as [
    bigint, Address, Address[], bigint[], Hex[], Hex[], bigint, bigint, Hex,
  ];
  const description = Buffer.from(text.slice(2), "hex").toString("utf8");
  const descriptionHash = keccak256(text) as Hex;
  const isText = hashDescription(description) === descriptionHash;
  const link = isText ? parseVoteText(description) : undefined;
  return {
    governor: log.address,
    voteId,
    proposer,
    calls: targets.map((to, index): Call => ({ to, valueWei: values[index] ?? 0n, data: withSelector(signatures[index] ?? "0x", calldatas[index] ?? "0x") })),
    description,
    ...(isText ? {} : { descriptionHash }),
    ...(link === undefined ? {} : { link }),
    createdBlock: log.blockNumber,
    createdTransaction: log.transactionHash,
    snapshot,
    deadline,
  };
}

/** Governors in the manner of Compound name the function apart from its arguments. */
function withSelector(signature: Hex, data: Hex): Hex {
  return signature === "0x" ? data : `0x${dataSlice(keccak256(signature), 0, 4).slice(2)}${data.slice(2)}`;
}

async function describeVote(rpc: Rpc, created: CreatedVote, traits: GovernorTraits): Promise<GovernorVoteFacts> {
  const { governor, voteId } = created;
  const ask = async (signature: string, argument = voteId): Promise<bigint | undefined> => {
    const answer = await tryReadFunction(rpc, governor, `function ${signature} view returns (uint256)`, [argument]);
    return answer?.[0] as bigint | undefined;
  };
  const [number, votes, snapshot, deadline, eta] = await Promise.all([
    readStateNumber(rpc, governor, voteId),
    readFunction(rpc, governor, "function proposalVotes(uint256) view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes)", [voteId]),
    ask("proposalSnapshot(uint256)"),
    // A late quorum may have moved the end since the vote was created.
    ask("proposalDeadline(uint256)"),
    ask("proposalEta(uint256)"),
  ]);
  const begins = snapshot ?? created.snapshot;
  const facts: GovernorVoteFacts = {
    kind: "governor",
    ...created,
    snapshot: begins,
    deadline: deadline ?? created.deadline,
    clock: traits.clock,
    clockMode: traits.clockMode,
    state: requireState(governor, number),
    etaSeconds: number === GOVERNOR_STATES.indexOf("queued") && eta !== 0n ? eta : undefined,
    forWei: votes["forVotes"] as bigint,
    againstWei: votes["againstVotes"] as bigint,
    abstainWei: votes["abstainVotes"] as bigint,
    quorumWei: begins < traits.clock ? await ask("quorum(uint256)", begins) : undefined,
    quorumCounts: traits.quorumCounts,
    rules: traits.rules,
    timelock: traits.timelock,
    token: traits.token,
  };
  await requireOwnId(rpc, facts);
  return facts;
}

function requireState(governor: Address, number: number): GovernorState {
  const state = GOVERNOR_STATES[number];
  if (state === undefined) throw notAGovernor(governor, `it answers state() with ${number}, which no Governor of OpenZeppelin's kind does`);
  return state;
}

/**
 * The id is the hash of what is voted on; some Governors number their votes instead, and then they must know these calls by that
 * number.
 */
async function requireOwnId(rpc: Rpc, vote: GovernorVoteFacts): Promise<void> {
  const hash = hashVote(vote.calls, vote.description, vote.descriptionHash);
  if (hash === vote.voteId) return;
  const signature = "function getProposalId(address[], uint256[], bytes[], bytes32) view returns (uint256)";
  const answer = await tryReadFunction(rpc, vote.governor, signature, [...listsOf(vote.calls), vote.descriptionHash ?? hashDescription(vote.description)]);
  if (answer?.[0] === vote.voteId) return;
  throw callsDiffer(vote, `the calls and the description in the logs of ${vote.governor} have the id ${hash}, not ${vote.voteId}: the RPC does not give what the Governor said, or the Governor does not keep to its own rule`, {
    governor: vote.governor,
    voteId: vote.voteId,
    hash,
  });
}
