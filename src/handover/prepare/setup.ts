import { Interface, keccak256 } from "ethers";
import { readFunction, tryReadFunction } from "../../chain/read-function.ts";
import { findByName } from "../../chain/registry.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { OwnerCall } from "../../genesis/plan-stake-rule.ts";
import { requireController, type Project } from "../../inspection/project.ts";
import { readProjectRegistry } from "../../inspection/read-registry.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Call } from "../../proposal/call.ts";
import type { Intent } from "../../proposal/intent.ts";
import type { CodeEvidence } from "../../proposal/proposal.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { TargetFile } from "../target/target-schema.ts";
import { planPrepared } from "./plan-prepared.ts";
import { loadPrepared, preparedPath, type Prepared } from "./prepared-file.ts";
import { neededBy } from "./preparation.ts";
import { verifyPrepared } from "./verify-prepared.ts";

/** What the owner of the Controller has to do before what was prepared can work. */
export interface Setup {
  actor: Address;
  intents: Intent[];
  code: CodeEvidence[];
}

export function setupCalls(ownerCalls: readonly OwnerCall[]): Call[] {
  return ownerCalls.map(({ to, signature, args }) => {
    const abi = new Interface([signature]);
    return { to, valueWei: 0n, data: abi.encodeFunctionData(abi.fragments[0]?.format("sighash") ?? "", [...args]) as Hex };
  });
}

/**
 * The target with what was prepared for it by name. What the registry has under a name goes before.
 * @throws LPCTL_HANDOVER_NOT_PREPARED where the deployment was begun and is not complete
 */
export async function withPrepared(project: Project, { prepare: _prepare, ...file }: TargetFile): Promise<TargetFile> {
  const found = await loadNeeded(project, file);
  const unfinished = found.find(({ transactions }) => transactions === null);
  if (unfinished !== undefined) {
    throw new LpctlError({
      code: "LPCTL_HANDOVER_NOT_PREPARED",
      exit: Exit.refused,
      message: `What the target needs (${unfinished.kind}) was begun and is not all deployed`,
      why: `${preparedPath(project, unfinished.kind)} is not complete`,
      next: `lpctl handover prepare ${unfinished.kind} --key NAME`,
    });
  }
  if (found.length === 0) return file;
  const registry = await readProjectRegistry(project);
  const free = found.flatMap(({ contracts }) => Object.entries(contracts)).filter(([name, address]) => name !== "StakeGovernorTarget" && (findByName(registry, name)?.address ?? address) === address);
  return { ...file, contracts: { ...Object.fromEntries(free), ...file.contracts } };
}

async function loadNeeded(project: Project, file: TargetFile): Promise<Prepared[]> {
  return (await Promise.all(neededBy(file).map((kind) => loadPrepared(project, kind)))).filter((prepared) => prepared !== undefined);
}

/**
 * Registrations and rules that are missing on chain; undefined where there are none. Everything that was prepared is compared with
 * its source first.
 * @throws LPCTL_HANDOVER_PREPARED_DIFFERS
 */
export async function readSetup(project: Project, file: TargetFile): Promise<Setup | undefined> {
  let setup: Setup | undefined;
  for (const prepared of await loadNeeded(project, file)) {
    const plan = await planPrepared(project, prepared);
    await verifyPrepared(project.rpc, prepared, plan.contracts, { fresh: false });
    if (prepared.kind !== "stake" || (await isSetUp(project, prepared))) continue;
    const [top] = await readFunction(project.rpc, requireController(project), "function owner() view returns (address)");
    const registered = plan.contracts.filter(({ name }) => plan.ownerCalls.some(({ id }) => id === `register:${name}`));
    const code = await Promise.all(
      registered.map(async ({ address, artifact }): Promise<CodeEvidence> => ({ address, source: `${artifact.sourceName}:${artifact.name}`, compiler: artifact.compiler, inputHash: artifact.inputHash, codeHash: keccak256(await project.rpc.code(address)) as Hex })),
    );
    const { controller, gitCommitHash } = prepared;
    setup = {
      actor: top as Address,
      intents: [
        ...registered.map(({ name, address }, index): Intent => ({ kind: "register", contract: name, controller, address, codeHash: code[index]?.codeHash ?? "0x", gitCommitHash })),
        { kind: "calls", calls: setupCalls(plan.ownerCalls.filter(({ id }) => id.startsWith("initialize:"))) },
      ],
      code,
    };
  }
  return setup;
}

/** A StakeGovernor names its timelock from its first call on. */
export async function isInitialized(rpc: Rpc, governor: Address): Promise<boolean> {
  const timelock = (await tryReadFunction(rpc, governor, "function timelock() view returns (address)"))?.[0] as Address | undefined;
  return timelock !== undefined && BigInt(timelock) !== 0n;
}

async function isSetUp(project: Project, { contracts }: Prepared): Promise<boolean> {
  const governor = contracts["StakeGovernor"];
  return governor !== undefined && (await isInitialized(project.rpc, governor));
}
