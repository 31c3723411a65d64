import { AbiCoder, Interface, keccak256, type Result } from "ethers";
import { readLogs } from "../chain/logs.ts";
import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Call } from "../proposal/call.ts";
import { ZERO_HASH, type Address, type Hex } from "../protocol/hex.ts";
import type { AuthorityNode, GovernorNode } from "./node.ts";
import type { RouteContext, RouteStep, StepState } from "./step.ts";
import { plural } from "../protocol/plural.ts";

const UPDATE = "tuple(address[] target, uint256[] value, bytes[] data, uint256 nonce)";
export const governorInterface = new Interface([
  `function stage(${UPDATE} update, uint256 delay)`,
  `function execute(${UPDATE} update) payable`,
  `function cancel(${UPDATE} update)`,
  "function owner() view returns (address)",
  "function updates(bytes32 updateHash) view returns (uint256)",
  `event UpdateStaged(${UPDATE} update, uint256 delay)`,
  `event UpdateExecuted(${UPDATE} update)`,
  `event UpdateCancelled(${UPDATE} update)`,
]);

export interface Update {
  target: Address[];
  value: bigint[];
  data: Hex[];
  nonce: bigint;
}

/** keccak-256 of the ABI-encoded struct: the only identity an update has (LIP-25). */
export function hashUpdate(update: Update): Hex {
  return keccak256(AbiCoder.defaultAbiCoder().encode([UPDATE], [update])) as Hex;
}

export function updateOf(calls: readonly Call[], nonce: bigint): Update {
  return {
    target: calls.map((call) => call.to),
    value: calls.map((call) => call.valueWei),
    data: calls.map((call) => call.data),
    nonce,
  };
}

/** A LIP-25 Governor answers `updates(bytes32)` and `owner()` and carries the selector of `stage`. */
export async function recogniseGovernor(rpc: Rpc, address: Address, code: Hex): Promise<Address | undefined> {
  const stageSelector = governorInterface.getFunction("stage")?.selector.slice(2) ?? "";
  if (!code.includes(stageSelector)) return undefined;
  const [owner, updates] = await askGovernor(rpc, address);
  return owner === undefined || updates === undefined ? undefined : (owner[0] as Address);
}

/** What only a Governor answers: who owns it, and that nothing waits under a hash of zeros. */
export function askGovernor(rpc: Rpc, address: Address): Promise<[Result | undefined, Result | undefined]> {
  return Promise.all([tryReadFunction(rpc, address, "function owner() view returns (address)"), tryReadFunction(rpc, address, "function updates(bytes32) view returns (uint256)", [ZERO_HASH])]);
}

/** For `askAhead`: whether an update of these calls waits. */
export function expectUpdate(ahead: Rpc, governor: Address, calls: readonly Call[], nonce: bigint): Promise<unknown> {
  return ahead.call({ to: governor, data: encodeUpdates(hashUpdate(updateOf(calls, nonce))) });
}

function encodeUpdates(updateHash: Hex): Hex {
  return governorInterface.encodeFunctionData("updates", [updateHash]) as Hex;
}

type UpdateState =
  | { state: "unknown" }
  | { state: "staged"; executeBlock: bigint; transaction: Hex | undefined }
  | { state: "executed" | "cancelled"; transaction: Hex };

/**
 * What became of an update after a block. The first end it came to counts: once executed or cancelled, the same update may
 * be staged anew for a later proposal, and that is no news of this one. While there is none, the contract's own entry tells.
 */
async function readUpdateState(
  rpc: Rpc,
  governor: Address,
  updateHash: Hex,
  sinceBlock: bigint,
): Promise<UpdateState> {
  const topics = ["UpdateStaged", "UpdateExecuted", "UpdateCancelled"].map(
    (name) => governorInterface.getEvent(name)?.topicHash as Hex,
  );
  const [entry, logs] = await Promise.all([
    rpc.call({ to: governor, data: encodeUpdates(updateHash) }),
    readLogs(rpc, { address: governor, topics: [topics], fromBlock: sinceBlock + 1n, toBlock: "latest" }),
  ]);
  const executeBlock = BigInt(governorInterface.decodeFunctionResult("updates", entry)[0] as bigint);
  let staged: Hex | undefined;
  for (const log of logs) {
    const event = governorInterface.parseLog({ topics: log.topics, data: log.data });
    if (event === null) continue;
    const encoded = AbiCoder.defaultAbiCoder().encode([UPDATE], [event.args["update"]]);
    if (keccak256(encoded) !== updateHash) continue;
    if (event.name === "UpdateExecuted") return { state: "executed", transaction: log.transactionHash };
    if (event.name === "UpdateCancelled") return { state: "cancelled", transaction: log.transactionHash };
    staged = log.transactionHash;
  }
  return executeBlock > 0n ? { state: "staged", executeBlock, transaction: staged } : { state: "unknown" };
}

export interface StagedUpdate {
  governor: Address;
  updateHash: Hex;
  update: Update;
  /** From this block on anyone may execute it. */
  executeBlock: bigint;
}

