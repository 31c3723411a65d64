import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Interface } from "ethers";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import { formatTag, type Receipt, type Rpc } from "../../src/chain/rpc.ts";
import { LpctlError } from "../../src/errors.ts";
import { walletSigner } from "../../src/keys/unlocked-key.ts";
import type { Signer } from "../../src/keys/signer.ts";
import { assessProposal, requireAccepted, type Assessment } from "../../src/lifecycle/assess-proposal.ts";
import { executeProposal } from "../../src/lifecycle/execute-proposal.ts";
import { planStored } from "../../src/lifecycle/plan.ts";
import type { Project } from "../../src/inspection/project.ts";
import type { ProposeOptions } from "../../src/lifecycle/propose.ts";
import { reviewForSigning, signReviewed } from "../../src/lifecycle/sign-proposal.ts";
import { verifyProposal, type Verification } from "../../src/lifecycle/verify-proposal.ts";
import { LOCAL_ACCOUNT_COUNT, localAccounts, type LocalRole } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import type { Artifact } from "../../src/solidity/artifact.ts";
import { compileUnits } from "../../src/solidity/compile.ts";
import { encodeDeployment } from "../../src/solidity/encode-deployment.ts";

export const ROOT = join(import.meta.dirname, "../..");

/** Shared by all tests and kept between runs: the suite as it ships, and everything else. */
export const COMPILE_CACHES = [join(ROOT, "dist/solc-cache"), join(ROOT, "node_modules/.cache/lpctl-solc")];

/** A compiler besides lpctl's own, as an `lpctl.yaml` would name it. */
export const OLD_COMPILER = { "0.8.9": join(ROOT, "node_modules/solc-0.8.9") };

export const PROPOSE: ProposeOptions = { dryRun: false, producedBy: "test" };
export const NO_DELAY = { delayBlocks: 0n, delaySeconds: 0n };

