import { keccak256 } from "ethers/crypto";
import { tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { SafeChangeFacts, SafePart } from "../../checks/check.ts";
import { LpctlError } from "../../errors.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import type { SafeChange } from "../../proposal/safe-change.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { encodeApproveHash, encodeExecTransaction, prevalidatedSignatures } from "../../safe/execute.ts";
import { packCalls } from "../../safe/multisend.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import { officialContractOfCode } from "../../safe/safe-contracts.ts";
import { hashSafeTransaction } from "../../safe/transaction.ts";
import type { AddressBook } from "../../simulation/contract-book.ts";
import type { Fork } from "../../simulation/fork.ts";
import { runRoute } from "../../simulation/route-runner.ts";

const SUPPORTS_INTERFACE = "function supportsInterface(bytes4) view returns (bool)";
/** ERC-165 id of Safe's `ITransactionGuard`, which `setGuard` asks for from 1.4.1 on. */
const GUARD_INTERFACE: Hex = "0xe6d7a83a";

/** Safes that a proposal changes: what they are before, and the code that comes into them. */
export async function readSafeChanges(rpc: Rpc, { intents }: Proposal): Promise<Omit<SafeChangeFacts, "after" | "stuck">[]> {
  const changes = intents.flatMap((intent) => (intent.kind === "change-safe" ? [intent] : []));
  return Promise.all(
    [...new Set(changes.map(({ safe }) => safe))].map(async (safe) => {
      const [facts, parts] = await Promise.all([readSafe(rpc, safe), Promise.all(changes.filter((one) => one.safe === safe).flatMap(({ change }) => partsOf(change).map((part) => readPart(rpc, part))))]);
      return { safe, before: settingsOf(facts), parts };
    }),
  );
}

/** The same Safes on a fork, after the proposal: what they are, and whether an empty transaction of theirs still goes through. */
export async function readChangedSafes(fork: Fork, proposal: Proposal, book: AddressBook, before: readonly Omit<SafeChangeFacts, "after" | "stuck">[]): Promise<SafeChangeFacts[]> {
  const changed: SafeChangeFacts[] = [];
  // One after the other: each is tried on the fork and taken back.
  for (const facts of before) {
    const after = await readSafe(fork.rpc, facts.safe).catch((error: unknown) => {
      if (error instanceof LpctlError) return undefined;
      throw error;
    });
    const stuck = after === undefined ? "it is no Safe any more" : await whyStuck(fork, proposal, book, after);
    changed.push({ ...facts, after: after === undefined ? undefined : settingsOf(after), stuck });
  }
  return changed;
}

/** Owners approve, on the fork and in their names, a transaction that does nothing. */
async function whyStuck(fork: Fork, proposal: Proposal, book: AddressBook, safe: SafeFacts): Promise<string | undefined> {
  const transaction = packCalls([{ to: safe.address, valueWei: 0n, data: "0x" }], safe);
  const { safeTxHash } = hashSafeTransaction(proposal.chainId, safe.address, transaction);
  const approvers = safe.owners.slice(0, Number(safe.threshold));
  const [executor = safe.address] = approvers;
  const step = { kind: "transaction" as const, to: safe.address, valueWei: 0n };
  const steps = [
    ...approvers.map((from) => ({ ...step, title: `${from} approves`, from, data: encodeApproveHash(safeTxHash), setup: true })),
    { ...step, title: "An empty transaction", from: executor, data: encodeExecTransaction(transaction, prevalidatedSignatures(approvers)) },
  ];
  return fork.tryOut(async () => {
    const { steps: outcomes } = await runRoute(fork, { steps, book, proposalId: proposal.id, assumptions: [] });
    const last = outcomes.at(-1);
    return last?.outcome === "success" ? undefined : (last?.revertReason ?? "reverted without a reason");
  });
}

function settingsOf({ owners, threshold, modules }: SafeFacts): SafeChangeFacts["before"] {
  return { owners, threshold, modules };
}

type Part = Pick<SafePart, "what" | "address"> & { pinned: Hex };

function partsOf(change: SafeChange): Part[] {
  switch (change.what) {
    case "enable-module":
      return [{ what: "module", address: change.module, pinned: change.codeHash }];
    case "set-guard":
      return change.guard === ZERO_ADDRESS ? [] : [{ what: "guard", address: change.guard, pinned: change.codeHash }];
    case "set-fallback-handler":
      return change.handler === ZERO_ADDRESS ? [] : [{ what: "fallback handler", address: change.handler, pinned: change.codeHash }];
    default:
      return [];
  }
}

async function readPart(rpc: Rpc, { what, address, pinned }: Part): Promise<SafePart> {
  const [code, isGuard] = await Promise.all([rpc.code(address), what === "guard" ? answersAsGuard(rpc, address) : true]);
  const codeHash = keccak256(code) as Hex;
  return { what, address, hasCode: code !== "0x", isSameCode: codeHash === pinned, isOfficial: officialContractOfCode(codeHash, ["CompatibilityFallbackHandler", "ExtensibleFallbackHandler"]) !== undefined, isGuard };
}

async function answersAsGuard(rpc: Rpc, address: Address): Promise<boolean> {
  return (await tryReadFunction(rpc, address, SUPPORTS_INTERFACE, [GUARD_INTERFACE]))?.[0] === true;
}
