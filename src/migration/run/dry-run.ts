import { readAuthority, readCallerOfAll } from "../../authority/climb.ts";
import { pathToPeople } from "../../authority/path-to-people.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { describeFailure } from "./describe-failure.ts";
import { startFork, withFork, type Fork } from "../../simulation/fork.ts";
import { ScriptChain } from "../script/script-chain.ts";
import { ActorChoice, callsOf } from "./decide-actor.ts";
import { knownErrors } from "./known-errors.ts";
import { guarded, type PlacedOperation } from "./read-operations.ts";
import { verifyScript, type MigrationRun } from "./migration-run.ts";
import type { ErrorAbis } from "../../chain/operation.ts";
import type { Project } from "../../inspection/project.ts";
import type { Address } from "../../protocol/hex.ts";
import type { Actor } from "../script/define-migration.ts";

export interface RehearsedOperation {
  id: string;
  title: string;
  outcome: "enacted" | "skipped";
  actor: Actor;
  /** Who made the calls: the sender, or the account that the contracts obey. */
  by: Address;
  /** From that account to people: `Safe 2 of 3`, as `authority show` has it. Empty for the sender. */
  through: string[];
  gasUsed: bigint;
  transactions: number;
  /** The script does not want it earlier, and time had to pass on the fork; null otherwise. */
  readyAtSeconds: bigint | null;
}

export interface DryRunReport {
  migration: string;
  title: string;
  operations: number;
  /** The first of them; totals are of all. */
  shown: RehearsedOperation[];
  skipped: number;
  transactions: number;
  proposals: number;
  gasUsed: bigint;
  /** Gas of the sender's own transactions, and what it would cost now. */
  senderGas: bigint;
  gasPriceWei: bigint;
  costWei: bigint;
  senderBalanceWei: bigint;
  differences: readonly string[];
  forkedAt: bigint;
}

const SHOWN = 200;

/**
 * Carries a migration out on a fork of the chain as it is: what goes out directly from the sender, what an authority has to do
 * from that authority, as if its people had agreed. Nothing is written or sent.
 * @throws LPCTL_MIGRATE_DRY_RUN_REVERTS, LPCTL_MIGRATE_DRY_RUN_NOT_ENACTED, LPCTL_MIGRATE_SCRIPT_FAILED
 */
export async function dryRun(run: MigrationRun, onProgress?: (done: number, total: number) => void): Promise<DryRunReport> {
  return withFork(await startFork(run.project.rpc.url), async (fork) => {
    const { project, script, prepared, plan } = run;
    const { sender } = run.chain;
    const onFork: Project = { ...project, rpc: fork.rpc };
    const chain = new ScriptChain(onFork, sender, (name) => run.folder.rows(name));
    const [header, senderBalanceWei] = await Promise.all([project.rpc.block("latest"), project.rpc.balanceWei(sender)]);
    const rehearsal = new DryRun(fork, chain, script.path, sender, knownErrors(project, chain));
    let done = 0;
    for await (const operation of run.operations(chain)) {
      await rehearsal.carryOut(operation);
      onProgress?.(++done, plan.operations);
    }
    const gasPriceWei = header.baseFeePerGas ?? 0n;
    const { shown, skipped, transactions, proposals, gasUsed, senderGas } = rehearsal;
    return {
      migration: script.name, title: script.migration.title, operations: plan.operations, shown, skipped, transactions, proposals, gasUsed, senderGas,
      gasPriceWei, costWei: senderGas * gasPriceWei, senderBalanceWei, differences: await verifyScript(script, chain, prepared), forkedAt: fork.block.number,
    };
  });
}

class DryRun {
  readonly shown: RehearsedOperation[] = [];
  skipped = 0;
  transactions = 0;
  proposals = 0;
  gasUsed = 0n;
  senderGas = 0n;
  readonly #fork: Fork;
  readonly #chain: ScriptChain;
  readonly #path: string;
  readonly #sender: Address;
  readonly #actors: ActorChoice;
  readonly #errors: ErrorAbis;

  constructor(fork: Fork, chain: ScriptChain, path: string, sender: Address, errors: ErrorAbis) {
    this.#fork = fork;
    this.#chain = chain;
    this.#path = path;
    this.#sender = sender;
    this.#errors = errors;
    this.#actors = new ActorChoice(fork.rpc, sender);
  }

  async carryOut(operation: PlacedOperation): Promise<void> {
    const isEnacted = (): Promise<boolean> => guarded(this.#path, `enacted of "${operation.id}"`, () => operation.enacted(this.#chain));
    const { id, title } = operation;
    if (await isEnacted()) {
      this.skipped++;
      this.#show({ id, title, outcome: "skipped", actor: operation.as ?? "sender", by: this.#sender, through: [], gasUsed: 0n, transactions: 0, readyAtSeconds: null });
      return;
    }
    const readyAtSeconds = await this.#passTime(operation);
    const actor = await this.#actors.choose(operation, () => Promise.resolve(false));
    const calls = callsOf(operation.calls);
    const by = actor === "sender" ? this.#sender : await readCallerOfAll(this.#fork.rpc, calls);
    const through = actor === "sender" ? [] : pathToPeople(await readAuthority(this.#fork.rpc, by), calls).map(({ kind, address }) => `${kind} ${address}`);
    let gasUsed = 0n;
    for (const call of operation.calls) gasUsed += await this.#send(operation, by, call);
    if (!(await isEnacted())) throw notEnactedOnFork(title, id);
    this.gasUsed += gasUsed;
    if (actor === "sender") {
      this.senderGas += gasUsed;
      this.transactions += operation.calls.length;
    } else this.proposals++;
    this.#show({ id, title, outcome: "enacted", actor, by, through, gasUsed, transactions: operation.calls.length, readyAtSeconds });
  }

  /** Waits on the fork, where waiting costs nothing. @returns until when; null where there was nothing to wait for */
  async #passTime({ readyAtSeconds }: PlacedOperation): Promise<bigint | null> {
    if (readyAtSeconds === undefined) return null;
    const [at, { timestampSeconds }] = await Promise.all([readyAtSeconds(this.#chain), this.#chain.block()]);
    if (timestampSeconds >= at) return null;
    this.#fork.advanceTime(at - timestampSeconds);
    // In a block, so that what asks the chain now has the new time too.
    await this.#fork.advanceBlocks(1n);
    return at;
  }

  async #send({ id, title }: PlacedOperation, from: Address, call: PlacedOperation["calls"][number]): Promise<bigint> {
    const receipt = await this.#fork.send({ from, ...call });
    if (receipt.status === "success") return receipt.gasUsed;
    throw new LpctlError({
      code: "LPCTL_MIGRATE_DRY_RUN_REVERTS",
      exit: Exit.reverted,
      message: `"${title}" reverts on a fork: ${await describeFailure(this.#fork.rpc, from, call, this.#errors)}`,
      why: `It was called from ${from}. Nothing was written or sent.`,
      next: "Correct the script, then: lpctl migrate run --dry-run",
      details: { operation: id, from },
    });
  }

  #show(operation: RehearsedOperation): void {
    if (this.shown.length < SHOWN) this.shown.push(operation);
  }
}

function notEnactedOnFork(title: string, id: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_MIGRATE_DRY_RUN_NOT_ENACTED",
    exit: Exit.different,
    message: `"${title}" was carried out on a fork, and its predicate says that it was not`,
    why: "Either the calls do not do what they should, or `enacted` does not ask for what they do. Nothing was written or sent.",
    next: "Correct the script, then: lpctl migrate run --dry-run",
    details: { operation: id },
  });
}
