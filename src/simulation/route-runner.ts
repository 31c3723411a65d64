import type { PlannedStep } from "../authority/planned-step.ts";
import { Rpc, type BlockHeader, type Receipt } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { AddressBook } from "./contract-book.ts";
import { decodeCalls, findRevertReason } from "./decode-calls.ts";
import { decodeEvents } from "./decode-events.ts";
import { readEnvironment } from "./environment-reads.ts";
import { hasFailed } from "./has-failed.ts";
import { startForkOf, withFork, type Fork } from "./fork.ts";
import { blocksOfRoute, foreseeRoute } from "./foresee-route.ts";
import { describeDiffs, hashEffects, mergeDiffs } from "./net-changes.ts";
import { observeTransaction, type KnownHashes, type Observation } from "./observe-transaction.ts";
import type { SimulatedStep, SimulationResult } from "../outcome/simulation.ts";
import { historyAfter, joinAhead, type Ahead } from "./witness/ahead.ts";
import type { ForeseenCall } from "./witness/touched.ts";
import { startWitness, type Witness } from "./witness/witness.ts";

export interface RouteRequest {
  steps: readonly PlannedStep[];
  book: AddressBook;
  proposalId: Hex;
  /** Shortcuts that the caller took when planning the steps, in words; those of the fork are added. */
  assumptions: readonly string[];
  /** Learns what names are made from, for runs of the same steps after this one. */
  known?: KnownHashes | undefined;
  onProgress?: ((event: { step: number; total: number; title: string }) => void) | undefined;
}

export interface SimulationRequest extends RouteRequest {
  rpcUrl: string;
  /** Latest by default; with its header where it is known already. */
  block?: bigint | BlockHeader | undefined;
  /** Where the state comes from instead of the RPC: a record, say. Ended with the simulation. */
  witness?: Witness | undefined;
  /** Calls that the steps will make inside, where the caller knows them: the fewer surprises, the fewer requests. */
  foreseen?: readonly ForeseenCall[] | undefined;
  /** What will be read besides, where the caller knows it. */
  ahead?: Ahead | undefined;
  /** Looks at the state before the first step. What it changes it takes back (`fork.tryOut`). */
  before?: ((fork: Fork) => Promise<void>) | undefined;
  /** Looks at the state that the last step left, before the fork is gone. */
  after?: ((fork: Fork, result: SimulationResult) => Promise<void>) | undefined;
}

type TransactionStep = Extract<PlannedStep, { kind: "transaction" }>;

/**
 * Runs the steps of a route on a fork of the chain, one block each, and tells what they did. A step that reverts is
 * reported with its innermost reason and ends the run; the steps after it are not in the result.
 * @throws LPCTL_SIMULATION_SETUP_REVERTED when a preparation fails, LPCTL_SIMULATION_NO_TRACES, errors of the RPC, and what
 * `withFork` throws when the RPC does not tell the truth
 */
export async function simulate(request: SimulationRequest): Promise<SimulationResult> {
  const witness = request.witness ?? (await openWitness(request));
  const prefetched = witness.prefetch(
    [...foreseeRoute(request.steps), ...(request.foreseen ?? [])],
    joinAhead([request.ahead ?? {}, historyAfter(blocksOfRoute(witness.block.number, request.steps))]),
  );
  // Waited for below; until then its failure is nobody's.
  prefetched.catch(() => undefined);
  return withFork(await startForkOf(witness), async (fork) => {
    await request.before?.(fork);
    await prefetched;
    const result = await runRoute(fork, request);
    await request.after?.(fork, result);
    return { ...result, ...witnessed(fork, result.assumptions) };
  });
}

async function openWitness({ rpcUrl, block }: SimulationRequest): Promise<Witness> {
  const rpc = new Rpc(rpcUrl);
  return startWitness(rpc, typeof block === "object" ? block : await rpc.block(block ?? "latest"));
}

/** What the state is worth that it all ran on. */
function witnessed({ witness }: Fork, assumptions: readonly string[]): Pick<SimulationResult, "state" | "assumptions"> {
  const state = witness.evidence();
  const hashes = Object.keys(witness.recorded().blockHashes);
  const more = [
    ...(state.proof === "proven" ? [] : [`The state is not proven, the RPC is believed: ${state.why}`]),
    ...(hashes.length === 0 ? [] : [`Contracts ask for the hashes of earlier blocks (${hashes.join(", ")}); these are as the RPC gives them`]),
  ];
  return { state, assumptions: [...new Set([...assumptions, ...more])] };
}

/** Runs the steps on a fork that is there already, on top of whatever has happened on it. @throws as `simulate` */
export function runRoute(fork: Fork, request: RouteRequest): Promise<SimulationResult> {
  return new RouteRunner(fork, request).run();
}

class RouteRunner {
  readonly #fork: Fork;
  readonly #request: RouteRequest;
  readonly #senders = new Set<Address>();
  readonly #observations: Observation[] = [];
  readonly #assumptions: Set<string>;

  constructor(fork: Fork, request: RouteRequest) {
    this.#fork = fork;
    this.#request = request;
    this.#assumptions = new Set(request.assumptions);
    for (const step of request.steps) if (step.kind === "transaction" && step.setup !== true) this.#senders.add(step.from);
  }

