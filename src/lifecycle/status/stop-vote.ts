import { Interface } from "ethers/abi";
import type { GuardianNode, TimelockNode, VoteGovernorNode } from "../../authority/node.ts";
import { branchesOf, type AuthorityNode } from "../../authority/node.ts";
import type { RouteStep, StepState } from "../../authority/step.ts";
import { drives } from "../../authority/timelock.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Call } from "../../proposal/call.ts";
import type { Hex } from "../../protocol/hex.ts";

const guardianInterface = new Interface(["function veto(bytes32 operationId)"]);
const timelockInterface = new Interface([
  "event CallScheduled(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data, bytes32 predecessor, uint256 delay)",
]);

/**
 * What can still stop a vote that has begun: what is queued, a guardian's veto; before that only the votes themselves. Undefined
 * where no vote is under way.
 */
export async function findVeto(rpc: Rpc, authority: AuthorityNode, steps: readonly { kind: RouteStep["kind"] | "poll"; state: StepState }[]): Promise<{ call: Call } | { text: string } | undefined> {
  const stateOf = (kind: RouteStep["kind"]): StepState | undefined => steps.find((step) => step.kind === kind)?.state;
  const voting = findVoting(authority);
  if (voting === undefined || stateOf("vote-create")?.state !== "done" || stateOf("vote-execute")?.state === "done") return undefined;
  const { governor, timelock } = voting;
  for (const { state } of steps) if (state.state === "blocked") return { text: `There is nothing to cancel: ${state.why}.` };
  const queued = stateOf("vote-queue");
  if (queued?.state !== "done" || queued.transaction === undefined || timelock === undefined) {
    if (stateOf("vote")?.state === "done") return { text: `The vote has passed in ${governor.address}, and anyone can have it carried on.${timelock === undefined ? "" : " Once it is queued, a guardian may still stop it."}` };
    return { text: `The vote is in the hands of those who vote in ${governor.address}: they can vote against it. Before it opens, whoever put it to the vote can take it back on the governor.` };
  }
  const { timestampSeconds } = await rpc.block("latest");
  const guardian = timelock.cancellers.find((one): one is GuardianNode => one.kind === "guardian" && one.expiresAtSeconds > timestampSeconds);
  const operationId = await readOperation(rpc, timelock, queued.transaction);
  if (guardian !== undefined && operationId !== undefined) {
    return { call: { to: guardian.address, valueWei: 0n, data: guardianInterface.encodeFunctionData("veto", [operationId]) as Hex } };
  }
  const others = timelock.cancellers.filter(({ kind }) => kind !== "guardian").map(({ address }) => address);
  return {
    text:
      others.length === 0
        ? `It has passed and is queued in ${timelock.address}, and nobody has a veto: it can be executed by anyone once the delay is over.`
        : `It has passed and is queued in ${timelock.address}. Those who may cancel it there: ${others.join(", ")}.`,
  };
}

/** The governor in whose hands it is, and the timelock that it drives. */
function findVoting(node: AuthorityNode): { governor: VoteGovernorNode; timelock: TimelockNode | undefined } | undefined {
  if (node.kind === "vote-governor") return { governor: node, timelock: undefined };
  for (const branch of branchesOf(node)) {
    const found = findVoting(branch);
    if (found !== undefined) return node.kind === "timelock" && drives(found.governor, node) && branch === found.governor ? { ...found, timelock: node } : found;
  }
  return undefined;
}

/** The timelock's id of what a transaction scheduled. */
async function readOperation(rpc: Rpc, { address }: TimelockNode, transaction: Hex): Promise<Hex | undefined> {
  const topic = timelockInterface.getEvent("CallScheduled")?.topicHash;
  return (await rpc.receipt(transaction))?.logs.find((log) => log.address === address && log.topics[0] === topic)?.topics[1];
}
