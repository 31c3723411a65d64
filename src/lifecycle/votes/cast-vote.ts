/** Voting from a key: what it would do, shown before anything is asked for, and then the transaction. */
import { id } from "ethers/hash";
import { loadJournal } from "../../chain/journal.ts";
import type { Operation } from "../../chain/operation.ts";
import { sendOperations } from "../../chain/sender.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import type { Signer } from "../../keys/signer.ts";
import type { Call } from "../../proposal/call.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { castCall } from "../../voting/governor-contract.ts";
import { castPollCall } from "../../voting/poll-contract.ts";
import type { VotingPower } from "../../voting/power/power.ts";
import { readPower } from "../../voting/power/read-power.ts";
import { voteReference, type Choice, type VoteFacts } from "../../voting/vote.ts";
import { journalFile } from "../journals.ts";
import { judgePower, judgeVote } from "./judge-cast.ts";
import { nameChoice } from "./choice.ts";
import { findLinked } from "./linked-proposal.ts";
import { readOwnVotes } from "./own-votes.ts";
import { shortReference } from "../../voting/short-reference.ts";
import { readStandings, type Standings } from "./standings.ts";

/** A vote that can be voted in, and what is to be said. */
export interface Ballotable {
  vote: VoteFacts;
  choice: Choice;
  reason: string | undefined;
  /** The proposal of this folder that it is about. */
  stored: StoredProposal | undefined;
  /** One sentence each. */
  remarks: string[];
}

export interface Cast extends Ballotable {
  voter: Address;
  power: VotingPower;
  standings: Standings;
  call: Call;
  /** The journal of this very vote: of one that was begun and not finished, the same again. */
  journalPath: string;
}

/**
 * Refuses a vote that takes no votes, or not this one. Needs to know no voter, so that nobody is asked for a password first.
 * @throws what `judgeVote` and `findLinked` throw; LPCTL_VOTE_NO_REASON
 */
export async function openBallot(project: Project, vote: VoteFacts, choice: Choice, reason?: string): Promise<Ballotable> {
  judgeVote(vote, choice);
  if (vote.kind === "poll" && reason !== undefined) {
    throw new LpctlError({
      code: "LPCTL_VOTE_NO_REASON",
      exit: Exit.usage,
      message: `${voteReference(vote)} is a poll, and a poll has no place for a reason`,
      why: "its votes are an account and a number (LIP-16)",
      next: "Leave --reason out",
    });
  }
  const { stored, remarks } = await findLinked(project, vote);
  return { vote, choice, reason, stored, remarks };
}

/**
 * What the vote of this account would do.
 * @throws LPCTL_VOTE_ALREADY_CAST, LPCTL_VOTE_NO_POWER
 */
export async function prepareCast(project: Project, ballotable: Ballotable, voter: Address): Promise<Cast> {
  const { vote, choice, reason } = ballotable;
  const [power, earlier] = await Promise.all([readPower(project.rpc, vote, voter), readOwnVotes(project.rpc, vote, voter)]);
  const call = vote.kind === "poll" ? castPollCall(vote.address, requirePollChoice(choice)) : castCall(vote.governor, vote.voteId, choice, reason);
  const begun = await openJournal(project, call, voter, earlier.length);
  const remarks = begun.isUnfinished ? ["It was begun before: the journal goes on with the same transaction."] : judgePower(vote, choice, power);
  return {
    ...ballotable,
    remarks: [...ballotable.remarks, ...remarks],
    voter,
    power,
    standings: await readStandings(project, vote, power, choice),
    call,
    journalPath: begun.path,
  };
}

/**
 * Sends votes, one after the other, each in its journal before it leaves.
 * @returns the hash of each transaction
 * @throws what sendOperations throws
 */
export async function sendCasts(project: Project, casts: readonly Cast[], signer: Signer, onProgress?: (what: string) => void): Promise<Hex[]> {
  const hashes: Hex[] = [];
  for (const cast of casts) {
    const operation: Operation = { id: "cast", title: `Vote ${nameChoice(cast.vote, cast.choice)} in ${shortReference(cast.vote)}`, ...cast.call };
    const [result] = await sendOperations({
      rpc: project.rpc,
      chainId: project.chainId,
      signer,
      journalPath: cast.journalPath,
      operations: [operation],
      onProgress: ({ kind, hash }) => onProgress?.(`${kind}: ${operation.title}${hash === undefined ? "" : ` (${hash})`}`),
    });
    if (result?.outcome === "confirmed") hashes.push(result.hash);
  }
  return hashes;
}

/**
 * A vote that was sent and not seen mined is no second vote: its journal goes on. In a poll each further vote of an account has a
 * journal of its own, told apart by how many there are before it.
 */
async function openJournal(project: Project, { to, data }: Call, voter: Address, earlier: number): Promise<{ path: string; isUnfinished: boolean }> {
  const key = id(`${to} ${data}`).slice(2, 18);
  const pathOf = (number: number): Promise<string> => journalFile(project, `vote-${key}-${voter.slice(2, 10).toLowerCase()}-${number}`);
  for (const number of earlier > 0 ? [earlier - 1, earlier] : [earlier]) {
    const path = await pathOf(number);
    const operations = (await loadJournal(path))?.operations ?? [];
    if (operations.some(({ status }) => status === "in-flight")) return { path, isUnfinished: true };
  }
  return { path: await pathOf(earlier), isUnfinished: false };
}

function requirePollChoice(choice: Choice): "for" | "against" {
  if (choice === "abstain") throw new TypeError("a poll has no abstention");
  return choice;
}
