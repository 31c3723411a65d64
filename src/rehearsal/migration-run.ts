import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { LpctlError } from "../errors.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { loadFullSimulation, recordPaths } from "../lifecycle/records.ts";
import { MigrationRun } from "../migration/run/migration-run.ts";
import { sendMigration, type MigrationOutcome } from "../migration/run/send-migration.ts";
import { loadScript, scriptsFolder } from "../migration/script/load-script.ts";
import { fillShipped, findShipped } from "../migration/shipped/shipped-migrations.ts";
import { localAccounts, type LocalRole } from "../node/local-accounts.ts";
import { loadProposal } from "../proposal/store.ts";
import { carryOut } from "./carry-out.ts";
import type { RehearsedProposal } from "./rehearsal.ts";
import type { Stage } from "./stage.ts";

const MOST_PROPOSALS = 20;
const waitingSchema = z.object({ proposal: z.string() });

/** Puts a shipped migration into the rehearsal's project, as `migrate new --from` and an editor do. @returns its path */
export async function placeMigration(stage: Stage, number: number, name: string, constants: Readonly<Record<string, string>> = {}): Promise<string> {
  const shipped = findShipped(name);
  if (shipped === undefined) throw new Error(`no migration ${name} is shipped`);
  const folder = scriptsFolder(stage.project.folder);
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${String(number).padStart(3, "0")}-${name}.ts`);
  const registers = (await readFile(shipped.path, "utf8")).includes("\nconst COMMIT = ");
  await writeFile(path, await fillShipped(shipped, { ...(registers ? { COMMIT: JSON.stringify(stage.gitCommitHash) } : {}), ...constants }));
  return path;
}

export interface RunMigrationOptions {
  producedBy: string;
  /** Whose key sends what goes out directly. */
  role?: LocalRole | undefined;
  update: (doing: string) => void;
  /** Where the proposals that it needed are noted. */
  proposals?: RehearsedProposal[] | undefined;
}

/**
 * Runs a migration until it is verified: what its key may do goes out, what it may not is proposed, signed offline by two owners
 * and executed, and the run goes on where it stood.
 * @throws what `sendMigration` throws, but for waiting
 */
export async function runMigration(stage: Stage, path: string, { producedBy, role = "operator", update, proposals = [] }: RunMigrationOptions): Promise<MigrationOutcome> {
  const script = await loadScript(path);
  const signer = walletSigner(localAccounts()[role].privateKey);
  for (let round = 0; round < MOST_PROPOSALS; round++) {
    const run = await MigrationRun.open(stage.project, script, { sender: signer.address });
    let proposal: string;
    try {
      update(`running ${script.name}`);
      return await sendMigration(run, { signer, producedBy });
    } catch (error) {
      if (!(error instanceof LpctlError) || error.code !== "LPCTL_MIGRATE_WAITING") throw error;
      proposal = waitingSchema.parse(error.details).proposal;
    } finally {
      await run.close();
    }
    proposals.push(await carryProposal(stage, proposal, update));
  }
  throw new Error(`${script.name} asks for more than ${MOST_PROPOSALS} proposals`);
}

async function carryProposal(stage: Stage, name: string, update: (doing: string) => void): Promise<RehearsedProposal> {
  const { project } = stage;
  const stored = await loadProposal(project.folder, project.network, name);
  const simulation = await loadFullSimulation(stored);
  if (simulation === undefined) throw new Error(`${name} was proposed without its simulation`);
  const { verification } = await carryOut(stage, stored, simulation, update);
  if (!verification.equal) throw new Error(`${name} changed the chain otherwise than it was simulated`);
  return { name, title: stored.proposal.title, id: stored.proposal.id, effectsHash: simulation.effectsHash, report: recordPaths(stored).html };
}
