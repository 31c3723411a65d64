import { existsSync } from "node:fs";
import { requireChain, type Project } from "../../inspection/project.ts";
import { printable } from "../../protocol/printable.ts";
import { textSchema } from "../../protocol/text-schema.ts";
import { MigrationJournal } from "../journal/migration-journal.ts";
import { ScriptChain } from "../script/script-chain.ts";
import { otherPlan, otherSender, senderBusy } from "./migration-errors.ts";
import { guarded, isOfPlan, readOperations, summarisePlan, type PlacedOperation, type PlanSummary } from "./read-operations.ts";
import { RunFolder } from "./run-folder.ts";
import type { Address, MigrationChain, PrepareChain, Value } from "../script/define-migration.ts";
import type { LoadedScript } from "../script/load-script.ts";

export interface OpenOptions {
  /** Whoever sends what goes out directly. */
  sender: Address;
  /** Called at every write and send boundary; for crash tests. */
  onCheckpoint?: ((name: string) => void) | undefined;
}

/**
 * One migration on one network, from its script, what was prepared for it, and its journal, which it holds locked until it is
 * closed. Whatever the script or the chain say, the plan is that of the first run.
 */
export class MigrationRun {
  readonly project: Project;
  readonly script: LoadedScript;
  readonly folder: RunFolder;
  readonly journal: MigrationJournal;
  readonly chain: MigrationChain;
  readonly prepared: Value | undefined;
  readonly plan: PlanSummary;
  /** Nothing was here before it was opened. */
  readonly #isNew: boolean;

  private constructor(isNew: boolean, project: Project, script: LoadedScript, folder: RunFolder, journal: MigrationJournal, chain: MigrationChain, prepared: Value | undefined, plan: PlanSummary) {
    this.#isNew = isNew;
    this.project = project;
    this.script = script;
    this.folder = folder;
    this.journal = journal;
    this.chain = chain;
    this.prepared = prepared;
    this.plan = plan;
  }

  /**
   * Prepares it, or takes what was prepared, and goes through its operations once. Nothing is signed.
   * @throws LPCTL_MIGRATE_CHANGED, _OTHER_SENDER, _SENDER_BUSY, _SCRIPT_FAILED, _PREPARED_UNREADABLE, LPCTL_JOURNAL_LOCKED, _UNREADABLE
   */
  static async open(project: Project, script: LoadedScript, options: OpenOptions): Promise<MigrationRun> {
    await requireChain(project.rpc, project.chainId, project.network);
    const folder = new RunFolder(project.folder, project.network, script.name);
    const isNew = !existsSync(folder.path);
    const journal = new MigrationJournal(folder.journal, options.onCheckpoint);
    try {
      const chain = new ScriptChain(project, options.sender, (name) => folder.rows(name));
      const prepared = await prepare(project, script, folder, options.sender);
      const plan = await summarisePlan(script, readOperations(script, chain, prepared));
      const run = new MigrationRun(isNew, project, script, folder, journal, chain, prepared, plan);
      await run.#requireSame();
      return run;
    } catch (error) {
      journal.close();
      if (isNew) await folder.discard();
      throw error;
    }
  }

  get isBegun(): boolean {
    return this.journal.state.plan !== undefined;
  }

  /**
   * The operations again, one by one, each the same as when it was opened: what else the script gives now is never carried out.
   * @param chain a fork of it, for trying
   * @throws LPCTL_MIGRATE_CHANGED
   */
  async *operations(chain: MigrationChain = this.chain): AsyncGenerator<PlacedOperation> {
    let count = 0;
    for await (const operation of readOperations(this.script, chain, this.prepared)) {
      if (!isOfPlan(operation, this.plan)) throw this.#drifted(`operation ${operation.index + 1} is another one now ("${printable(operation.id)}")`);
      count++;
      yield operation;
    }
    if (count < this.plan.operations) throw this.#drifted(`it gives ${count} operations now, and gave ${this.plan.operations}`);
  }

