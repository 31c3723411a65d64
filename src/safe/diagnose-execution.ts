import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { findGsCode } from "../protocol/gs-codes.ts";
import { ZERO_ADDRESS } from "../protocol/hex.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { SafeBundle } from "./bundle.ts";
import { encodeExecTransaction } from "./execute.ts";
import { unpackCalls } from "./multisend.ts";
import { readExecutionAt } from "./read-executions.ts";
import type { SafeFacts } from "./read-safe.ts";
import { compareOwners, encodeSignatures, selectSignatures } from "./signature.ts";
import { findSignatureFaults } from "./signature-faults.ts";
import type { SafeTransaction } from "./transaction.ts";

type Executable = Pick<SafeBundle, "chainId" | "transaction" | "hashes" | "signatures">;

export interface DiagnosisOptions {
  /** Who will send it; an owner who sends gives an approval by sending. */
  from?: Address | undefined;
  /** The bytes that will be sent in place of the bundle's signatures. */
  signatures?: Hex | undefined;
  /** The Safe's nonce when a person looked at it. */
  reviewedNonce?: bigint | undefined;
  /** Leaves the call itself out, for who runs it on a fork, where more is seen. */
  withoutCall?: boolean | undefined;
  /** Other Safes of the same people, for telling what a wrong signature is of. */
  otherSafes?: readonly Address[] | undefined;
}

/**
 * Says why a Safe transaction cannot be executed now, before anything is sent. The Safe itself has one answer, GS026, for most of
 * it; here the nonce, each signature and then the call as it would be sent are looked at, in this order.
 * @throws LPCTL_SAFE_ALREADY_EXECUTED, LPCTL_BUNDLE_STALE_NONCE, LPCTL_SAFE_NONCE_AHEAD (exit 5), LPCTL_SAFE_NONCE_MOVED (exit 7),
 * LPCTL_SAFE_SIGNATURES_MISSING (exit 5), LPCTL_SAFE_SIGNATURE_FOREIGN, _FORMER_OWNER, _UNSORTED, _DUPLICATE, _DAMAGED,
 * LPCTL_SAFE_SIGNER_NOT_OWNER, LPCTL_SAFE_NO_FUNDS and LPCTL_SAFE_EXECUTION_REVERTS (exit 4)
 */
export async function diagnoseExecution(bundle: Executable, safe: SafeFacts, rpc: Rpc, options: DiagnosisOptions = {}): Promise<void> {
  await requireOpenNonce(rpc, safe, { nonce: bundle.transaction.nonce, safeTxHash: bundle.hashes.safeTxHash });
  requireItsTurn(safe, bundle.transaction.nonce, options.reviewedNonce);
  const signatures = await requireSoundSignatures(bundle, safe, rpc, options);
  if (options.withoutCall !== true) await requireNoRevert(bundle, safe, rpc, signatures, options);
}

/**
 * A nonce is used once. Where it is used, the transaction that used it is named.
 * @throws LPCTL_SAFE_ALREADY_EXECUTED when it was this very hash (`details.outcome`), LPCTL_BUNDLE_STALE_NONCE
 */
export async function requireOpenNonce(rpc: Rpc, safe: Pick<SafeFacts, "address" | "nonce" | "blockNumber">, tx: { nonce: bigint; safeTxHash: Hex }): Promise<void> {
  if (tx.nonce >= safe.nonce) return;
  const used = await readExecutionAt(rpc, safe, tx.nonce);
  const details = { safe: safe.address, nonce: tx.nonce, currentNonce: safe.nonce, ...(used === undefined ? {} : { transaction: used.transaction, safeTxHash: used.safeTxHash, outcome: used.outcome }) };
  if (used?.safeTxHash === tx.safeTxHash) {
    throw new LpctlError({
      code: "LPCTL_SAFE_ALREADY_EXECUTED",
      exit: used.outcome === "success" ? Exit.refused : Exit.reverted,
      message: `The Safe ${safe.address} has executed ${tx.safeTxHash} already${used.outcome === "success" ? "" : ", and the call inside failed"}`,
      why: `Somebody sent it in ${used.transaction} (block ${used.blockNumber}).`,
      next: used.outcome === "success" ? "There is nothing left to do: lpctl safe queue" : "Its nonce is used up. Prepare the transaction again.",
      details,
    });
  }
  throw new LpctlError({
    code: "LPCTL_BUNDLE_STALE_NONCE",
    exit: Exit.refused,
    message: `Nonce ${tx.nonce} of the Safe is used; its nonce is ${safe.nonce}`,
    why:
      used === undefined
        ? "another transaction was executed with it; the node does not show which"
        : `Safe transaction ${used.safeTxHash} was executed with it in ${used.transaction} (block ${used.blockNumber})`,
    next: "A proposal gets the next free nonce with: lpctl safe reanchor NUMBER",
    details,
  });
}

function requireItsTurn({ address, nonce: live }: SafeFacts, nonce: bigint, reviewedNonce: bigint | undefined): void {
  if (reviewedNonce !== undefined && reviewedNonce !== live) {
    throw new LpctlError({
      code: "LPCTL_SAFE_NONCE_MOVED",
      exit: Exit.different,
      message: `The nonce of the Safe ${address} went from ${reviewedNonce} to ${live} while this was being looked at`,
      why: "Another transaction of the Safe was executed, and may have changed what was reviewed.",
      next: "Run the command again, and look at it again",
      details: { safe: address, reviewedNonce, currentNonce: live },
    });
  }
  if (nonce === live) return;
  const first = nonce - live === 1n ? `transaction ${live} comes` : `transactions ${live} to ${nonce - 1n} come`;
  throw new LpctlError({
    code: "LPCTL_SAFE_NONCE_AHEAD",
    exit: Exit.waiting,
    message: `Nonce ${nonce} is not the Safe's turn: its nonce is ${live}`,
    why: `A Safe goes through its nonces one by one; its ${first} first.`,
    next: "lpctl safe queue",
    details: { safe: address, nonce, currentNonce: live },
  });
}

