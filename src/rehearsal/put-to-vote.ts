/** What people do around a vote, as the commands do it: from the proposal's folder, with their own keys. */
import { draftVote, requireCreator, sendVote, type Ballotbox } from "../lifecycle/votes/create-vote.ts";
import type { Proposed } from "../lifecycle/propose.ts";
import { openBallot, prepareCast, sendCasts, type Cast } from "../lifecycle/votes/cast-vote.ts";
import { openVote } from "../lifecycle/votes/open-vote.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { localAccounts, type LocalRole } from "../node/local-accounts.ts";
import { sendUnlocked } from "../node/setup-sender.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Call } from "../proposal/call.ts";
import type { Address } from "../protocol/hex.ts";
import { castCall, createVoteCall } from "../voting/governor-contract.ts";
import { hashVote } from "../voting/vote-id.ts";
import { readVoteSources, type VoteSources } from "../voting/find/vote-sources.ts";
import { formatVoteText } from "../voting/vote-text.ts";
import { ready } from "./ready.ts";
import type { Choice, GovernorVoteFacts, PollFacts, VoteFacts } from "../voting/vote.ts";
import { addressIn, type Stage } from "./stage.ts";

function sourcesOf({ project }: Stage): Promise<VoteSources> {
  return readVoteSources(project.rpc, project.controller);
}

/** By a poll's address, or a governor's vote id. */
export async function voteOf(stage: Stage, reference: string): Promise<VoteFacts> {
  return openVote(stage.project, await sourcesOf(stage), reference);
}

export async function pollOf(stage: Stage, poll: Address): Promise<PollFacts> {
  const vote = await voteOf(stage, poll);
  if (vote.kind !== "poll") throw new Error(`${poll} is a poll`);
  return vote;
}

export async function governorVoteOf(stage: Stage, voteId: string): Promise<GovernorVoteFacts> {
  const vote = await voteOf(stage, voteId);
  if (vote.kind !== "governor") throw new Error(`${voteId} is a governor's vote`);
  return vote;
}

export function pollBox(stage: Stage): Ballotbox {
  return { kind: "poll", pollCreator: addressIn(stage, "PollCreator") };
}

/** What a vote about a proposal that was just made says of it. */
export function textAbout({ stored: { proposal }, report }: Pick<Proposed, "stored" | "report">): string {
  return formatVoteText({ title: proposal.title, proposalId: proposal.id, reportHash: ready(report.evidence).hash });
}

/** @returns what the vote is called */
export async function putToVote(stage: Stage, role: LocalRole, stored: StoredProposal, box: Ballotbox, producedBy: string): Promise<string> {
  const { address, privateKey } = localAccounts()[role];
  const draft = await draftVote({ ...stage.project, aftermath: false }, stored, box, await sourcesOf(stage), { producedBy, again: false });
  await requireCreator(stage.project, box, address);
  return (await sendVote(stage.project, stored, draft, walletSigner(privateKey))).vote;
}

/** @throws whatever refuses the vote */
export async function castAs(stage: Stage, role: LocalRole, reference: string, choice: Choice, reason?: string): Promise<Cast> {
  const { address, privateKey } = localAccounts()[role];
  const { project } = stage;
  const cast = await prepareCast(project, await openBallot(project, await voteOf(stage, reference), choice, reason), address);
  await sendCasts(project, [cast], walletSigner(privateKey));
  return cast;
}

/** A vote about bare calls, for what is shown of votes alone. @returns its id */
export async function createBare({ project }: Stage, role: LocalRole, governor: Address, calls: readonly Call[], description: string): Promise<string> {
  await send(project, role, createVoteCall(governor, { calls, description }), "create a vote");
  return hashVote(calls, description).toString();
}

/** As `castAs`, without what is shown to a voter. */
export async function castBare({ project }: Stage, role: LocalRole, { governor, voteId }: { governor: Address; voteId: bigint }, choice: Choice): Promise<void> {
  await send(project, role, castCall(governor, voteId, choice), `vote ${choice}`);
}

async function send({ rpc }: Stage["project"], role: LocalRole, call: Call, what: string): Promise<void> {
  const { address } = localAccounts()[role];
  const receipt = await sendUnlocked(rpc, address, await rpc.nonce(address), call);
  if (receipt.status === "reverted") throw new Error(`${role} cannot ${what}`);
}