  #drifted(what: string): Error {
    return otherPlan(this.script.name, this.journal.path, `${what}. Its operations depend on the chain or the clock as they are now instead of on what \`prepare\` gave, or its rows were changed meanwhile. What was sent before stays, and nothing after it was signed.`);
  }

  /** Writes the plan into the journal, unless it is there. @throws LPCTL_MIGRATE_SENDER_BUSY */
  async begin(): Promise<void> {
    if (this.isBegun) return;
    const { rpc, chainId } = this.project;
    const { sender } = this.chain;
    const [genesis, pending, latest] = await Promise.all([rpc.block(0n), rpc.nonce(sender, "pending"), rpc.nonce(sender, "latest")]);
    if (pending > latest) throw senderBusy(sender, pending - latest);
    const { operationsHash, operations, steps } = this.plan;
    this.journal.append({ kind: "plan", version: 2, migration: this.script.name, chainId, genesisHash: genesis.hash, sender, firstNonce: latest, operationsHash, operations, steps });
  }

  /** What the script's own verification found different. @throws LPCTL_MIGRATE_SCRIPT_FAILED */
  async verify(): Promise<readonly string[]> {
    return verifyScript(this.script, this.chain, this.prepared);
  }

  /** Gives the lock back; of a run that was never begun nothing is left. */
  async close(): Promise<void> {
    const isBegun = this.isBegun;
    this.journal.close();
    if (!isBegun && this.#isNew) await this.folder.discard();
  }

  async #requireSame(): Promise<void> {
    const { plan } = this.journal.state;
    if (plan === undefined) return;
    const { name } = this.script;
    const { path } = this.journal;
    const { rpc, chainId } = this.project;
    if (plan.chainId !== chainId) throw otherPlan(name, path, `it was begun on chain ${plan.chainId}, this is chain ${chainId}`);
    if (plan.genesisHash !== (await rpc.block(0n)).hash) throw otherPlan(name, path, "this chain has the same id but another first block, e.g. a local chain that was started anew");
    if (plan.sender !== this.chain.sender) throw otherSender(name, plan.sender, this.chain.sender);
    if (plan.operationsHash === this.plan.operationsHash) return;
    const count = plan.operations === this.plan.operations ? "the same number, but others" : `${this.plan.operations} instead of ${plan.operations}`;
    throw otherPlan(name, path, `The script gives other operations than when it was begun: ${count}. Either it was edited, or its operations depend on the chain as it is now instead of on what \`prepare\` gave.`);
  }
}

/** The chain, with a place for rows. */
class PreparingChain extends ScriptChain implements PrepareChain {
  readonly #folder: RunFolder;

  constructor(project: Project, sender: Address, folder: RunFolder) {
    super(project, sender, (name) => folder.rows(name));
    this.#folder = folder;
  }

  keepRows(name: string, rows: Iterable<Value> | AsyncIterable<Value>): Promise<number> {
    return this.#folder.keepRows(name, rows);
  }
}

/** What `prepare` gives the first time, and ever after. */
async function prepare(project: Project, script: LoadedScript, folder: RunFolder, sender: Address): Promise<Value | undefined> {
  const [known, { hash: genesisHash }] = await Promise.all([folder.loadPrepared(), project.rpc.block(0n)]);
  if (known?.genesisHash !== undefined && known.genesisHash !== genesisHash) {
    throw otherPlan(script.name, folder.path, `what was prepared for it in ${folder.path} is of another chain, whose first block was ${known.genesisHash}. Nothing was sent from it here: move it away, and it is prepared anew.`);
  }
  if (known !== undefined) return known.prepared;
  project.progress?.("Preparing the migration");
  const { migration, path } = script;
  const prepared = await guarded(path, "prepare", async () => migration.prepare?.(new PreparingChain(project, sender, folder)));
  await guarded(path, "what prepare gave", () => folder.savePrepared(prepared, genesisHash));
  // As every later run will read it.
  return (await folder.loadPrepared())?.prepared;
}

/** @throws LPCTL_MIGRATE_SCRIPT_FAILED */
export async function verifyScript(script: LoadedScript, chain: MigrationChain, prepared: Value | undefined): Promise<readonly string[]> {
  const found = await guarded(script.path, "verify", async () => script.migration.verify?.(chain, prepared));
  return (found ?? []).map((line) => textSchema.catch("a difference that is no plain text").parse(line));
}
