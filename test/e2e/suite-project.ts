/** The protocol's own suite on a chain of its own, in one of its phases, with live state; shared by the upgrade tests. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { type UpgradeProposalRequest } from "../../src/lifecycle/propose-upgrade.ts";
import { deploySuite, suiteTargets, type LocalProtocol } from "../../src/node/deploy-suite.ts";
import { writeLiveState } from "../../src/node/live-state.ts";
import type { Phase } from "../../src/node/phase.ts";
import { readsToPin } from "../../src/proposal/conditions.ts";
import type { Intent } from "../../src/proposal/intent.ts";
import { makeProposal, type Proposal } from "../../src/proposal/proposal.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { compileArtifacts, PROPOSE, read, startLocalProject, type LocalProject } from "./local-project.ts";

export const GIT_COMMIT: Hex = "0x5f0a1c3b7d9e24680ace13579bdf02468ace1357";
export const V2 = "contracts/jobs/JobsManagerV2.sol:JobsManagerV2";

export async function startSuite(phase: Phase): Promise<LocalProject & { protocol: LocalProtocol; jobsManager: Address; controller: Address }> {
  const targets = suiteTargets().map(({ source, contract }) => `${source}:${contract}`);
  const [local, artifactOf] = await Promise.all([startLocalProject(), compileArtifacts(targets)]);
  const artifacts = suiteTargets().map(({ contract }) => artifactOf(contract));
  const protocol = await deploySuite(local.rpc, artifacts, { profile: "launch", phase, gitCommitHash: `0x${"11".repeat(20)}` });
  await writeLiveState(local.rpc, protocol);
  local.project.controller = protocol.controller;
  const jobsManager = protocol.contracts["JobsManager"];
  if (jobsManager === undefined) throw new Error("no JobsManager");
  return { ...local, protocol, jobsManager, controller: protocol.controller };
}

export type Suite = Awaited<ReturnType<typeof startSuite>>;

export function upgradeTo(source: string, more: Partial<UpgradeProposalRequest> = {}): UpgradeProposalRequest {
  return { contract: "JobsManager", to: source, gitCommit: GIT_COMMIT, delayBlocks: 10n, delaySeconds: 0n, ...more };
}

/** What an upgrade must keep, read through the proxy. */
export async function readState({ rpc, jobsManager, accounts }: Suite): Promise<unknown[]> {
  return Promise.all([
    read(rpc, jobsManager, "function broadcasters(address) view returns (uint256 deposit, uint256 withdrawBlock)", [accounts.broadcaster]),
    read(rpc, jobsManager, "function numJobs() view returns (uint256)"),
    read(rpc, jobsManager, "function verificationRate() view returns (uint64)"),
    read(rpc, jobsManager, "function verificationPeriod() view returns (uint256)"),
    read(rpc, jobsManager, "function controller() view returns (address)"),
    rpc.balanceWei(jobsManager),
  ]);
}

export const setRate = (suite: Suite, value: string) =>
  proposeParameters(suite.project, [{ name: "verificationRate", value, acceptRaw: false }], { ...PROPOSE, delayBlocks: 10n, delaySeconds: 0n });

export const readRate = ({ rpc, jobsManager }: Suite) => read(rpc, jobsManager, "function verificationRate() view returns (uint64)");

export function draftOf({ id: _id, ...body }: Proposal): Omit<Proposal, "id"> {
  return body;
}

/** A proposal of other intents, as somebody would make it who computes the id anew. */
export function forged({ id: _id, ...body }: Proposal, intents: Intent[]): Proposal {
  const preconditions = readsToPin(intents).map((read) => ({ read, expect: `0x${"11".repeat(32)}` as const }));
  return makeProposal({ ...body, preconditions, intents });
}

export async function suiteFolderEmptied({ project }: Suite): Promise<void> {
  await rm(join(project.folder, "proposals"), { recursive: true, force: true });
}
