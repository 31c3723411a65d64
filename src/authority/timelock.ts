import { AbiCoder, Interface, keccak256, toBeHex } from "ethers";
import { readLogs } from "../chain/logs.ts";
import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Call } from "../proposal/call.ts";
import { ZERO_ADDRESS, ZERO_HASH, type Address, type Hex } from "../protocol/hex.ts";
import { logsMissing } from "../voting/vote-errors.ts";
import { ANYONE } from "./governor.ts";
import type { AuthorityNode, TimelockNode, VoteGovernorNode } from "./node.ts";
import type { RouteContext, RouteStep, StepState } from "./step.ts";
import { voteRoute } from "./vote-route.ts";
import { plural } from "../protocol/plural.ts";

/** OpenZeppelin TimelockController, 4.x and 5.x. */
const timelock = new Interface([
  "function scheduleBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt, uint256 delay)",
  "function executeBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt) payable",
  "function cancel(bytes32 id)",
  "function getTimestamp(bytes32 id) view returns (uint256)",
  "function getMinDelay() view returns (uint256)",
  "function hasRole(bytes32 role, address account) view returns (bool)",
  "event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)",
  "event CallScheduled(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data, bytes32 predecessor, uint256 delay)",
  "event CallExecuted(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data)",
]);
const HAS_ROLE = "function hasRole(bytes32 role, address account) view returns (bool)";
const PROPOSER_ROLE: Hex = "0xb09aa5aeb3702cfd50b6b62bc4532604938f21248a27a1d5ca736082b6819cc1";
const EXECUTOR_ROLE: Hex = "0xd8aa0f3194971a2a116679f7c2090f6939c8d4e01a2a8d7e41d55e5351469e63";

const CANCELLER_ROLE: Hex = "0xfd643c72710c63c0180259aba6b2d05451e3591a24e58b62239378085726f783";

export interface TimelockFacts {
  minDelaySeconds: bigint;
  proposers: Address[];
  executors: Address[] | "anyone";
  /** Those who may cancel and not propose. */
  cancellers: Address[];
}

/**
 * A TimelockController answers `getMinDelay()` and knows its own roles. Role holders come from its grant events.
 * @throws LPCTL_VOTE_LOGS_MISSING where the RPC gives none of them
 */
export async function recogniseTimelock(rpc: Rpc, address: Address): Promise<TimelockFacts | undefined> {
  const [delay, openExecutor] = await Promise.all([
    tryReadFunction(rpc, address, "function getMinDelay() view returns (uint256)"),
    tryReadFunction(rpc, address, HAS_ROLE, [EXECUTOR_ROLE, ZERO_ADDRESS]),
  ]);
  if (delay === undefined || openExecutor === undefined) return undefined;
  const [proposers, executors, cancellers] = await Promise.all([
    readRoleHolders(rpc, address, PROPOSER_ROLE),
    readRoleHolders(rpc, address, EXECUTOR_ROLE),
    readRoleHolders(rpc, address, CANCELLER_ROLE),
  ]);
  if (proposers.length + executors.length + cancellers.length === 0) await requireGrants(rpc, address);
  return {
    minDelaySeconds: delay[0] as bigint,
    proposers,
    executors: openExecutor[0] === true ? "anyone" : executors,
    cancellers: cancellers.filter((canceller) => !proposers.includes(canceller)),
  };
}

/** Its constructor gives a role at least to itself: where no event says so, the logs are missing, and not the people. */
async function requireGrants(rpc: Rpc, address: Address): Promise<void> {
  const topic = timelock.getEvent("RoleGranted")?.topicHash as Hex;
  const logs = await readLogs(rpc, { address, topics: [topic], fromBlock: 0n, toBlock: "latest" });
  if (logs.length === 0) throw logsMissing(`the timelock ${address}`, "it has roles, and no event says that anybody was ever given one");
}

