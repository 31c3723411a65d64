/** Carrying out what a governor decided: queue, wait, execute. Anyone may do it. */
import { pollUntil } from "../../chain/poll.ts";
import { sendOperations } from "../../chain/sender.ts";
import type { TransactionSigner } from "../../chain/transaction.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import type { Call } from "../../proposal/call.ts";
import type { Hex } from "../../protocol/hex.ts";
import { readContractBlock } from "../../voting/contract-block.ts";
import { readVote } from "../../voting/find/find-votes.ts";
import { executeCall, queueCall } from "../../voting/governor-contract.ts";
import { shortReference } from "../../voting/short-reference.ts";
import { unitOf, type GovernorVoteFacts } from "../../voting/vote.ts";
import { journalFile } from "../journals.ts";

const EFFECT_DEADLINE_MS = 30_000;

/** What a governor's vote needs next. */
export type VoteStep =
  | { step: "done" }
  | { step: "queue" | "execute"; call: Call }
  | { step: "wait"; waitingFor: string; untilSeconds: bigint | undefined }
  | { step: "never"; why: string };

/** @param nowSeconds the time of the latest block */
export function nextStep(vote: GovernorVoteFacts, nowSeconds: bigint): VoteStep {
  const valueWei = vote.calls.reduce((sum, call) => sum + call.valueWei, 0n);
  switch (vote.state) {
    case "executed":
      return { step: "done" };
    case "pending":
      return { step: "wait", waitingFor: `votes, which are taken after ${unitOf(vote)} ${vote.snapshot}`, untilSeconds: undefined };
    case "active":
      return { step: "wait", waitingFor: `votes, which are taken until ${unitOf(vote)} ${vote.deadline} (it is ${vote.clock})`, untilSeconds: undefined };
    case "canceled":
      return { step: "never", why: "it was canceled" };
    case "defeated":
      return { step: "never", why: "it was defeated: too few votes took part, or too few were for it" };
    case "expired":
      return { step: "never", why: "it was not executed in time, and has expired" };
    case "succeeded":
      // Behind a timelock the ether goes with the timelock's own balance; without one it comes from whoever executes.
      return vote.timelock === undefined ? { step: "execute", call: executeCall(vote.governor, vote, valueWei) } : { step: "queue", call: queueCall(vote.governor, vote) };
    case "queued":
      if (vote.etaSeconds !== undefined && vote.etaSeconds > nowSeconds) return { step: "wait", waitingFor: `the timelock's delay, until ${new Date(Number(vote.etaSeconds) * 1000).toISOString()}`, untilSeconds: vote.etaSeconds };
      return { step: "execute", call: executeCall(vote.governor, vote) };
  }
}

export interface ExecuteVoteOptions {
  signer: TransactionSigner;
  /** How long to wait for the timelock's delay; undefined: stop there. */
  waitMs?: number | undefined;
  onProgress?: ((what: string) => void) | undefined;
}

export interface ExecutedVote {
  vote: GovernorVoteFacts;
  step: VoteStep;
  /** Transactions of this run. */
  sent: Hex[];
}

/** The vote as it is now, and what it needs next. */
export async function readVoteStep(project: Project, { governor, voteId }: GovernorVoteFacts): Promise<{ vote: GovernorVoteFacts; step: VoteStep }> {
  const [vote, nowSeconds] = await Promise.all([readVote(project.rpc, { pollCreators: [], governors: [governor] }, voteId.toString()), readBlockSeconds(project)]);
  if (vote.kind !== "governor") throw new Error("a poll has no vote id");
  return { vote, step: nextStep(vote, nowSeconds) };
}

/**
 * Takes every step that can be taken now, and stops at the first that has to wait. What happened is read from the chain and each
 * transaction is in the journal before it is sent, so that a killed command run again goes on.
 * @throws LPCTL_VOTE_NOT_EXECUTABLE, LPCTL_VOTE_WITHOUT_EFFECT, what sendOperations throws
 */
export async function executeVote(project: Project, facts: GovernorVoteFacts, { signer, waitMs, onProgress }: ExecuteVoteOptions): Promise<ExecutedVote> {
  const sent: Hex[] = [];
  for (;;) {
    const { vote, step } = await readVoteStep(project, facts);
    if (step.step === "never") throw notExecutable(vote, step.why);
    if (step.step === "done") return { vote, step, sent };
    if (step.step === "wait") {
      if (waitMs === undefined || step.untilSeconds === undefined) return { vote, step, sent };
      onProgress?.(`waiting: ${step.waitingFor}`);
      const { untilSeconds } = step;
      await pollUntil(async () => ((await readBlockSeconds(project)) >= untilSeconds ? true : undefined), { deadlineMs: waitMs, intervalMs: 250, longestIntervalMs: 2_000, what: step.waitingFor });
      continue;
    }
    const title = step.step === "queue" ? "Queue what was voted for" : "Execute what was voted for";
    const [result] = await sendOperations({
      rpc: project.rpc,
      chainId: project.chainId,
      signer,
      journalPath: await journalFile(project, `vote-${vote.voteId.toString(16).padStart(64, "0").slice(0, 16)}-${step.step}-${signer.address.slice(2, 10).toLowerCase()}`),
      operations: [{ id: step.step, title, ...step.call, isDone: async () => (await readVoteStep(project, vote)).vote.state !== vote.state }],
      onProgress: ({ kind, hash }) => onProgress?.(`${kind}: ${title}${hash === undefined ? "" : ` (${hash})`}`),
    });
    if (result?.outcome === "confirmed") sent.push(result.hash);
    await requireEffect(project, vote, title);
  }
}

/** The time of the latest block: what contracts compare delays with. */
async function readBlockSeconds({ rpc }: Project): Promise<bigint> {
  return (await readContractBlock(rpc, "latest")).timestampSeconds;
}

/** A node behind a load balancer may not know the newest block yet. A step without effect must not be taken for ever. */
async function requireEffect(project: Project, before: GovernorVoteFacts, title: string): Promise<void> {
  try {
    await pollUntil(async () => ((await readVoteStep(project, before)).vote.state === before.state ? undefined : true), { deadlineMs: EFFECT_DEADLINE_MS, intervalMs: 250, what: title });
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_CHAIN_WAIT_DEADLINE") throw error;
    throw new LpctlError({
      code: "LPCTL_VOTE_WITHOUT_EFFECT",
      exit: Exit.different,
      message: `"${title}" is mined, and the vote is still ${before.state}`,
      why: "the node lags behind, or the journal speaks of something else",
      next: `lpctl vote show ${shortReference(before)}`,
    });
  }
}

/** What to say where nothing can ever come of a vote. */
export function notExecutable(vote: GovernorVoteFacts, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_NOT_EXECUTABLE",
    exit: Exit.refused,
    message: `Nothing will come of the vote ${shortReference(vote)}`,
    why,
    next: `lpctl vote show ${shortReference(vote)}`,
  });
}