/** A project folder of its own and a chain of its own, without any contract. */
export interface LocalProject {
  project: Project;
  rpc: Rpc;
  signers: Record<LocalRole, Signer>;
  accounts: Record<LocalRole, Address>;
  /** Remembers the chain as it is now; what it returns goes back there, as often as called. */
  checkpoint(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

export async function startLocalProject(overrides: Partial<Project> = {}): Promise<LocalProject> {
  const [anvil, folder] = await Promise.all([
    startAnvil({ accounts: LOCAL_ACCOUNT_COUNT, gasLimit: 1_000_000_000n }),
    mkdtemp(join(tmpdir(), "lpctl-project-")),
  ]);
  const roles = Object.entries(localAccounts()) as [LocalRole, { privateKey: Hex; address: Address }][];
  const project: Project = {
    folder,
    network: "local",
    chainId: 31337n,
    controller: undefined,
    rpc: anvil.rpc,
    compilerCaches: COMPILE_CACHES,
    sources: [],
    compilers: {},
    delayBlocks: 0n,
    // Tried by tests of its own: rounds take seconds.
    aftermath: false,
    ...overrides,
  };
  return {
    project,
    rpc: anvil.rpc,
    signers: Object.fromEntries(roles.map(([role, { privateKey }]) => [role, walletSigner(privateKey)])) as Record<LocalRole, Signer>,
    accounts: Object.fromEntries(roles.map(([role, { address }]) => [role, address])) as Record<LocalRole, Address>,
    checkpoint: () => checkpoint(anvil, folder),
    async stop() {
      await anvil.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function checkpoint({ rpc }: Anvil, folder: string): Promise<() => Promise<void>> {
  let snapshot = await rpc.request("evm_snapshot", [], z.string());
  return async () => {
    await rpc.request("evm_revert", [snapshot], z.literal(true));
    snapshot = await rpc.request("evm_snapshot", [], z.string());
    for (const made of ["proposals", ".lpctl"]) await rm(join(folder, made), { recursive: true, force: true });
  };
}

/** Compiles contracts given as `path:Name`, from the cache when they are in it. */
export async function compileArtifacts(references: readonly string[], compilerPath?: string): Promise<(name: string) => Artifact> {
  const targets = references.map((reference) => {
    const [source = "", contract = ""] = reference.split(":");
    return { source, contract };
  });
  const units = await compileUnits({ root: ROOT, targets, cacheFolders: COMPILE_CACHES, ...(compilerPath === undefined ? {} : { compilerPath }) });
  return (name) => {
    const unit = units.find(({ artifact }) => artifact.name === name);
    if (unit === undefined) throw new Error(`${name} was not compiled`);
    return unit.artifact;
  };
}

/** Sends in the name of any account, a contract's too, as only a local chain allows. */
export async function sendAs(rpc: Rpc, from: Address, to: Address, signature: string, args: unknown[] = [], valueWei = 0n): Promise<Receipt> {
  const abi = new Interface([signature]);
  const name = abi.fragments[0]?.format("sighash") ?? "";
  await rpc.request("anvil_impersonateAccount", [from], z.unknown());
  await rpc.request("anvil_setBalance", [from, "0x56bc75e2d63100000"], z.unknown());
  const receipt = await sendUnlocked(rpc, from, await rpc.nonce(from), { to, data: abi.encodeFunctionData(name, args) as Hex, valueWei });
  if (receipt.status === "reverted") throw new Error(`${name} reverted`);
  return receipt;
}

export async function deploy(rpc: Rpc, from: Address, artifact: Artifact, args: unknown[] = []): Promise<Address> {
  const receipt = await sendUnlocked(rpc, from, await rpc.nonce(from), { to: null, data: encodeDeployment(artifact, args), valueWei: 0n });
  if (receipt.contractAddress === null || receipt.status === "reverted") throw new Error(`${artifact.name} was not deployed`);
  return receipt.contractAddress;
}

/** The one value a view function gives. */
export async function read(rpc: Rpc, address: Address, signature: string, args: unknown[] = []): Promise<unknown> {
  return ((await readFunction(rpc, address, signature, args)) as unknown[])[0];
}

export async function mine(rpc: Rpc, blocks: bigint, secondsApart = 1n): Promise<void> {
  await rpc.request("anvil_mine", [formatTag(blocks), formatTag(secondsApart)], z.unknown());
}

export interface CarriedOut {
  assessment: Assessment;
  verification: Verification;
  /** Kinds of the route's steps, in order. */
  route: string[];
}

/**
 * Takes a prepared proposal all the way: review and signatures where a Safe stands in the route, every step executed,
 * delays passed, and what happened compared with what had been simulated.
 */
export async function carryOut(
  local: LocalProject,
  stored: StoredProposal,
  options: { sender?: LocalRole; owners?: LocalRole[]; passDelay?: () => Promise<void> } = {},
): Promise<CarriedOut> {
  const { project, signers } = local;
  const { authorities } = stored.proposal;
  // One review serves all owners here: that each has their own is what other tests are for.
  const review = authorities.some(({ kind }) => kind === "safe") ? await reviewForSigning(project, stored, "test") : undefined;
  const assessment = review?.proposed.assessment ?? (await assessProposal(project, stored.proposal));
  requireAccepted(assessment);
  if (review !== undefined) for (const owner of options.owners ?? (["owner-1", "owner-3"] as const)) await signReviewed(review, stored, signers[owner]);
  const signer = signers[options.sender ?? "operator"];
  let steps = await executeProposal(project, stored, { signer });
  while (steps.some(({ state }) => state.state !== "done") && options.passDelay !== undefined) {
    await options.passDelay();
    const before = steps.filter(({ state }) => state.state === "done").length;
    steps = await executeProposal(project, stored, { signer });
    if (steps.filter(({ state }) => state.state === "done").length === before) throw new Error(`stuck: ${JSON.stringify(steps, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}`);
  }
  const verification = await verifyProposal(project, stored, assessment.simulation);
  const { steps: planned } = await planStored(project.rpc, stored);
  return { assessment, verification, route: planned.map(({ kind }) => kind) };
}

/** The LpctlError a promise ends in. */
export async function failureOf(promise: Promise<unknown>): Promise<LpctlError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof LpctlError) return error;
    throw error;
  }
  throw new Error("expected a failure");
}

/** `Controller.registry[X].contractAddress`: the named net changes of a simulation. */
export function changedPaths({ simulation }: Assessment): string[] {
  return simulation.changes.map(({ contract, address, path, slot }) => `${contract ?? address}.${path ?? slot ?? ""}`);
}