async function readRoleHolders(rpc: Rpc, address: Address, role: Hex): Promise<Address[]> {
  const topic = timelock.getEvent("RoleGranted")?.topicHash as Hex;
  const logs = await readLogs(rpc, { address, topics: [topic, role], fromBlock: 0n, toBlock: "latest" });
  const accounts = [
    ...new Set(
      logs.map((log) => timelock.decodeEventLog("RoleGranted", log.data, log.topics)["account"] as Address),
    ),
  ];
  const held = await Promise.all(
    accounts.map(async (account) => (await tryReadFunction(rpc, address, HAS_ROLE, [role, account]))?.[0] === true),
  );
  return accounts.filter((_, index) => held[index]);
}

/** The proposer that the route goes through. */
export function chooseProposer(node: TimelockNode): AuthorityNode | undefined {
  return node.proposers.find(({ kind }) => kind !== "unknown" && kind !== "guardian") ?? node.proposers[0];
}

/** Whether it is a governor whose proposals are about what this timelock calls, and not about calls to the timelock. */
export function drives(proposer: AuthorityNode, { address }: TimelockNode): proposer is VoteGovernorNode {
  return proposer.kind === "vote-governor" && proposer.timelock === address;
}

/** A proposer schedules, the delay passes in seconds, an executor (often anyone) executes. */
export function timelockRoute(
  node: TimelockNode,
  calls: readonly Call[],
  context: RouteContext,
  routeOf: (node: AuthorityNode, calls: readonly Call[], context: RouteContext) => RouteStep[],
): RouteStep[] {
  const proposer = chooseProposer(node);
  if (proposer === undefined) {
    throw new LpctlError({
      code: "LPCTL_AUTHORITY_NO_ROUTE",
      exit: Exit.usage,
      message: `Nobody may schedule anything on the timelock ${node.address}`,
      why: "no account holds its PROPOSER_ROLE",
      next: `lpctl authority show ${node.address}`,
    });
  }
  // A governor made for this timelock is given the calls themselves, and schedules them by its own rule.
  if (drives(proposer, node)) return voteRoute(proposer, calls, context);
  const delaySeconds =
    context.parameters.delaySeconds > node.minDelaySeconds ? context.parameters.delaySeconds : node.minDelaySeconds;
  const salt = toBeHex(context.parameters.salt, 32) as Hex;
  const batch = batchOf(calls);
  const id = hashOperation(calls, context.parameters.salt);
  const readTimestamp = async (rpc: Rpc): Promise<bigint> =>
    BigInt(await rpc.call({ to: node.address, data: timelock.encodeFunctionData("getTimestamp", [id]) as Hex }));
  const readTransaction = async (rpc: Rpc, event: "CallScheduled" | "CallExecuted"): Promise<Hex | undefined> => {
    const topic = timelock.getEvent(event)?.topicHash as Hex;
    const logs = await readLogs(rpc, { address: node.address, topics: [topic, id], fromBlock: context.sinceBlock, toBlock: "latest" });
    return logs.at(-1)?.transactionHash;
  };

  const schedule: Call = {
    to: node.address,
    valueWei: 0n,
    data: timelock.encodeFunctionData("scheduleBatch", [...batch, ZERO_HASH, salt, delaySeconds]) as Hex,
  };
  const scheduleSteps = routeOf(proposer, [schedule], {
    ...context,
    effect: async (rpc): Promise<StepState | undefined> =>
      (await readTimestamp(rpc)) === 0n ? undefined : { state: "done", transaction: await readTransaction(rpc, "CallScheduled") },
  });

  const execute: Call = {
    to: node.address,
    valueWei: calls.reduce((sum, call) => sum + call.valueWei, 0n),
    data: timelock.encodeFunctionData("executeBatch", [...batch, ZERO_HASH, salt]) as Hex,
  };
  const readExecution = async (rpc: Rpc): Promise<StepState> => {
    const [timestamp, block] = await Promise.all([readTimestamp(rpc), rpc.block("latest")]);
    if (timestamp === 1n) return { state: "done", transaction: await readTransaction(rpc, "CallExecuted") };
    if (timestamp === 0n) return { state: "waiting", waitingFor: "the operation to be scheduled" };
    return block.timestampSeconds >= timestamp
      ? { state: "ready" }
      : {
          state: "waiting",
          waitingFor: `the timelock's delay: ${plural(timestamp - block.timestampSeconds, "more second")}`,
          untilSeconds: timestamp,
        };
  };
  const title = `Execute the scheduled operation on the timelock ${node.address}`;
  const executor = node.executors === "anyone" ? undefined : chooseExecutor(node.executors);
  if (executor !== undefined) {
    const steps = routeOf(executor, [execute], {
      ...context,
      safeBundle: undefined,
      sent: undefined,
      effect: async (rpc) => {
        const found = await readExecution(rpc);
        return found.state === "ready" ? undefined : found;
      },
    });
    const [first, ...rest] = steps;
    if (first === undefined) return scheduleSteps;
    if (steps.some(({ kind }) => kind === "safe")) throw secondSafeTransaction(node, executor);
    const delayed: RouteStep = {
      ...first,
      async simulation(rpc) {
        return [...advance(delaySeconds), ...(await first.simulation(rpc))];
      },
    };
    return [...scheduleSteps, delayed, ...rest];
  }
  const executeStep: RouteStep = {
    kind: "timelock-execute",
    title,
    by: { kind: "anyone" },
    calls: [execute],
    state: readExecution,
    async simulation(rpc) {
      const timestamp = await readTimestamp(rpc);
      if (timestamp === 1n) return [];
      const now = (await rpc.block("latest")).timestampSeconds;
      const seconds = timestamp === 0n ? delaySeconds : timestamp - now;
      return [
        ...(seconds > 0n ? advance(seconds) : []),
        { kind: "transaction", title, from: ANYONE, to: execute.to, valueWei: execute.valueWei, data: execute.data },
      ];
    },
  };
  return [...scheduleSteps, executeStep];
}

