import { existsSync } from "node:fs";
import { join } from "node:path";
import { Exit, LpctlError } from "../errors.ts";
import { readFunction } from "../chain/read-function.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import { runsInitializer } from "../proposal/derive-calls.ts";
import type { Intent, Proxy, UpgradeIntent } from "../proposal/intent.ts";
import type { CodeEvidence } from "../proposal/proposal.ts";
import { applyPolicy } from "../checks/apply-policy.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Policy } from "../protocol/policy.ts";
import { startFork, withFork } from "../simulation/fork.ts";
import { NO_COMMIT, readGitCommit } from "../solidity/git-commit.ts";
import { packageRoot } from "../package-root.ts";
import { ANYONE } from "../authority/governor.ts";
import { filesOf } from "./facts/check-commits.ts";
import { compareUpgrade, type UpgradeComparison, type UpgradeRequest } from "./compare-upgrade.ts";
import { requireProxy } from "../inspection/contract.ts";
import { constructorArguments, deployImplementation, readCodeEvidence } from "./deploy-implementation.ts";
import type { Project } from "../inspection/project.ts";
import { prepareParameters, type ParameterRequest } from "./prepare-parameter.ts";
import { propose, type Proposed, type ProposeOptions } from "./propose.ts";
import { encodeDeployment } from "../solidity/encode-deployment.ts";
import { whyRefused } from "./why-refused.ts";

export interface UpgradeProposalRequest extends UpgradeRequest {
  /** Constructor arguments of the new implementation; undefined: found out. */
  args?: readonly string[] | undefined;
  /** The new code is deployed already. */
  implementation?: Address | undefined;
  /** Recorded in the registry; undefined: the commit of the checkout the source lies in. */
  gitCommit?: Hex | undefined;
  /** Called on the proxy in the same transaction (ERC-1967 only). */
  initializer?: Hex | undefined;
  /** Parameters set after the upgrade in the same batch; those that only the new code has may be among them. */
  parameters?: readonly ParameterRequest[] | undefined;
  /** Pause first, where the protocol is not paused yet, and unpause last, all in the same batch. */
  whilePaused?: boolean | undefined;
  delayBlocks: bigint;
  delaySeconds: bigint;
}

/**
 * One upgrade, up to the point where people sign: sources compared, code deployed (journaled, once), proposal made,
 * route simulated, report written.
 * @param signer pays for the deployment; not needed for a dry run or when the code is deployed already
 * @throws LPCTL_UPGRADE_REFUSED before anything is sent, when layouts do not fit; LPCTL_KEYS_NOT_CHOSEN
 */
export async function proposeUpgrade(
  project: Project,
  request: UpgradeProposalRequest,
  options: ProposeOptions,
  signer: () => Promise<TransactionSigner>,
): Promise<Proposed> {
  const comparison = await compareUpgrade(project, request);
  requireCompatible(comparison, project.policy);
  requireInitializable(comparison, request.initializer);
  if (request.whilePaused === true) controllerOf(comparison.contract.proxy);
  if (options.dryRun && request.implementation === undefined) {
    return proposeOnFork(project, comparison, request, options);
  }
  const evidence =
    request.implementation === undefined
      ? (await deployImplementation(project, comparison, constructorArguments(comparison, request.args), await signer())).evidence
      : await readCodeEvidence(project, comparison, request.implementation);
  return proposeCode(project, comparison, evidence, request, options);
}

/** A dry run deploys too, but on a fork, which then stands for the network in everything that follows. */
async function proposeOnFork(
  project: Project,
  comparison: UpgradeComparison,
  request: UpgradeProposalRequest,
  options: ProposeOptions,
): Promise<Proposed> {
  return withFork(await startFork(project.rpc.url), async (fork) => {
    const data = encodeDeployment(comparison.to.artifact, constructorArguments(comparison, request.args));
    const receipt = await fork.send({ from: ANYONE, to: null, data, valueWei: 0n });
    if (receipt.status === "reverted" || receipt.contractAddress === null) {
      throw new LpctlError({
        code: "LPCTL_UPGRADE_CONSTRUCTOR_REVERTS",
        exit: Exit.reverted,
        message: `The constructor of ${comparison.to.artifact.name} reverts`,
        next: "Check the constructor's arguments (--args)",
      });
    }
    const onFork: Project = { ...project, rpc: fork.rpc };
    const evidence = await readCodeEvidence(onFork, comparison, receipt.contractAddress);
    return proposeCode(onFork, comparison, evidence, request, options);
  });
}

