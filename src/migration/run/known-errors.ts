import { Interface, type InterfaceAbi } from "ethers/abi";
import { LpctlError } from "../../errors.ts";
import { compileKnownContracts, compileReference } from "../../inspection/sources.ts";
import { ScriptChain } from "../script/script-chain.ts";
import type { Project } from "../../inspection/project.ts";
import type { MigrationChain } from "../script/define-migration.ts";

/** What lpctl's own migrations deploy and later ones call. */
const OWN = ["contracts/migration/SnapshotClaims.sol:SnapshotClaims"];

/**
 * Errors that the contracts around a migration may revert with: those of the suite, of the project's `sources` and of whatever the
 * script deploys. They are compiled when something reverts, and not before; what does not compile tells nothing here.
 * @param more known already
 */
export function knownErrors(project: Project, chain: MigrationChain, more: readonly Interface[] = []): () => Promise<readonly Interface[]> {
  let found: Promise<readonly Interface[]> | undefined;
  return () => (found ??= readErrors(project, chain).then((read) => [...more, ...read]));
}

async function readErrors(project: Project, chain: MigrationChain): Promise<readonly Interface[]> {
  const deployed = chain instanceof ScriptChain ? [...chain.sources.values()].filter((source) => !source.startsWith("0x")) : [];
  const [suite, ...others] = await Promise.all([
    compileKnownContracts(project).catch(nothing),
    ...[...new Set([...deployed, ...OWN])].map((reference) => compileReference(project, reference).then((unit) => [unit], nothing)),
  ]);
  return [...suite, ...others.flat()].map(({ artifact }) => new Interface(errorsOf(artifact.abi)));
}

function errorsOf(abi: readonly unknown[]): InterfaceAbi {
  return abi.filter((entry): entry is { type: "error" } => typeof entry === "object" && entry !== null && "type" in entry && entry.type === "error") as InterfaceAbi;
}

function nothing(error: unknown): [] {
  if (error instanceof LpctlError) return [];
  throw error;
}
