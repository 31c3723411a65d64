import { existsSync } from "node:fs";
import { governorInterface, updateOf } from "../authority/governor.ts";
import { timelockCancellation } from "../authority/timelock.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Call } from "../proposal/call.ts";
import type { AuthorityRef } from "../proposal/proposal.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Hex } from "../protocol/hex.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { loadBundle, writeBundle } from "../safe/bundle-file.ts";
import { mergeIntoFile } from "../safe/merge-into-file.ts";
import { readSafe } from "../safe/read-safe.ts";
import { rejectionOf } from "./nonces/reject-nonce.ts";
import { planProposal } from "./plan.ts";
import { readOwnProposals } from "./proposal-network.ts";
import type { Project } from "../inspection/project.ts";
import { propose, type Proposed } from "./propose.ts";
import { openStep } from "./status/open-step.ts";
import { readStatus } from "./status/proposal-status.ts";
import { loadSafeBundle } from "./safe/safe-bundle.ts";
import { ownRejectionPath } from "./safe/safe-files.ts";
import { findVeto } from "./status/stop-vote.ts";
import { plural } from "../protocol/plural.ts";

export type Cancelled =
  | { kind: "proposed"; proposed: Proposed }
  | { kind: "rejection"; path: string; safeTxHash: Hex; text: string }
  | { kind: "nothing-signed"; text: string }
  /** A vote is nobody's to call off but those whom the governor and the timelock name. */
  | { kind: "voted-on"; text: string };

/**
 * Calls a proposal off, as far as it has come. Nothing is deleted: the record stays.
 * @throws LPCTL_PROPOSAL_ALREADY_EXECUTED
 */
export async function cancelProposal(project: Project, stored: StoredProposal, producedBy: string): Promise<Cancelled> {
  const { proposal, name } = stored;
  const bundle = await loadSafeBundle(stored);
  const { steps } = await readStatus(project, stored);
  const open = openStep(steps);
  if (open === undefined && !(await isLive(project, bundle))) {
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_ALREADY_EXECUTED",
      exit: Exit.refused,
      message: `${name} has been executed and cannot be cancelled`,
      next: "Propose the change back",
    });
  }
  const authority = proposal.authorities[0];
  const begun = steps.some(({ state }) => state.state === "done");
  if (begun && open !== undefined && authority !== undefined) {
    const veto = proposal.authorities.some(({ kind }) => kind === "vote-governor") ? await findVeto(project.rpc, (await planProposal(project.rpc, proposal)).authority, steps) : undefined;
    if (veto !== undefined && "text" in veto) return { kind: "voted-on", text: veto.text };
    const call = veto?.call ?? cancellation(stored, authority.kind, authority.address);
    if (call !== undefined) {
      const request = {
        title: `Cancel ${proposal.title}`,
        intents: [{ kind: "calls" as const, calls: [call] }],
        code: [],
        delayBlocks: 0n,
        delaySeconds: 0n,
      };
      return { kind: "proposed", proposed: await propose(project, request, { producedBy, dryRun: false }) };
    }
  }
  if (bundle === undefined || (bundle.signatures.length === 0 && !(await othersWaitFor(project, bundle)))) {
    return {
      kind: "nothing-signed",
      text: `Nothing of ${name} is on chain and nobody has signed it: leave it, or remove ${stored.folder}`,
    };
  }
  // The plan makes sure that the Safe is still the one the proposal was made for.
  await planProposal(project.rpc, proposal, { bundle });
  const safe = await readSafe(project.rpc, bundle.safe.address);
  const rejection = rejectionOf(project, safe, bundle.transaction.nonce);
  const path = ownRejectionPath(stored);
  const present = existsSync(path) ? await loadBundle(path) : undefined;
  // The rejection of a nonce that is used has nothing left to end; whatever else is signed in that file stays.
  if (present !== undefined && present.id !== rejection.id && present.transaction.nonce < safe.nonce) await writeBundle(path, rejection);
  else await mergeIntoFile(path, rejection);
  return {
    kind: "rejection",
    path,
    safeTxHash: rejection.hashes.safeTxHash,
    text: [
      bundle.signatures.length === 0
        ? `Other transactions of the Safe come after ${name} and wait until its nonce ${bundle.transaction.nonce} is used.`
        : `What was signed of ${name} (${plural(bundle.signatures.length, "signature")}) stays valid until nonce ${bundle.transaction.nonce} of the Safe is used.`,
      `${path} is an empty transaction with that nonce: sign it and execute it, and ${name} can never be executed.`,
    ].join("\n"),
  };
}

/** What a proposal is for may have come about another way, while its own signed transaction can still be executed. */
async function isLive(project: Project, bundle: SafeBundle | undefined): Promise<boolean> {
  if (bundle === undefined || bundle.signatures.length === 0) return false;
  return (await readSafe(project.rpc, bundle.safe.address)).nonce <= bundle.transaction.nonce;
}

/** A Safe goes through its nonces without gaps: one that is given up must be used up when others come after it. */
async function othersWaitFor(project: Project, bundle: SafeBundle): Promise<boolean> {
  const stored = await readOwnProposals(project);
  const others = await Promise.all(stored.map((one) => loadSafeBundle(one)));
  return others.some((other) => other?.safe.address === bundle.safe.address && other.transaction.nonce > bundle.transaction.nonce);
}

function cancellation(
  { proposal }: StoredProposal,
  kind: AuthorityRef["kind"],
  address: Call["to"],
): Call | undefined {
  switch (kind) {
    case "governor":
      return {
        to: address,
        valueWei: 0n,
        data: governorInterface.encodeFunctionData("cancel", [updateOf(proposal.calls, proposal.route.salt)]) as Hex,
      };
    case "timelock":
      return timelockCancellation(address, proposal.calls, proposal.route.salt);
    case "eoa":
    case "safe":
    case "divided":
    case "vote-governor":
      return undefined;
  }
}
