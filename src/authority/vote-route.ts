import { Interface } from "ethers/abi";
import type { Rpc } from "../chain/rpc.ts";
import type { Call } from "../proposal/call.ts";
import { ZERO_HASH, type Hex } from "../protocol/hex.ts";
import { createVoteCall, executeCall, PROPOSAL_EXECUTED, PROPOSAL_QUEUED, queueCall, type VoteContent } from "../voting/governor-contract.ts";
import type { GovernorVoteFacts } from "../voting/vote.ts";
import { formatVoteText } from "../voting/vote-text.ts";
import { findVote, readVoteTransaction } from "./find-vote.ts";
import { formatClock } from "./format-authority.ts";
import { ANYONE } from "./governor.ts";
import type { VoteGovernorNode } from "./node.ts";
import type { RouteContext, RouteStep, StepState } from "./step.ts";
import { planCreation, planDelay, planVoting } from "./vote-simulation.ts";
import { readVeto, readVoteState } from "./vote-state.ts";
import { plural } from "../protocol/plural.ts";

/** What a simulation says in place of the hash of a report that is still to be written. */
const NO_REPORT: Hex = ZERO_HASH;
const relayInterface = new Interface(["function relay(address target, uint256 value, bytes data) payable"]);
const NOT_PASSED: StepState = { state: "waiting", waitingFor: "the vote to pass" };

/**
 * Whoever has enough votes proposes the calls, those with votes decide, and then anyone has the governor queue and execute them.
 * Behind a timelock of its own (GovernorTimelockControl) the governor is given the calls themselves: it schedules them under a salt
 * that depends on its version, so nothing of the timelock's is computed here.
 */
export function voteRoute(node: VoteGovernorNode, calls: readonly Call[], context: RouteContext): RouteStep[] {
  const { address: governor, timelock } = node;
  const { subject, sinceBlock } = context;
  const { title, proposalId, reportHash, rehearsedAs } = subject;
  const text = reportHash === undefined ? { title, proposalId: rehearsedAs, reportHash: NO_REPORT } : { title, proposalId, reportHash };
  const draft: VoteContent = { calls, description: formatVoteText(text) };
  const valueWei = calls.reduce((sum, call) => sum + call.valueWei, 0n);
  const find = (rpc: Rpc): Promise<GovernorVoteFacts | undefined> => findVote(rpc, governor, { calls, proposalId, sinceBlock });

  const create: RouteStep = {
    kind: "vote-create",
    title: `Put it to the vote in the governor ${governor}`,
    by: { kind: "voters", address: governor },
    calls: [createVoteCall(governor, draft)],
    async state(rpc) {
      const vote = await find(rpc);
      return vote === undefined ? { state: "ready" } : { state: "done", transaction: vote.createdTransaction };
    },
    async simulation(rpc) {
      return (await find(rpc)) === undefined ? planCreation(rpc, node, createVoteCall(governor, draft)) : [];
    },
  };

  const decide: RouteStep = {
    kind: "vote",
    title: `Those with votes decide: open for ${formatClock(node.votingPeriod, node.clockMode)}, after ${formatClock(node.votingDelay, node.clockMode)}`,
    by: { kind: "voters", address: governor },
    calls: [],
    async state(rpc) {
      const vote = await find(rpc);
      return vote === undefined ? { state: "waiting", waitingFor: "the vote to be created" } : readVoteState(rpc, node, vote);
    },
    simulation: async (rpc) => planVoting(rpc, node, (await find(rpc)) ?? draft),
  };

  const queue: RouteStep = {
    kind: "vote-queue",
    title: `Queue what was voted for in the timelock ${timelock ?? ""}`,
    by: { kind: "anyone" },
    calls: [queueCall(governor, draft)],
    callsNow: async (rpc) => [queueCall(governor, (await find(rpc)) ?? draft)],
    async state(rpc) {
      const vote = await find(rpc);
      switch (vote?.state) {
        case "succeeded":
          return { state: "ready" };
        case "queued":
        case "executed":
          return { state: "done", transaction: await readVoteTransaction(rpc, vote, PROPOSAL_QUEUED) };
        case "expired":
        case "canceled": {
          const transaction = await readVoteTransaction(rpc, vote, PROPOSAL_QUEUED);
          if (transaction !== undefined) return { state: "done", transaction };
          return vote.state === "canceled" ? NOT_PASSED : { state: "blocked", why: "it passed, and nobody queued it in time: the governor has given it up" };
        }
        default:
          return NOT_PASSED;
      }
    },
    async simulation(rpc) {
      const vote = await find(rpc);
      if (vote !== undefined && (vote.state === "queued" || vote.state === "executed")) return [];
      return [{ kind: "transaction", title: this.title, from: ANYONE, ...queueCall(governor, vote ?? draft), setup: true }];
    },
  };

  const execute: RouteStep = {
    kind: "vote-execute",
    title: `Execute what was voted for through the governor ${governor}`,
    by: { kind: "anyone" },
    calls: [executeCall(governor, draft, valueWei)],
    callsNow: async (rpc) => [executeCall(governor, (await find(rpc)) ?? draft, valueWei)],
    async state(rpc) {
      const [vote, { timestampSeconds }] = await Promise.all([find(rpc), rpc.block("latest")]);
      switch (vote?.state) {
        case "executed":
          return { state: "done", transaction: await readVoteTransaction(rpc, vote, PROPOSAL_EXECUTED) };
        case "expired":
          return { state: "blocked", why: "nobody executed it in time after the vote: the timelock has given it up" };
        case "canceled":
          return (await readVeto(rpc, vote)) ?? NOT_PASSED;
        case "succeeded":
          return timelock === undefined ? { state: "ready" } : { state: "waiting", waitingFor: "it to be queued in the timelock" };
        case "queued":
          return stateOfQueued(vote.etaSeconds ?? 0n, timestampSeconds);
        default:
          return NOT_PASSED;
      }
    },
    async simulation(rpc) {
      const vote = await find(rpc);
      if (vote?.state === "executed") return [];
      return [...(await planDelay(rpc, node, vote)), { kind: "transaction", title: this.title, from: ANYONE, ...executeCall(governor, vote ?? draft, valueWei) }];
    },
  };

  const steps = timelock === undefined ? [create, decide, execute] : [create, decide, queue, execute];
  for (const step of steps) step.vote = { governor: node, calls };
  return steps;
}

/**
 * What a governor with a timelock has to be given so that it makes calls itself, and not the timelock in its place: the calls
 * that have it pass them on (`relay`).
 */
export function relayed({ address }: VoteGovernorNode, calls: readonly Call[]): Call[] {
  return calls.map(({ to, valueWei, data }) => ({ to: address, valueWei: 0n, data: relayInterface.encodeFunctionData("relay", [to, valueWei, data]) as Hex }));
}

function stateOfQueued(etaSeconds: bigint, nowSeconds: bigint): StepState {
  return nowSeconds >= etaSeconds
    ? { state: "ready" }
    : { state: "waiting", waitingFor: `the timelock's delay: ${plural(etaSeconds - nowSeconds, "more second")}`, untilSeconds: etaSeconds };
}
