/** Putting a proposal to the vote: what is voted on is exactly the proposal, its calls, its id and its report. */
import { join } from "node:path";
import { pollHeeded } from "../../checks/poll-heeded.ts";
import { loadJournal } from "../../chain/journal.ts";
import type { Receipt } from "../../chain/rpc.ts";
import { sendOperations } from "../../chain/sender.ts";
import type { Signer } from "../../keys/signer.ts";
import { Exit, LpctlError, type ErrorCode } from "../../errors.ts";
import type { Finding } from "../../finding.ts";
import type { Project } from "../../inspection/project.ts";
import type { Call } from "../../proposal/call.ts";
import { shortName } from "../../proposal/short-name.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { readVotesAbout } from "../../voting/find/find-votes.ts";
import { createVoteCall } from "../../voting/governor-contract.ts";
import { linkOf } from "../../voting/link.ts";
import { createPollCall, POLL_CREATED } from "../../voting/poll-contract.ts";
import { hashVote } from "../../voting/vote-id.ts";
import type { VoteSources } from "../../voting/find/vote-sources.ts";
import { formatVoteText, reserveVoteText } from "../../voting/vote-text.ts";
import type { VoteFacts } from "../../voting/vote.ts";
import { requireAccepted } from "../assess-proposal.ts";
import { atOneBlock } from "../at-one-block.ts";
import { checkStored } from "../check-stored.ts";
import { loadKeptReport } from "../kept-report.ts";
import { requireOpen } from "../status/proposal-status.ts";
import { shortReference } from "../../voting/short-reference.ts";
import { readVotedOn } from "./voted-on.ts";
import { readGovernorStake, readPollStake, requireStake, type CreationStake } from "./creation-stake.ts";

/** Where a proposal is voted on. */
export type Ballotbox = { kind: "poll"; pollCreator: Address } | { kind: "governor"; governor: Address };

export interface VoteDraft {
  box: Ballotbox;
  /** What voters read, and machines read the proposal from. */
  text: string;
  reportHash: Hex;
  /** Of a governor's vote; a poll gets its address when it is created. */
  voteId: bigint | undefined;
  call: Call;
  /** Of the checks, none of which refuses. */
  findings: Finding[];
  remarks: string[];
}

/**
 * A vote as it will be created. Reads only.
 * @param creator a governor takes the vote from this account only; without it from anybody
 * @param again an earlier vote about the proposal that has ended is no obstacle
 * @throws LPCTL_PROPOSAL_REFUSED, _REVERTS, _ALREADY_EXECUTED; LPCTL_VOTE_NO_REPORT, LPCTL_VOTE_EXISTS
 */
export async function draftVote(given: Project, stored: StoredProposal, box: Ballotbox, sources: VoteSources, options: { producedBy: string; again: boolean; creator?: Address | undefined }): Promise<VoteDraft> {
  const { proposal } = stored;
  const project = await atOneBlock(given);
  const reportHash = await requireReport(stored);
  const plain = formatVoteText({ title: proposal.title, proposalId: proposal.id, reportHash });
  const text = box.kind === "governor" ? reserveVoteText(plain, options.creator) : plain;
  const { calls } = await readVotedOn(project.rpc, proposal);
  const voteId = box.kind === "governor" ? hashVote(calls, text) : undefined;
  const remarks = await judgeEarlier(project, stored, box, sources, { calls, voteId, reportHash, again: options.again });
  await requireOpen(project, stored, "check");
  const checked = await checkStored(project, stored, options.producedBy);
  // That the vote has not passed is what it is created for.
  const assessment = { ...checked, findings: checked.findings.filter(({ code }) => !pollHeeded.codes.includes(code)) };
  requireAccepted(assessment);
  const call = box.kind === "poll" ? createPollCall(box.pollCreator, text) : createVoteCall(box.governor, { calls, description: text });
  return { box, text, reportHash, voteId, call, findings: assessment.findings, remarks };
}

/** @throws LPCTL_VOTE_STAKE_MISSING naming how much */
export async function requireCreator({ rpc }: Project, box: Ballotbox, account: Address): Promise<CreationStake> {
  const stake = box.kind === "poll" ? await readPollStake(rpc, box.pollCreator, account) : await readGovernorStake(rpc, box.governor, account);
  requireStake(account, stake, box.kind);
  return stake;
}

/** What the vote is called once its transaction is mined, and that transaction. */
export interface CreatedVote {
  vote: string;
  transaction: Hex;
}

/**
 * Sends the vote, in a journal beside the proposal.
 * @throws what sendOperations throws
 */
