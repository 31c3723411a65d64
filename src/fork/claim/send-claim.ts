import { Interface } from "ethers/abi";
import { describeRevert } from "../../chain/fees.ts";
import type { Operation } from "../../chain/operation.ts";
import { tryReadFunction } from "../../chain/read-function.ts";
import { sendOperations } from "../../chain/sender.ts";
import type { TransactionSigner } from "../../chain/transaction.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { bondingManagerCurrentAbi } from "../../protocol/abi/bonding.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { utcTime } from "../../report/utc-time.ts";
import { encodeClaim, encodeOpen, type ClaimChoice } from "../loading/claim-calls.ts";
import { readClaimsState } from "../loading/claims-state.ts";
import type { OpenedClaim, OpenedClaims } from "./open-claim.ts";

/** What SnapshotClaims and whatever it calls may revert with. */
const ERRORS = new Interface([
  "error SnapshotClaimsNotStaged(bytes32 root)",
  "error SnapshotClaimsInReview(uint256 opensAt)",
  "error SnapshotClaimsUnderfunded(uint256 tokens, uint256 fees)",
  "error SnapshotClaimsClosed(uint256 claimEnd)",
  "error SnapshotClaimsUnauthorized(address caller, address account)",
  "error SnapshotClaimsAlreadyClaimed(uint256 index)",
  "error SnapshotClaimsInvalidProof(uint256 index)",
  "error ManagerSystemPaused()",
  "error BondingDelegateChangeByOther(address owner)",
  "error BondingInvalidDelegate()",
  "error BondingRewardPending(address owner)",
]);

export interface SendClaimOptions {
  signer: TransactionSigner;
  journalPath: string;
  onProgress?: ((what: string) => void) | undefined;
}

/** Opens the claims, as anybody can once the review is over. Done already where they are open. */
export function openOperation({ rpc }: Project, { published: { contract, tree } }: OpenedClaims): Operation {
  return { id: "open", title: "Open the claims", to: contract, data: encodeOpen(tree.root), valueWei: 0n, isDone: async () => ((await readClaimsState(rpc, contract))?.claimEnd ?? 0n) > 0n };
}

export function claimOperation(project: Project, { published: { contract }, claim }: OpenedClaim, choice: ClaimChoice): Operation {
  const [index] = claim.entry;
  return {
    id: "claim",
    title: `Claim row ${index}`,
    to: contract,
    data: encodeClaim(claim, choice),
    valueWei: 0n,
    isDone: async () => (await tryReadFunction(project.rpc, contract, "function isClaimed(uint256 index) view returns (bool)", [index]))?.[0] === true,
  };
}

/** @throws LPCTL_CLAIM_IN_REVIEW, LPCTL_CLAIM_OVER */
export function requireOpenable({ path, state }: OpenedClaims): void {
  if (state.phase === "review") throw inReview(state.opensAt, path);
  if (state.phase === "over") throw over(state.claimEnd);
}

/**
 * Whether an account can claim now, tried on the newest block where the claims are open.
 * @throws LPCTL_CLAIM_IN_REVIEW, LPCTL_CLAIM_OVER, LPCTL_CLAIM_DONE, LPCTL_CLAIM_PAUSED, LPCTL_CLAIM_WOULD_REVERT
 */
export async function requireClaimable(project: Project, opened: OpenedClaim, choice: ClaimChoice): Promise<void> {
  const { account, state, isClaimed, path, published } = opened;
  if (isClaimed) throw alreadyClaimed(account);
  requireOpenable(opened);
  if (await isPaused(project, opened.controller)) throw paused(path);
  if (state.phase !== "open") return;
  const { data } = claimOperation(project, opened, choice);
  await project.rpc.call({ from: account, to: published.contract, data }).catch(async (error: unknown) => {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_CHAIN_CALL_REVERTED") throw error;
    throw wouldRevert(account, await describeRevert(error, errorAbis()));
  });
}

/**
 * Sends what is left to do, each in the journal before it leaves.
 * @returns hashes of what this run sent
 * @throws what sendOperations throws
 */
export async function sendClaim({ rpc, chainId }: Project, operations: readonly Operation[], { signer, journalPath, onProgress }: SendClaimOptions): Promise<Hex[]> {
  const results = await sendOperations({
    rpc,
    chainId,
    signer,
    journalPath,
    operations,
    errorAbis: errorAbis(),
    onProgress: ({ kind, hash, operation }) => onProgress?.(`${kind}: ${operation.title}${hash === undefined ? "" : ` (${hash})`}`),
  });
  return results.flatMap((result) => (result.outcome === "confirmed" ? [result.hash] : []));
}

async function isPaused({ rpc }: Project, controller: Address): Promise<boolean> {
  return (await tryReadFunction(rpc, controller, "function paused() view returns (bool)"))?.[0] === true;
}

function errorAbis(): Interface[] {
  return [ERRORS, new Interface(bondingManagerCurrentAbi)];
}

function inReview(opensAt: bigint, path: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_CLAIM_IN_REVIEW",
    exit: Exit.waiting,
    message: `What can be claimed is in review until ${utcTime(opensAt)}`,
    why: "nobody can shorten that, and nothing can be claimed before",
    next: `From then on: lpctl fork claim ${printable(path)}`,
    details: { opensAt },
  });
}

function over(claimEnd: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_CLAIM_OVER",
    exit: Exit.refused,
    message: `Nothing can be claimed any more since ${utcTime(claimEnd)}`,
    why: "what nobody claimed goes to the account that the fork file names for it",
    next: "Ask whoever governs the fork",
    details: { claimEnd },
  });
}

function alreadyClaimed(account: Address): LpctlError {
  return new LpctlError({ code: "LPCTL_CLAIM_DONE", exit: Exit.refused, message: `${account} has claimed already`, why: "each account claims once", next: "Nothing is left to do: its stake is bonded on the fork", details: { account } });
}

function paused(path: string): LpctlError {
  return new LpctlError({ code: "LPCTL_CLAIM_PAUSED", exit: Exit.waiting, message: "The fork is paused, and nothing can be claimed meanwhile", why: "its owner ends the pause", next: `After that: lpctl fork claim ${printable(path)}` });
}

function wouldRevert(account: Address, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_CLAIM_WOULD_REVERT",
    exit: Exit.reverted,
    message: `The claim of ${account} would revert now`,
    why,
    next: "Where the round was not begun, somebody has to begin it; where the account is bonded already, name its delegate with --delegate",
    details: { account },
  });
}