/** Updates that wait on a Governor, whoever staged them, in the order of staging. */
export async function readStagedUpdates(rpc: Rpc, governor: Address): Promise<StagedUpdate[]> {
  const topic = governorInterface.getEvent("UpdateStaged")?.topicHash as Hex;
  const logs = await readLogs(rpc, { address: governor, topics: [topic], fromBlock: 0n, toBlock: "latest" });
  const updates = new Map<Hex, Update>();
  for (const log of logs) {
    const event = governorInterface.parseLog({ topics: log.topics, data: log.data });
    if (event === null) continue;
    const [target, value, data, nonce] = event.args["update"] as [Address[], bigint[], Hex[], bigint];
    const update: Update = { target: [...target], value: [...value], data: [...data], nonce };
    updates.set(hashUpdate(update), update);
  }
  // The contract forgets an update once it is executed or cancelled.
  const waiting = await Promise.all(
    [...updates].map(async ([updateHash, update]): Promise<StagedUpdate | undefined> => {
      const entry = await rpc.call({ to: governor, data: encodeUpdates(updateHash) });
      const executeBlock = BigInt(entry);
      return executeBlock === 0n ? undefined : { governor, updateHash, update, executeBlock };
    }),
  );
  return waiting.filter((one) => one !== undefined);
}

/** What executes a staged update; the ether for its calls goes with it. */
export function encodeExecute(update: Update): { data: Hex; valueWei: bigint } {
  const data = governorInterface.encodeFunctionData("execute", [update]) as Hex;
  return { data, valueWei: update.value.reduce((sum, value) => sum + value, 0n) };
}

/** The lowest nonce whose update is not staged right now: identical updates may follow, not overlap. */
export async function readFreeUpdateNonce(rpc: Rpc, governor: Address, calls: readonly Call[]): Promise<bigint> {
  for (let nonce = 0n; ; nonce += 1n) {
    if (BigInt(await rpc.call({ to: governor, data: encodeUpdates(hashUpdate(updateOf(calls, nonce))) })) === 0n) return nonce;
  }
}

/**
 * Owner stages, the delay passes in blocks, anyone executes. Without a delay an owner that makes several calls at once
 * stages and executes in the same transaction: nobody sees the update before it has run.
 */
export function governorRoute(
  node: GovernorNode,
  calls: readonly Call[],
  context: RouteContext,
  routeOf: (node: AuthorityNode, calls: readonly Call[], context: RouteContext) => RouteStep[],
): RouteStep[] {
  const { delayBlocks, salt } = context.parameters;
  const update = updateOf(calls, salt);
  const updateHash = hashUpdate(update);
  const readState = (rpc: Rpc): Promise<UpdateState> =>
    readUpdateState(rpc, node.address, updateHash, context.sinceBlock);

  const stage: Call = {
    to: node.address,
    valueWei: 0n,
    data: governorInterface.encodeFunctionData("stage", [update, delayBlocks]) as Hex,
  };
  const execute: Call = { to: node.address, ...encodeExecute(update) };
  // Ether for the calls comes from whoever executes, and need not lie with the owner.
  if (delayBlocks === 0n && node.owner.kind !== "eoa" && execute.valueWei === 0n) {
    const steps = routeOf(node.owner, [stage, execute], { ...context, effect: async (rpc) => stateAtOnce(await readState(rpc)) });
    return steps.map((step, index) => (index === steps.length - 1 ? { ...step, title: `${step.title}: the Governor stages the update and runs it at once` } : step));
  }

  const stageSteps = routeOf(node.owner, [stage], {
    ...context,
    effect: async (rpc): Promise<StepState | undefined> => {
      const found = await readState(rpc);
      switch (found.state) {
        case "unknown":
          return undefined;
        case "cancelled":
          return { state: "blocked", why: `the update was cancelled in ${found.transaction}` };
        case "staged":
        case "executed":
          return { state: "done", transaction: found.state === "staged" ? found.transaction : undefined };
      }
    },
  });

  const executeStep: RouteStep = {
    kind: "governor-execute",
    title: `Execute the staged update on the Governor ${node.address}`,
    by: { kind: "anyone" },
    calls: [execute],
    async state(rpc) {
      const [found, block] = await Promise.all([readState(rpc), rpc.blockNumber()]);
      switch (found.state) {
        case "executed":
          return { state: "done", transaction: found.transaction };
        case "cancelled":
          return { state: "blocked", why: `the update was cancelled in ${found.transaction}` };
        case "unknown":
          return { state: "waiting", waitingFor: "the update to be staged" };
        case "staged":
          // The next block is the first that could carry the transaction.
          return block + 1n >= found.executeBlock
            ? { state: "ready" }
            : {
                state: "waiting",
                waitingFor: `the Governor's delay: ${plural(found.executeBlock - block - 1n, "more block")}`,
                untilBlock: found.executeBlock - 1n,
              };
      }
    },
    async simulation(rpc) {
      const [found, block] = await Promise.all([readState(rpc), rpc.blockNumber()]);
      if (found.state === "executed") return [];
      const blocks = found.state === "staged" ? found.executeBlock - block - 1n : delayBlocks - 1n;
      return [
        ...(blocks > 0n
          ? [{ kind: "advance-blocks" as const, title: `The Governor's delay passes (${blocks} blocks)`, blocks }]
          : []),
        {
          kind: "transaction" as const,
          title: this.title,
          from: ANYONE,
          to: execute.to,
          valueWei: execute.valueWei,
          data: execute.data,
        },
      ];
    },
  };
  return [...stageSteps, executeStep];
}

/** Of staging and executing in one transaction. */
function stateAtOnce(found: UpdateState): StepState | undefined {
  switch (found.state) {
    case "unknown":
      return undefined;
    case "executed":
      return { state: "done", transaction: found.transaction };
    case "staged":
      return { state: "blocked", why: `the update was staged by itself${found.transaction === undefined ? "" : ` in ${found.transaction}`}: it can be executed or cancelled on the Governor` };
    case "cancelled":
      return { state: "blocked", why: `the update was cancelled in ${found.transaction}` };
  }
}

/** Stands for "anyone" on a fork: an address nobody has a key of and that owns nothing. */
export const ANYONE: Address = "0x000000000000000000000000000000000000dEaD";