  async run(): Promise<SimulationResult> {
    const { steps: planned, proposalId, onProgress } = this.#request;
    const chainId = this.#fork.rpc.chainId();
    const steps: SimulatedStep[] = [];
    this.#assumptions.add("Senders are impersonated on the fork and pay no gas");
    for (const [index, step] of planned.entries()) {
      onProgress?.({ step: index + 1, total: planned.length, title: step.title });
      if (step.kind === "advance-blocks") {
        await this.#fork.advanceBlocks(step.blocks);
        this.#assumptions.add(`${step.title}: ${step.blocks} blocks pass without transactions; their hashes are not known`);
      } else if (step.kind === "advance-time") {
        this.#fork.advanceTime(step.seconds);
        this.#assumptions.add(`${step.title}: ${step.seconds} seconds pass`);
      } else if (step.setup === true) {
        await this.#prepare(step);
        this.#assumptions.add(`Prepared on the fork: ${step.title}`);
      } else {
        const simulated = await this.#execute(step);
        steps.push(simulated);
        if (simulated.outcome === "reverted") break;
      }
    }
    const changes = this.#describe(this.#observations);
    const { number, hash, timestampSeconds } = this.#fork.block;
    return {
      proposalId,
      chainId: await chainId,
      block: { number, hash, timestampSeconds },
      engine: this.#fork.engine,
      steps,
      changes,
      effectsHash: hashEffects(changes),
      ...witnessed(this.#fork, [...this.#assumptions]),
    };
  }

  async #execute(step: TransactionStep): Promise<SimulatedStep> {
    const { title, from, valueWei, data } = step;
    const receipt = await this.#send(step);
    if (!("transactionHash" in receipt)) return rejectedStep(step, receipt.rejected);
    const observation = await observeTransaction(this.#fork.rpc, receipt, this.#request.book);
    this.#request.known?.learn(observation);
    this.#observations.push(observation);
    const environment = await readEnvironment(this.#fork.rpc, observation.calls, this.#request.book);
    const failed = hasFailed(receipt);
    return {
      title,
      from,
      to: step.to ?? receipt.contractAddress ?? ZERO_ADDRESS,
      valueWei,
      data,
      outcome: failed ? "reverted" : "success",
      ...(failed ? { revertReason: findRevertReason(observation.calls, this.#request.book) ?? "reverted without a reason" } : {}),
      gasUsed: receipt.gasUsed,
      calls: decodeCalls(observation.calls, this.#request.book),
      events: decodeEvents(receipt.logs, this.#request.book),
      changes: this.#describe([observation]),
      ...(environment.length === 0 ? {} : { environment }),
    };
  }

  async #prepare(step: TransactionStep): Promise<void> {
    const receipt = await this.#send(step);
    if ("transactionHash" in receipt && !hasFailed(receipt)) return;
    const reason =
      "transactionHash" in receipt
        ? findRevertReason((await observeTransaction(this.#fork.rpc, receipt, this.#request.book)).calls, this.#request.book)
        : receipt.rejected;
    throw new LpctlError({
      code: "LPCTL_SIMULATION_SETUP_REVERTED",
      exit: Exit.reverted,
      message: `The simulation could not be prepared: ${printable(step.title)}`,
      why: reason ?? "it reverted without a reason",
      next: "Check that the owners and thresholds on chain are still those of the proposal's route",
      details: { step: step.title },
    });
  }

  /** A receipt, or why the fork refused to take the transaction at all. */
  async #send(step: TransactionStep): Promise<Receipt | { rejected: string }> {
    try {
      return await this.#fork.send(step);
    } catch (error) {
      const rejected = rejectionOf(error);
      if (rejected === undefined) throw error;
      return { rejected };
    }
  }

  #describe(observations: readonly Observation[]): ReturnType<typeof describeDiffs> {
    return describeDiffs(mergeDiffs(observations.flatMap((observation) => observation.diffs)), {
      book: this.#request.book,
      preimages: observations.flatMap((observation) => observation.preimages),
      keys: observations.flatMap((observation) => [...observation.keys]),
      bookkeeping: this.#senders,
    });
  }
}

const TRANSACTION_REJECTED = -32003;

/** Why a transaction breaks the rules of the chain before it runs; undefined for failures of the RPC itself. */
function rejectionOf(error: unknown): string | undefined {
  if (!(error instanceof LpctlError) || error.code !== "LPCTL_RPC_ERROR" || error.details?.["rpcCode"] !== TRANSACTION_REJECTED) return undefined;
  return printable(String(error.details["rpcMessage"] ?? error.message));
}

function rejectedStep(step: TransactionStep, reason: string): SimulatedStep {
  const { title, from, valueWei, data } = step;
  const to = step.to ?? ZERO_ADDRESS;
  const calls = { type: step.to === null ? ("CREATE" as const) : ("CALL" as const), from, to, valueWei, input: data, output: "0x" as const, gasUsed: 0n, error: reason, children: [] };
  return { title, from, to, valueWei, data, outcome: "reverted", revertReason: reason, gasUsed: 0n, calls, events: [], changes: [] };
}