export async function sendVote(project: Project, stored: StoredProposal, draft: VoteDraft, signer: Signer, onProgress?: (what: string) => void): Promise<CreatedVote> {
  const { box, call, voteId } = draft;
  const title = box.kind === "poll" ? `Open a poll about ${stored.name}` : `Put ${stored.name} to the vote`;
  const [result] = await sendOperations({
    rpc: project.rpc,
    chainId: project.chainId,
    signer,
    journalPath: await nextJournal(stored, draft, signer.address),
    operations: [{ id: "create", title, ...call }],
    onProgress: ({ kind, hash }) => onProgress?.(`${kind}: ${title}${hash === undefined ? "" : ` (${hash})`}`),
  });
  if (result?.outcome !== "confirmed") throw new Error("a vote that is created is never skipped");
  return { vote: voteId?.toString() ?? pollOf(result.receipt, call.to), transaction: result.hash };
}

/**
 * One that was begun goes on, also when it was mined meanwhile; after one that is done comes another. Told apart by what is sent,
 * so that another report makes another vote.
 */
async function nextJournal(stored: StoredProposal, { box, reportHash }: VoteDraft, creator: Address): Promise<string> {
  for (let number = 1; ; number += 1) {
    const path = join(stored.folder, `journal-vote-${box.kind}-${reportHash.slice(2, 10)}-${creator.slice(2, 10).toLowerCase()}-${number}.ndjson`);
    const operations = (await loadJournal(path))?.operations ?? [];
    if (!operations.some(({ status }) => status === "confirmed")) return path;
  }
}

function pollOf({ logs }: Receipt, pollCreator: Address): Address {
  const log = logs.find(({ address, topics }) => address === pollCreator && topics[0] === POLL_CREATED);
  return addressSchema.parse(`0x${log?.topics[1]?.slice(26) ?? ""}`);
}

/** The evidence that the report names: anyone can make the report again from it. */
async function requireReport(stored: StoredProposal): Promise<Hex> {
  const hash = (await loadKeptReport(stored))?.evidence?.hash;
  if (hash !== undefined) return hash;
  throw new LpctlError({
    code: "LPCTL_VOTE_NO_REPORT",
    exit: Exit.refused,
    message: `${stored.name} has no report that voters could be given`,
    why: "the vote's text names the hash of the report's evidence, and there is none beside the proposal",
    next: `lpctl proposal simulate ${shortName(stored.name)}`,
  });
}

async function judgeEarlier(project: Project, { name, proposal }: StoredProposal, box: Ballotbox, sources: VoteSources, { calls, voteId, reportHash, again }: { calls: readonly Call[]; voteId: bigint | undefined; reportHash: Hex; again: boolean }): Promise<string[]> {
  const subject = { id: proposal.id, title: proposal.title, calls };
  const about = (await readVotesAbout(project.rpc, sources, proposal.id)).filter((vote) => vote.kind === box.kind && !(vote.kind === "poll" && vote.foreign));
  const own = about.filter((vote) => linkOf(vote, subject) === "belongs");
  // A poll about another report is no obstacle: whoever has the stake could keep one open for ever.
  const isOther = (vote: VoteFacts): boolean => vote.kind === "poll" && vote.link?.reportHash !== reportHash;
  const open = own.find((vote) => !hasEnded(vote) && !(again && isOther(vote)));
  if (open !== undefined) throw refusal("LPCTL_VOTE_EXISTS", `${name} is put to the vote already: ${shortReference(open)}`, `it is ${open.state}${isOther(open) ? ", about another report than the one that is kept" : ""}`, `lpctl vote show ${shortReference(open)}${isOther(open) ? "; to open another one beside it: --again" : ""}`);
  const last = own.at(-1);
  const same = own.find((vote) => vote.kind === "governor" && vote.voteId === voteId);
  if (same !== undefined) {
    const why = `it is ${same.state}; a governor knows a vote by its calls and its text, and never takes the same one twice`;
    throw refusal("LPCTL_VOTE_EXISTS", `${name} was put to the vote with this very report: ${shortReference(same)}`, why, `Write its report anew, which gives the text another hash: lpctl proposal simulate ${shortName(name)}; then lpctl vote create ${shortName(name)} --again`);
  }
  if (last !== undefined && !again) throw refusal("LPCTL_VOTE_EXISTS", `There was a vote about ${name}: ${shortReference(last)}`, `it has ended: ${last.state}`, `lpctl vote show ${shortReference(last)}; to have it voted on once more: --again`);
  const claims = about.filter((vote) => linkOf(vote, subject) === "claims");
  return claims.map((vote) => `The vote ${shortReference(vote)} says it is about ${name}, and ${vote.kind === "poll" ? "its text is another" : "would run something else"}.`);
}

function hasEnded(vote: VoteFacts): boolean {
  return vote.kind === "poll" ? vote.state === "over" : ["canceled", "defeated", "expired"].includes(vote.state);
}

function refusal(code: ErrorCode, message: string, why: string, next: string): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next });
}
