/** What people do around a vote, as the commands do it: from the proposal's folder, with their own keys. */
import { castCall } from "../voting/governor-contract.ts";
import { draftVote, requireCreator, sendVote, type Ballotbox, type VoteDraft } from "../lifecycle/votes/create-vote.ts";
import { openBallot, prepareCast, sendCasts, type Cast } from "../lifecycle/votes/cast-vote.ts";
import { openVote } from "../lifecycle/votes/open-vote.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { localAccounts, type LocalRole } from "../node/local-accounts.ts";
import { sendUnlocked } from "../node/setup-sender.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Address } from "../protocol/hex.ts";
import { readVoteSources, type VoteSources } from "../voting/vote-sources.ts";
import type { Choice, GovernorVoteFacts, PollFacts, VoteFacts } from "../voting/vote.ts";
import { addressIn, type Stage } from "./stage.ts";

export function sourcesOf({ project }: Stage): Promise<VoteSources> {
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

export async function draftVoteAbout(stage: Stage, stored: StoredProposal, box: Ballotbox, producedBy: string): Promise<VoteDraft> {
  return draftVote({ ...stage.project, aftermath: false }, stored, box, await sourcesOf(stage), { producedBy, again: false });
}

/** @returns what the vote is called */
export async function putToVote(stage: Stage, role: LocalRole, stored: StoredProposal, box: Ballotbox, producedBy: string): Promise<string> {
  const { address, privateKey } = localAccounts()[role];
  const draft = await draftVoteAbout(stage, stored, box, producedBy);
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

/** The bare vote, for whatever is no subject of what is shown. */
export async function castBare({ project }: Stage, role: LocalRole, { governor, voteId }: { governor: Address; voteId: bigint }, choice: Choice): Promise<void> {
  const { address } = localAccounts()[role];
  const receipt = await sendUnlocked(project.rpc, address, await project.rpc.nonce(address), castCall(governor, voteId, choice));
  if (receipt.status === "reverted") throw new Error(`${role} cannot vote ${choice}`);
}
