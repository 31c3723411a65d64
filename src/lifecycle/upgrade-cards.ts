import { existsSync } from "node:fs";
import { join } from "node:path";
import { keccak256 } from "ethers";
import { LpctlError } from "../errors.ts";
import type { Project } from "../inspection/project.ts";
import { referenceOf } from "../inspection/sources.ts";
import { packageRoot } from "../package-root.ts";
import type { UpgradeIntent } from "../proposal/intent.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { targetIdName } from "../protocol/contract-id.ts";
import type { Hex } from "../protocol/hex.ts";
import type { SlotVariable, SourceDiff, UpgradeCard } from "../report/report-data.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";
import type { SourceEntry } from "../solidity/diff-sources.ts";
import { interfaceChanges } from "../solidity/interface-changes.ts";
import { matchRuntimeBytecode } from "../solidity/match-bytecode.ts";
import { sizeOf, typeLabel } from "../solidity/slot-map.ts";
import type { Assessment } from "./assess-proposal.ts";

/** Old and new code of every upgrade, with what each is made of. */
export async function readUpgradeCards(project: Project, { proposal }: Pick<StoredProposal, "proposal">, assessment: Assessment): Promise<UpgradeCard[]> {
  const intents = proposal.intents.flatMap((intent) => (intent.kind === "upgrade" ? [intent] : []));
  return Promise.all(intents.map((intent) => readUpgradeCard(project, proposal.code, intent, assessment)));
}

async function readUpgradeCard(project: Project, code: StoredProposal["proposal"]["code"], intent: UpgradeIntent, assessment: Assessment): Promise<UpgradeCard> {
  const comparison = assessment.comparisons.get(intent.proxy.address);
  const evidence = code.find(({ address }) => address === intent.implementation);
  const { verdict, from, to } = comparison ?? {};
  const old = comparison?.contract.implementation ?? intent.proxy.address;
  const [oldCode, newCode] = await Promise.all([project.rpc.code(old), project.rpc.code(intent.implementation)]);
  const match = to === undefined ? undefined : matchRuntimeBytecode(newCode, to.artifact);
  return {
    contract: intent.contract,
    proxy: intent.proxy.address,
    oldImplementation: {
      address: old,
      source: from === undefined ? undefined : referenceOf(from),
      compiler: from?.artifact.compiler,
      codeHash: keccak256(oldCode) as Hex,
      gitCommit: oldCommit(intent, assessment),
    },
    newImplementation: {
      address: intent.implementation,
      source: evidence?.source,
      compiler: evidence?.compiler,
      codeHash: intent.implementationCodeHash,
      gitCommit: BigInt(intent.gitCommitHash) === 0n ? undefined : intent.gitCommitHash,
    },
    bytecode: match === undefined ? { match: "not-compared" } : { match: match.match, immutables: match.immutables, libraries: match.libraries },
    storage: {
      verdict: verdict === undefined ? "not-compared" : verdict.ok ? "compatible" : "broken",
      slots: verdict?.slots ?? [],
      previous: from === undefined ? undefined : variablesOf(from),
    },
    interface: from === undefined || to === undefined ? undefined : interfaceChanges(from.artifact, to.artifact),
    sourceDiff: from === undefined || to === undefined ? undefined : await readSourceDiff(project, from, to),
  };
}

/** What the registry said of the code that is replaced: the simulation saw it change. */
function oldCommit({ contract }: UpgradeIntent, { simulation }: Assessment): string | undefined {
  const place = `registry[${targetIdName(contract)}].gitCommitHash`;
  const change = simulation.changes.find(({ path }) => path === place);
  const text = change?.beforeText ?? "";
  return /^0x[0-9a-f]{40}$/.test(text) && BigInt(text) !== 0n ? text : undefined;
}

function variablesOf({ facts: { layout } }: CompiledUnit): SlotVariable[] {
  return layout.storage.map((variable) => ({
    slot: variable.slot ?? "0",
    offsetBytes: variable.offset ?? 0,
    sizeBytes: sizeOf(layout, variable),
    label: variable.label,
    type: typeLabel(layout, variable),
  }));
}

/** Undefined where a text is not on this disk: the code was recognised by other means. */
async function readSourceDiff(project: Project, from: CompiledUnit, to: CompiledUnit): Promise<SourceDiff | undefined> {
  const names = { from: referenceOf(from), to: referenceOf(to) };
  const { diffSources } = await import("../solidity/diff-sources.ts");
  try {
    return { ...names, ...(await diffSources(entryOf(project, from), entryOf(project, to))) };
  } catch (error) {
    if (error instanceof LpctlError) return undefined;
    throw error;
  }
}

/** The project's own file wins, as when it was compiled. */
function entryOf(project: Project, unit: CompiledUnit): SourceEntry {
  const { sourceName } = unit.artifact;
  if (project.library !== undefined) return { root: project.folder, sourceName, texts: project.library.textsOf(unit) };
  const inProject = existsSync(join(project.folder, sourceName)) || !existsSync(join(packageRoot(), sourceName));
  return { root: inProject ? project.folder : packageRoot(), sourceName };
}
