import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";

const RUN_AGAIN = "Run the same command again: it continues where it stopped and sends nothing twice.";

export function revertedBeforeSending(title: string, reason: string, data: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_SENDER_REVERTED",
    exit: Exit.reverted,
    message: `"${title}" would revert: ${reason}`,
    why: "Its gas was estimated against the chain as it is now. It was neither signed nor sent.",
    next: "Find out what the contract objects to, then run the same command again.",
    details: { sent: false, reason, data },
  });
}

export function revertedOnChain(title: string, hash: Hex, reason: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SENDER_REVERTED",
    exit: Exit.reverted,
    message: `"${title}" reverted: ${reason}`,
    why: `The transaction ${hash} was mined and had no effect but its fee.`,
    next: "Find out what the contract objected to. Running the same command again tries this step anew, with a new transaction.",
    details: { sent: true, hash, reason },
  });
}

export function noFunds(sender: Address, balanceWei: bigint, neededWei: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_SENDER_NO_FUNDS",
    exit: Exit.refused,
    message: `${sender} has too little ether to send this transaction`,
    why: `It holds ${formatEther(balanceWei)} ETH and may need up to ${formatEther(neededWei)} ETH for value and fees.`,
    next: `Send ether to ${sender}, then run the same command again.`,
    details: { sender, balanceWei, neededWei },
  });
}

export function nonceTaken(title: string, sender: Address, nonce: bigint, hashes: Hex[], why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SENDER_NONCE_TAKEN",
    exit: Exit.refused,
    message: `Another transaction of ${sender} used nonce ${nonce}, which "${title}" was signed for`,
    why,
    next: "Look up what that transaction did. Use the sender's account for nothing else while a journal is open.",
    details: { sender, nonce, hashes },
  });
}

export function notMined(title: string, hash: Hex, seconds: number): LpctlError {
  return new LpctlError({
    code: "LPCTL_SENDER_NOT_MINED",
    exit: Exit.waiting,
    message: `"${title}" was sent but not mined within ${seconds} s`,
    why: `The transaction is ${hash}. It may still be mined at any time.`,
    next: RUN_AGAIN,
    details: { hash },
  });
}

export function rejected(title: string, hash: Hex, cause: LpctlError): LpctlError {
  return new LpctlError({
    code: "LPCTL_SENDER_REJECTED",
    exit: Exit.refused,
    message: `The node refused to take the transaction of "${title}"`,
    why: String(cause.details?.["rpcMessage"] ?? cause.message),
    next: RUN_AGAIN,
    details: { hash },
    cause,
  });
}

export function noFeeMarket(origin: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SENDER_NO_FEE_MARKET",
    exit: Exit.refused,
    message: `The chain at ${origin} has no EIP-1559 fees`,
    why: "Its latest block has no base fee. Only chains with EIP-1559 transactions are supported.",
    next: "Check the network.",
  });
}

export function feeTooHigh(origin: string, priorityWei: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_SENDER_FEE_TOO_HIGH",
    exit: Exit.refused,
    message: `${origin} asks for a priority fee of ${priorityWei / 1_000_000_000n} gwei`,
    why: "Nothing was signed: such a fee would be paid whole, and no chain needs it.",
    next: "Do not trust this RPC. Choose another one: lpctl config explain",
    details: { priorityWei },
  });
}

export function otherChain(origin: string, wanted: bigint, found: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_SENDER_OTHER_CHAIN",
    exit: Exit.refused,
    message: `${origin} now serves chain ${found}, and this is meant for chain ${wanted}`,
    why: "Nothing was signed: a signature for another chain could be used there.",
    next: "Do not trust this RPC. Choose another one: lpctl config explain",
    details: { wanted, found },
  });
}

/** @param next what to type; unless said, what helps wherever effects show on the chain */
export function untrueJournal(path: string, title: string, why: string, next?: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_JOURNAL_UNTRUE",
    exit: Exit.refused,
    message: `The journal ${path} cannot be trusted`,
    why: `What it says of "${title}" is not so. ${why}`,
    next: next ?? "Find out where the journal came from. If it is none of yours, move it away and run the same command again: what is on the chain is found there",
    details: { path },
  });
}

export function otherPlan(path: string, code: "LPCTL_JOURNAL_OTHER_CHAIN" | "LPCTL_JOURNAL_OTHER_PLAN", why: string): LpctlError {
  return new LpctlError({
    code,
    exit: Exit.refused,
    message: "The journal belongs to something else",
    why: `${path}: ${why}`,
    next: code === "LPCTL_JOURNAL_OTHER_CHAIN" ? "Choose the network that the journal was written for (-n)." : "Finish what the journal holds with the command that began it, or use another journal.",
    details: { path },
  });
}

/** Four digits are enough to see what is missing. */
function formatEther(wei: bigint): string {
  const tenThousandths = (wei + 10n ** 14n - 1n) / 10n ** 14n;
  return `${tenThousandths / 10_000n}.${(tenThousandths % 10_000n).toString().padStart(4, "0")}`;
}
