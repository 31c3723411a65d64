import { createHash } from "node:crypto";
import { Journal } from "./journal.ts";
import { recheckMined } from "./recheck-mined.ts";
import { otherChain, otherPlan, untrueJournal } from "./sender-errors.ts";
import { SendingWindow } from "./sending-window.ts";
import type { Operation, OperationResult, SendOptions } from "./operation.ts";
import type { Hex } from "../protocol/hex.ts";

/**
 * Sends operations in order, each after the one before is confirmed (or several in flight, with a `window`), so that a kill at any instant loses
 * nothing and sends nothing twice: signed bytes and hash are on the disk before they leave, a repeated send
 * uses the same bytes, and at most one transaction exists per nonce and operation that can be mined.
 * Run again with the same journal it continues, and checks first that what it had seen mined still is.
 *
 * @throws LPCTL_SENDER_OTHER_CHAIN, LPCTL_JOURNAL_OTHER_CHAIN, LPCTL_JOURNAL_OTHER_PLAN, LPCTL_JOURNAL_LOCKED, LPCTL_JOURNAL_UNREADABLE, LPCTL_JOURNAL_UNTRUE,
 *   LPCTL_DISK_FULL, LPCTL_SENDER_REVERTED, LPCTL_SENDER_NO_FUNDS, LPCTL_SENDER_NONCE_TAKEN,
 *   LPCTL_SENDER_NOT_MINED, LPCTL_SENDER_REJECTED, LPCTL_SENDER_BAD_SIGNATURE, and what `Rpc` throws
 */
export async function sendOperations(options: SendOptions): Promise<OperationResult[]> {
  const { rpc, signer, operations } = options;
  if (new Set(operations.map(({ id }) => id)).size !== operations.length) throw new TypeError("two operations have the same id");
  const [chainId, genesis, pendingNonce] = await Promise.all([rpc.chainId(), rpc.block(0n), rpc.nonce(signer.address, "pending")]);
  if (chainId !== options.chainId) throw otherChain(rpc.origin, options.chainId, chainId);
  const journal = new Journal(options.journalPath, options.onCheckpoint);
  try {
    openPlan(journal, options, chainId, genesis.hash, pendingNonce);
    requireEachItsOwn(journal, operations);
    await requireSkippedDone(journal, options);
    const results: OperationResult[] = [];
    for (let pass = 1; ; pass++) {
      const receipts = await recheckMined(rpc, journal);
      // Once more at the end, when there was time for the first to be taken out again by a reorganisation.
      if (pass > 1 && (journal.inFlight().length === 0 || pass > MOST_PASSES)) return results;
      const window = new SendingWindow(options, journal, operations.length, (result, index) => void (results[index] = result));
      for (const [index, operation] of operations.entries()) await window.push(operation, index, receipts.known);
      await window.drain();
    }
  } finally {
    journal.close();
  }
}

/** Rather than chase a chain that reorganises for ever, the next run looks again. */
const MOST_PASSES = 5;

/** One transaction is one operation's. @throws LPCTL_JOURNAL_UNTRUE */
function requireEachItsOwn(journal: Journal, operations: readonly Operation[]): void {
  const seen = new Set<Hex>();
  for (const { index, hash } of journal.mined()) {
    if (seen.has(hash)) throw untrueJournal(journal.path, operations[index]?.title ?? "", `The transaction ${hash} is there for another operation already.`);
    seen.add(hash);
  }
}

const ASKED_AT_ONCE = 200;

/**
 * A journal that has as skipped what nobody did would leave a hole in the plan. Asked while there is something left to do: of a plan
 * that is complete, what it did may be undone again.
 * @throws LPCTL_JOURNAL_UNTRUE
 */
async function requireSkippedDone(journal: Journal, { operations, untrueNext }: SendOptions): Promise<void> {
  const states = operations.map((_, index) => journal.stateAt(index).status);
  if (states.every((status) => status === "confirmed" || status === "skipped")) return;
  const skipped = operations.filter(({ isDone, staysDone }, index) => staysDone === true && isDone !== undefined && states[index] === "skipped");
  for (let from = 0; from < skipped.length; from += ASKED_AT_ONCE) {
    const part = skipped.slice(from, from + ASKED_AT_ONCE);
    const answers = await Promise.all(part.map(async ({ isDone }) => isDone?.()));
    const missing = part[answers.indexOf(false)];
    if (missing !== undefined) throw untrueJournal(journal.path, missing.title, "It is there as done by somebody else before, and the chain does not show it.", untrueNext);
  }
}

/** sha256 over id, recipient, data and value of each operation, in order. */
function hashOperations(operations: readonly Operation[]): Hex {
  const list = operations.map(({ id, to, data, valueWei }) => [id, to, data.toLowerCase(), valueWei.toString()]);
  return `0x${createHash("sha256").update(JSON.stringify(list)).digest("hex")}`;
}

function openPlan(journal: Journal, options: SendOptions, chainId: bigint, genesisHash: Hex, firstNonce: bigint): void {
  const { signer, operations, journalPath } = options;
  const operationsHash = hashOperations(operations);
  const plan = journal.state?.plan;
  if (plan === undefined) {
    const list = operations.map(({ id, title }) => ({ id, title }));
    journal.append({ kind: "plan", version: 1, chainId, genesisHash, sender: signer.address, firstNonce, operationsHash, operations: list });
    return;
  }
  if (plan.chainId !== chainId) throw otherPlan(journalPath, "LPCTL_JOURNAL_OTHER_CHAIN", `it was begun on chain ${plan.chainId}, this is chain ${chainId}`);
  if (plan.genesisHash !== genesisHash) throw otherPlan(journalPath, "LPCTL_JOURNAL_OTHER_CHAIN", "this chain has the same id but another first block, e.g. a local chain that was started anew");
  if (plan.sender !== signer.address) throw otherPlan(journalPath, "LPCTL_JOURNAL_OTHER_PLAN", `it was begun by ${plan.sender}, not ${signer.address}`);
  if (plan.operationsHash !== operationsHash) throw otherPlan(journalPath, "LPCTL_JOURNAL_OTHER_PLAN", "it holds other operations than these");
}