/** A proposal carries one Safe transaction with its signatures; this route would need two. */
function secondSafeTransaction(node: TimelockNode, executor: AuthorityNode): LpctlError {
  return new LpctlError({
    code: "LPCTL_AUTHORITY_NO_ROUTE",
    exit: Exit.usage,
    message: `Only a Safe may execute what is scheduled on the timelock ${node.address}`,
    why: `its executor is ${executor.address}, so the Safe's owners would have to sign twice, which one proposal cannot carry`,
    next: "Grant the timelock's EXECUTOR_ROLE to a key, or to the zero address so that anyone may execute",
  });
}

/** A key executes at once, without signatures to collect. */
function chooseExecutor(executors: readonly AuthorityNode[]): AuthorityNode | undefined {
  return executors.find(({ kind }) => kind === "eoa") ?? executors[0];
}

function advance(seconds: bigint): [{ kind: "advance-time"; title: string; seconds: bigint }] {
  return [{ kind: "advance-time", title: `The timelock's delay passes (${seconds} s)`, seconds }];
}

/** The lowest salt under which these calls were never scheduled. */
export async function readFreeSalt(rpc: Rpc, address: Address, calls: readonly Call[]): Promise<bigint> {
  for (let salt = 0n; ; salt += 1n) {
    const data = timelock.encodeFunctionData("getTimestamp", [hashOperation(calls, salt)]) as Hex;
    if (BigInt(await rpc.call({ to: address, data })) === 0n) return salt;
  }
}

/** The id of a batch without predecessor, as `hashOperationBatch` computes it. */
function hashOperation(calls: readonly Call[], salt: bigint): Hex {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["address[]", "uint256[]", "bytes[]", "bytes32", "bytes32"],
      [...batchOf(calls), ZERO_HASH, toBeHex(salt, 32)],
    ),
  ) as Hex;
}

function batchOf(calls: readonly Call[]): [Address[], bigint[], Hex[]] {
  return [calls.map((call) => call.to), calls.map((call) => call.valueWei), calls.map((call) => call.data)];
}

/** The call that unschedules a batch. */
export function timelockCancellation(address: Address, calls: readonly Call[], salt: bigint): Call {
  return { to: address, valueWei: 0n, data: timelock.encodeFunctionData("cancel", [hashOperation(calls, salt)]) as Hex };
}
