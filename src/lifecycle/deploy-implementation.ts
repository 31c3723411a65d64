import { keccak256 } from "ethers";
import type { OperationResult } from "../chain/operation.ts";
import { sendOperations } from "../chain/sender.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { CodeEvidence } from "../proposal/proposal.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { encodeDeployment } from "../solidity/encode-deployment.ts";
import { matchRuntimeBytecode } from "../solidity/match-bytecode.ts";
import type { UpgradeComparison } from "./compare-upgrade.ts";
import { journalFile } from "./journals.ts";
import type { Project } from "../inspection/project.ts";
import { referenceOf } from "../inspection/sources.ts";
import { plural } from "../protocol/plural.ts";

/**
 * Constructor arguments of a new implementation: what was given, or the Controller where a registry
 * protocol's contract asks for one address.
 * @throws LPCTL_UPGRADE_CONSTRUCTOR_ARGS
 */
export function constructorArguments(
  comparison: UpgradeComparison,
  given: readonly string[] | undefined,
): string[] {
  const constructor = comparison.to.artifact.abi.find((entry) => entry.type === "constructor");
  const inputs = Array.isArray(constructor?.["inputs"]) ? (constructor["inputs"] as { type?: unknown }[]) : [];
  if (given !== undefined) return [...given];
  if (inputs.length === 0) return [];
  const [only, second] = inputs;
  if (second === undefined && only?.type === "address" && comparison.contract.proxy?.kind === "controller-registry") {
    return [comparison.contract.proxy.controller];
  }
  throw new LpctlError({
    code: "LPCTL_UPGRADE_CONSTRUCTOR_ARGS",
    exit: Exit.usage,
    message: `The constructor of ${comparison.to.artifact.name} takes ${plural(inputs.length, "argument")}, and none were given`,
    why: inputs.map((input) => String(input.type)).join(", "),
    next: `Give them in order: --args ${inputs.map((input) => `<${String(input.type)}>`).join(" --args ")}`,
  });
}

/**
 * Deploys the new code once: run again after a crash it continues from its journal, and run again after success
 * it finds the code already there.
 * @throws what sendOperations throws; LPCTL_UPGRADE_CODE_DIFFERS when the chain holds other code than was compiled
 */
export async function deployImplementation(
  project: Project,
  comparison: UpgradeComparison,
  args: readonly string[],
  signer: TransactionSigner,
): Promise<{ evidence: CodeEvidence; result: OperationResult }> {
  const { artifact } = comparison.to;
  project.progress?.(`Deploying ${artifact.name} from ${signer.address}`);
  const data = encodeDeployment(artifact, [...args]);
  const fingerprint = `${keccak256(data).slice(2, 18)}-${signer.address.slice(2, 10).toLowerCase()}`;
  const [result] = await sendOperations({
    rpc: project.rpc,
    chainId: project.chainId,
    signer,
    journalPath: await journalFile(project, `deploy-${artifact.name}-${fingerprint}`),
    operations: [{ id: "deploy", title: `Deploy ${artifact.name}`, to: null, data, valueWei: 0n }],
  });
  const address = result?.receipt?.contractAddress;
  if (result === undefined || address === undefined || address === null) {
    throw new Error("a mined deployment has a contract address");
  }
  return { evidence: await readCodeEvidence(project, comparison, address), result };
}

/**
 * Compares the code at an address with the compiled source and writes down what the proposal relies on.
 * @throws LPCTL_CONTRACT_WITHOUT_CODE, LPCTL_UPGRADE_CODE_DIFFERS
 */
export async function readCodeEvidence(
  project: Project,
  comparison: UpgradeComparison,
  address: Address,
): Promise<CodeEvidence> {
  const { artifact } = comparison.to;
  const code = await project.rpc.code(address);
  const { match } = matchRuntimeBytecode(code, artifact);
  if (match !== "exact") {
    throw new LpctlError({
      code: code === "0x" ? "LPCTL_CONTRACT_WITHOUT_CODE" : "LPCTL_UPGRADE_CODE_DIFFERS",
      exit: Exit.refused,
      message:
        code === "0x"
          ? `There is no code at ${address}`
          : `The code at ${address} is not what ${referenceOf(comparison.to)} compiles to`,
      why: match === "modulo-metadata" ? "it differs in metadata: other comments, names or compiler settings" : undefined,
      next: "Deploy this source with lpctl upgrade prepare, or name the source that was deployed",
    });
  }
  return {
    address,
    source: referenceOf(comparison.to),
    compiler: artifact.compiler,
    inputHash: artifact.inputHash,
    codeHash: keccak256(code) as Hex,
    layoutHash: comparison.layoutHash,
    ...(comparison.from === undefined ? {} : { replaces: referenceOf(comparison.from) }),
  };
}
