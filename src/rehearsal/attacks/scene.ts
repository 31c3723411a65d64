import { join } from "node:path";
import { z } from "zod";
import { walletSigner } from "../../keys/unlocked-key.ts";
import type { Signer } from "../../keys/signer.ts";
import { proposeParameters } from "../../lifecycle/propose-parameters.ts";
import { bundlePath, loadSafeBundle } from "../../lifecycle/safe/safe-bundle.ts";
import { reviewForSigning, signReviewed } from "../../lifecycle/sign-proposal.ts";
import { localAccounts, type LocalRole } from "../../node/local-accounts.ts";
import { sendUnlocked } from "../../node/setup-sender.ts";
import type { Project } from "../../inspection/project.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { writeBundle } from "../../safe/bundle-file.ts";
import { createBundle, type SafeBundle } from "../../safe/bundle.ts";
import { encodeExecTransaction } from "../../safe/execute.ts";
import { readSafe } from "../../safe/read-safe.ts";
import { encodeSignatures } from "../../safe/signature.ts";
import type { SafeTransaction } from "../../safe/transaction.ts";
import type { RehearsalOptions } from "../rehearsal.ts";
import { openStage, type Stage } from "../stage.ts";
import { signUnchecked } from "./sign-unchecked.ts";

/** A protocol whose Safe has an honest proposal to sign, and what an attacker needs. */
export interface Scene {
  stage: Stage;
  project: Project;
  safe: Address;
  /** Sets the verification rate; owner-1 has signed it, two have to. */
  stored: StoredProposal;
  bundle: SafeBundle;
  owners: Record<"owner-1" | "owner-2" | "owner-3", Signer>;
  /** Owns nothing, and wants what the Safe has. */
  attacker: Signer;
  /** A Safe transaction of the attacker's as a file that looks like any other. */
  forge(transaction: SafeTransaction, more?: { proposalId?: string | null }): Promise<{ path: string; bundle: SafeBundle }>;
  /** Two owners sign whatever they are given, and it is executed. True when it went through. */
  executeUnchecked(transaction: SafeTransaction): Promise<boolean>;
  /** One transaction in the name of any account. True when it went through. */
  sendAs(from: Address, to: Address, data: Hex): Promise<boolean>;
  /** While another file lies where the proposal's own should be. */
  withBundle<T>(bundle: SafeBundle, work: () => Promise<T>): Promise<T>;
  /** Whatever happens on the chain meanwhile is taken back. */
  onCopy<T>(work: () => Promise<T>): Promise<T>;
  footprint(): Promise<Footprint>;
  /** What is not as it was, in words. */
  differenceTo(before: Footprint): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** What a stopped attempt must leave alone. */
export interface Footprint {
  /** Beside the proposal. */
  signatures: number;
  safeNonce: bigint;
  sent: bigint;
}

const SOME_ETHER_WEI = 10n ** 18n;

export async function openScene(options: RehearsalOptions, update: (doing: string) => void): Promise<Scene> {
  const stage = await openStage(options, { delayBlocks: 0n, isLived: false, phase: "safe" }, update);
  try {
    const ledger = join(options.folder, "signatures.ndjson");
    const project: Project = { ...stage.project, ledger, aftermath: false };
    const { safe } = stage.protocol;
    if (safe === undefined) throw new Error("in this phase a Safe governs");
    await project.rpc.request("anvil_setBalance", [safe, `0x${SOME_ETHER_WEI.toString(16)}`], z.unknown());
    // In a block of its own, so that the state can be proven as that of any chain.
    await project.rpc.request("anvil_mine", ["0x1"], z.unknown());
    update("preparing the proposal");
    const { stored } = await proposeParameters(project, [{ name: "verificationRate", value: "1 in 500", acceptRaw: false }], { dryRun: false, producedBy: options.producedBy, delayBlocks: 0n, delaySeconds: 0n });
    update("the first owner signs");
    const bundle = await signReviewed(await reviewForSigning(project, stored, options.producedBy), stored, walletSigner(localAccounts()["owner-1"].privateKey), "owner-1");
    return sceneOf({ stage, project, safe, stored, bundle });
  } catch (error) {
    await stage.stop();
    throw error;
  }
}

function sceneOf({ stage, project, safe, stored, bundle }: { stage: Stage; project: Project; safe: Address; stored: StoredProposal; bundle: SafeBundle }): Scene {
  const accounts = localAccounts();
  const signer = (role: LocalRole): Signer => walletSigner(accounts[role].privateKey);
  const owners = { "owner-1": signer("owner-1"), "owner-2": signer("owner-2"), "owner-3": signer("owner-3") };
  const { rpc } = project;
  const footprint = async (): Promise<Footprint> => ({
    signatures: (await loadSafeBundle(stored))?.signatures.length ?? 0,
    safeNonce: (await readSafe(rpc, safe)).nonce,
    sent: await rpc.nonce(accounts.operator.address),
  });
  return {
    stage,
    project,
    safe,
    stored,
    bundle,
    owners,
    attacker: signer("broadcaster"),
    async forge(transaction, more = {}) {
      const forged = createBundle({ chainId: project.chainId, safe: await readSafe(rpc, safe), proposalId: more.proposalId ?? null, transaction });
      const path = join(project.folder, `from-somebody-${forged.id.slice(2, 10)}.json`);
      await writeBundle(path, forged);
      return { path, bundle: forged };
    },
    async executeUnchecked(transaction) {
      const signatures = await Promise.all([owners["owner-1"], owners["owner-2"]].map((owner) => signUnchecked(owner, project.chainId, safe, transaction)));
      return sendAs(rpc, accounts.broadcaster.address, safe, encodeExecTransaction(transaction, encodeSignatures(signatures)));
    },
    sendAs: (from, to, data) => sendAs(rpc, from, to, data),
    async withBundle(other, work) {
      await writeBundle(bundlePath(stored), other);
      try {
        return await work();
      } finally {
        await writeBundle(bundlePath(stored), bundle);
      }
    },
    async onCopy(work) {
      const snapshot = await rpc.request("evm_snapshot", [], z.string());
      try {
        return await work();
      } finally {
        await rpc.request("evm_revert", [snapshot], z.unknown());
      }
    },
    footprint,
    async differenceTo(before) {
      const now = await footprint();
      const changed = (Object.keys(before) as (keyof Footprint)[]).filter((key) => before[key] !== now[key]);
      return changed.length === 0 ? undefined : `not as before: ${changed.join(", ")}`;
    },
    stop: () => stage.stop(),
  };
}

async function sendAs(rpc: Project["rpc"], from: Address, to: Address, data: Hex): Promise<boolean> {
  await rpc.request("anvil_impersonateAccount", [from], z.unknown());
  await rpc.request("anvil_setBalance", [from, `0x${SOME_ETHER_WEI.toString(16)}`], z.unknown());
  const { status } = await sendUnlocked(rpc, from, await rpc.nonce(from), { to, data, valueWei: 0n });
  return status === "success";
}
