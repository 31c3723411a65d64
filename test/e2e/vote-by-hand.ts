/** The people's part of a vote, by their own keys. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { findVote } from "../../src/authority/find-vote.ts";
import { sendOperations } from "../../src/chain/sender.ts";
import { planStored } from "../../src/lifecycle/plan.ts";
import type { LocalRole } from "../../src/node/local-accounts.ts";
import type { Call } from "../../src/proposal/call.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";
import { castCall } from "../../src/voting/governor-contract.ts";
import type { Choice, GovernorVoteFacts } from "../../src/voting/vote.ts";
import type { LocalProject } from "./local-project.ts";

export async function send({ rpc, project, signers }: LocalProject, role: LocalRole, call: Call): Promise<void> {
  const journalPath = join(project.folder, ".lpctl", `${randomUUID()}.ndjson`);
  await sendOperations({ rpc, chainId: project.chainId, signer: signers[role], journalPath, operations: [{ id: "vote", title: "vote", ...call }] });
}

/** Puts a proposal to the vote in the governor of its route. */
export async function createVote(local: LocalProject, stored: StoredProposal, role: LocalRole = "delegator"): Promise<GovernorVoteFacts> {
  const { steps } = await planStored(local.rpc, stored);
  const [call] = steps.find(({ kind }) => kind === "vote-create")?.calls ?? [];
  if (call === undefined) throw new Error("nothing to vote on");
  await send(local, role, call);
  return voteOf(local, stored);
}

export async function castVote(local: LocalProject, stored: StoredProposal, role: LocalRole, choice: Choice = "for"): Promise<void> {
  const { governor, voteId } = await voteOf(local, stored);
  await send(local, role, castCall(governor, voteId, choice));
}

async function voteOf(local: LocalProject, stored: StoredProposal): Promise<GovernorVoteFacts> {
  const { steps } = await planStored(local.rpc, stored);
  const subject = steps.find(({ kind }) => kind === "vote")?.vote;
  const { id: proposalId, sinceBlock } = stored.proposal;
  const vote = subject === undefined ? undefined : await findVote(local.rpc, subject.governor.address, { calls: subject.calls, proposalId, sinceBlock });
  if (vote === undefined) throw new Error("there is no vote");
  return vote;
}