async function proposeCode(
  project: Project,
  comparison: UpgradeComparison,
  evidence: CodeEvidence,
  request: UpgradeProposalRequest,
  options: ProposeOptions,
): Promise<Proposed> {
  const intent: UpgradeIntent = {
    kind: "upgrade",
    contract: comparison.contract.name,
    proxy: requireProxy(comparison.contract),
    implementation: evidence.address,
    implementationCodeHash: evidence.codeHash,
    gitCommitHash: request.gitCommit ?? (await committedAs(project, comparison)),
    initializer: request.initializer ?? "0x",
  };
  const upgraded = { contract: comparison.contract, artifact: comparison.to.artifact };
  const parameters = request.parameters ?? [];
  const settings = parameters.length === 0 ? [] : await prepareParameters(project, parameters, upgraded);
  const names = settings.map(({ parameter }) => parameter.name);
  const changes = [intent, ...settings.map((setting) => setting.intent)];
  const title = `Upgrade ${comparison.contract.name} to ${comparison.to.artifact.name}${names.length === 0 ? "" : ` and set ${names.join(", ")}`}`;
  return propose(
    project,
    {
      title: request.whilePaused === true ? `${title} while paused` : title,
      intents: request.whilePaused === true ? await betweenPauses(project, comparison, changes) : changes,
      code: [evidence],
      delayBlocks: request.delayBlocks,
      delaySeconds: request.delaySeconds,
    },
    options,
  );
}

/** Where the protocol is paused already, somebody was quicker: pausing again would revert, so only the unpausing is left. */
async function betweenPauses(project: Project, { contract }: UpgradeComparison, changes: readonly Intent[]): Promise<Intent[]> {
  const controller = controllerOf(contract.proxy);
  const [isPaused] = await readFunction(project.rpc, controller, "function paused() view returns (bool)");
  return [...(isPaused === true ? [] : [{ kind: "pause" as const, controller }]), ...changes, { kind: "unpause", controller }];
}

/** @throws LPCTL_UPGRADE_NO_PAUSE where the contract has no Controller that could be paused */
function controllerOf(proxy: Proxy | undefined): Address {
  if (proxy?.kind === "controller-registry") return proxy.controller;
  throw new LpctlError({
    code: "LPCTL_UPGRADE_NO_PAUSE",
    exit: Exit.usage,
    message: "There is nothing to pause",
    why: "pausing is what Livepeer's Controller does, and this proxy belongs to none",
    next: "Leave --while-paused out",
  });
}

/** The commit that source and imports lie in, or zeros when it is none, or not as committed: no commit is better than a wrong one. */
async function committedAs(project: Project, comparison: UpgradeComparison): Promise<Hex> {
  const { sourceName } = comparison.to.artifact;
  const root = existsSync(join(project.folder, sourceName)) ? project.folder : packageRoot();
  const commit = await readGitCommit(root, await filesOf(root, sourceName));
  return commit === undefined || commit.changed.length > 0 ? NO_COMMIT : commit.hash;
}

/** @throws LPCTL_UPGRADE_NO_INITIALIZER where the upgrade could not run it */
function requireInitializable({ contract }: UpgradeComparison, initializer: Hex | undefined): void {
  if (initializer === undefined || initializer === "0x" || runsInitializer(requireProxy(contract))) return;
  throw new LpctlError({
    code: "LPCTL_UPGRADE_NO_INITIALIZER",
    exit: Exit.usage,
    message: `The upgrade of ${contract.name} cannot run an initializer`,
    why:
      contract.proxy?.kind === "beacon"
        ? "a beacon knows none of its proxies, and their upgrade is one call to the beacon"
        : "the registry only records the address of the new code",
    next: "Leave --initializer out, and make the call a proposal of its own",
  });
}

/**
 * @param policy what it allows some proposal passes here: which one it is shows when there is one
 * @throws LPCTL_UPGRADE_REFUSED naming the first thing that does not fit
 */
export function requireCompatible(comparison: UpgradeComparison, policy?: Policy): void {
  const refusals = applyPolicy(comparison.findings, policy, "undecided").filter((finding) => finding.severity === "refuse");
  const [first] = refusals;
  if (first === undefined) return;
  throw new LpctlError({
    code: "LPCTL_UPGRADE_REFUSED",
    exit: Exit.refused,
    message: first.title,
    why: whyRefused(refusals),
    next:
      first.code === "current-code-unknown"
        ? "Name the source of what runs now: --from FILE.sol:CONTRACT"
        : "Change the new source so that every old variable keeps its place and type; add new ones at the end",
    details: { findings: refusals },
  });
}