async function requireSoundSignatures(bundle: Executable, safe: SafeFacts, rpc: Rpc, options: DiagnosisOptions): Promise<Hex> {
  const context = { rpc, chainId: bundle.chainId, safe: safe.address, owners: safe.owners, threshold: safe.threshold, tx: bundle.transaction, otherSafes: options.otherSafes };
  if (options.signatures !== undefined) {
    const [fault] = await findSignatureFaults(options.signatures, context);
    if (fault !== undefined) throw fault.error;
    return options.signatures;
  }
  const chosen = await chooseSignatures(bundle, safe, context);
  const blob = encodeSignatures(chosen);
  const claimed = chosen.toSorted(compareOwners).map(({ owner }) => owner);
  const [fault] = await findSignatureFaults(blob, { ...context, claimed });
  if (fault !== undefined) throw fault.error;
  return blob;
}

/** Too few signatures where some are of strangers or former owners: then those are the reason. */
async function chooseSignatures(bundle: Executable, safe: SafeFacts, context: Omit<Parameters<typeof findSignatureFaults>[1], "claimed">): Promise<SafeBundle["signatures"]> {
  try {
    return selectSignatures(bundle.signatures, safe.owners, safe.threshold);
  } catch (error) {
    const strangers = bundle.signatures.filter(({ owner, kind }) => kind !== "contract" && !safe.owners.includes(owner));
    if (strangers.length === 0 || !(error instanceof LpctlError) || error.code !== "LPCTL_SAFE_SIGNATURES_MISSING") throw error;
    const claimed = strangers.map(({ owner }) => owner);
    const [fault] = await findSignatureFaults(encodeSignatures(strangers), { ...context, threshold: BigInt(strangers.length), claimed });
    throw fault?.error ?? error;
  }
}

/** The call exactly as it would be sent. */
async function requireNoRevert(bundle: Executable, safe: SafeFacts, rpc: Rpc, signatures: Hex, { from }: DiagnosisOptions): Promise<void> {
  const data = encodeExecTransaction(bundle.transaction, signatures);
  const revert = await revertOf(rpc.call({ to: safe.address, data, isTransaction: true, ...(from === undefined ? {} : { from }) }));
  if (revert === undefined) return;
  await requireFunds(bundle, safe, rpc);
  const known = findGsCode(revert);
  const inner = known === undefined || known.code === "GS013" ? await innerRevert(rpc, safe.address, bundle.transaction) : undefined;
  const byGuard = known === undefined && inner === undefined && safe.guard !== ZERO_ADDRESS;
  throw new LpctlError({
    code: "LPCTL_SAFE_EXECUTION_REVERTS",
    exit: Exit.reverted,
    message: `The Safe transaction ${bundle.hashes.safeTxHash} would revert`,
    why: [
      revert,
      ...(inner === undefined ? [] : [`${bundle.transaction.operation === 0 ? "The call inside fails:" : "Of the calls inside, asked one by one,"} ${inner.to} answers "${inner.reason}".`]),
      ...(byGuard ? [`The Safe has a guard, ${safe.guard}, which may be what refuses.`] : []),
    ].join("\n"),
    next: inner === undefined && known !== undefined ? known.next : "Nothing was sent and the nonce is still free. Find out what the call fails on: lpctl proposal simulate",
    details: { safe: safe.address, reason: revert, ...(known === undefined ? {} : { gsCode: known.code }), ...(inner === undefined ? {} : { innerReason: inner.reason, innerTo: inner.to }) },
  });
}

/** Only for what does revert: a batch may be paid before it pays. */
async function requireFunds({ transaction, hashes }: Executable, { address }: SafeFacts, rpc: Rpc): Promise<void> {
  const neededWei = unpackCalls(transaction).reduce((sum, { valueWei }) => sum + valueWei, 0n);
  if (neededWei === 0n) return;
  const balanceWei = await rpc.balanceWei(address);
  if (balanceWei >= neededWei) return;
  throw new LpctlError({
    code: "LPCTL_SAFE_NO_FUNDS",
    exit: Exit.reverted,
    message: `The Safe ${address} has too little ether for the Safe transaction ${hashes.safeTxHash}`,
    why: `It has ${balanceWei} wei, and the transaction sends ${neededWei} wei.`,
    next: `Nothing was sent and the nonce is still free. Send the Safe ${neededWei - balanceWei} wei more, and run the command again`,
    details: { safe: address, balanceWei, neededWei },
  });
}

/** Safe up to 1.4.1 loses the reason of the call it makes; asked in the Safe's name, the called contract gives it again. */
async function innerRevert(rpc: Rpc, safe: Address, tx: SafeTransaction): Promise<{ to: Address; reason: string } | undefined> {
  for (const { to, valueWei, data } of unpackCalls(tx)) {
    const reason = await revertOf(rpc.call({ from: safe, to, valueWei, data, isTransaction: true }));
    if (reason !== undefined) return { to, reason };
  }
  return undefined;
}

/** What a call reverts with, in words; undefined when it does not. */
async function revertOf(call: Promise<Hex>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_CHAIN_CALL_REVERTED") throw error;
    return error.message.replace(/^The call reverts: /, "");
  }
}
