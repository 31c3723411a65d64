import { keccak256 } from "ethers";
import { localAccounts } from "../node/local-accounts.ts";
import { SetupSender } from "../node/setup-sender.ts";
import type { CodeEvidence } from "../proposal/proposal.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { compileReference } from "../inspection/sources.ts";
import type { RegisterIntent } from "../proposal/intent.ts";
import type { Stage } from "./stage.ts";

/** Deploys a contract from its source, as the deployer, and writes down what a proposal that registers it relies on. */
export async function deployCode({ project }: Stage, reference: string, args: readonly unknown[]): Promise<CodeEvidence> {
  const { artifact } = await compileReference(project, reference);
  const sender = await SetupSender.from(project.rpc, localAccounts().deployer.address);
  const address = sender.deploy(artifact, args);
  await sender.flush();
  const code = await project.rpc.code(address);
  return { address, source: reference, compiler: artifact.compiler, inputHash: artifact.inputHash, codeHash: keccak256(code) as Hex };
}

/** The entry of a contract that was deployed a moment ago. */
export function registerIntent({ protocol, gitCommitHash }: Stage, contract: string, { address, codeHash }: { address: Address; codeHash: Hex }): RegisterIntent {
  return { kind: "register", contract, controller: protocol.controller, address, codeHash, gitCommitHash };
}
