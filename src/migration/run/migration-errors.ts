import { Exit, LpctlError } from "../../errors.ts";
import { plural } from "../../protocol/plural.ts";
import { notBefore, type Standing } from "./read-standing.ts";
import type { Address } from "../../protocol/hex.ts";

/** What to type where a journal cannot be believed. */
export function rebuildNext(name: string): string {
  const number = Number.parseInt(name, 10);
  return `lpctl migrate rebuild ${Number.isNaN(number) ? name : number} --key NAME writes it anew, from what the chain shows`;
}

export function otherPlan(name: string, path: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_MIGRATE_CHANGED",
    exit: Exit.refused,
    message: `The migration ${name} was begun, and is not the same any more`,
    why,
    next: `Restore the script as it was when it was begun. What else is to be done goes into a new one: lpctl migrate new NAME`,
    details: { journal: path },
  });
}

export function otherSender(name: string, begun: Address, given: Address): LpctlError {
  return new LpctlError({
    code: "LPCTL_MIGRATE_OTHER_SENDER",
    exit: Exit.refused,
    message: `The migration ${name} was begun by ${begun}, and the key is that of ${given}`,
    why: "Which transactions are ours shows by who sent them.",
    next: `Choose the key of ${begun}: --key NAME`,
  });
}

export function enactedAlready(title: string, id: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_MIGRATE_ENACTED_ALREADY",
    exit: Exit.refused,
    message: `"${title}" is on the chain already, and this run has not sent it`,
    why: "Its predicate is true. Somebody else did it, or the predicate does not tell what it should. With --strict nothing is skipped.",
    next: "Look at the operation's `enacted`. To skip what is done, run it again without --strict",
    details: { operation: id },
  });
}

export function notEnacted(title: string, id: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_MIGRATE_NOT_ENACTED",
    exit: Exit.different,
    message: `"${title}" was carried out, and its predicate says that it was not`,
    why: "Either the calls do not do what they should, or `enacted` does not ask for what they do. Nothing after it was signed.",
    next: "Find out which of the two. It is not sent again while the journal holds it; after the script is corrected: lpctl migrate run",
    details: { operation: id },
  });
}

export function waitingElsewhere(title: string, proposal: string, { summary, untilBlock, readyAtSeconds, next }: Omit<Standing, "state">): LpctlError {
  return new LpctlError({
    code: "LPCTL_MIGRATE_WAITING",
    exit: Exit.waiting,
    message: `"${title}" is for others to do: proposal ${proposal}, ${summary}`,
    why: "Everything before it is done and stays done.",
    next,
    details: { proposal, summary, untilBlock, readyAtSeconds },
  });
}

export function blockedElsewhere(title: string, proposal: string, { summary, next }: Standing): LpctlError {
  return new LpctlError({
    code: "LPCTL_MIGRATE_BLOCKED",
    exit: Exit.refused,
    message: `"${title}" was for others to do, and does not happen: proposal ${proposal}, ${summary}`,
    why: "Everything before it is done and stays done. Nothing after it was signed.",
    next,
    details: { proposal, summary },
  });
}

export function notYet(title: string, readyAtSeconds: bigint, nowSeconds: bigint): LpctlError {
  const summary = `"${title}" ${notBefore(readyAtSeconds)}`;
  return new LpctlError({
    code: "LPCTL_MIGRATE_NOT_YET",
    exit: Exit.waiting,
    message: `${summary}, in ${plural(readyAtSeconds - nowSeconds, "second")}`,
    why: "The script says so. Everything before it is done and stays done.",
    next: "Run the same command again then",
    details: { proposal: null, summary, untilBlock: null, readyAtSeconds },
  });
}

export function senderBusy(sender: Address, waiting: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_MIGRATE_SENDER_BUSY",
    exit: Exit.waiting,
    message: `${sender} has ${waiting} ${waiting === 1n ? "transaction that is" : "transactions that are"} not mined yet, and this migration's journal knows of none`,
    why: "If they are of an earlier run whose journal was lost, signing anew would do everything twice.",
    next: "Wait until they are mined, then run the same command again",
    details: { sender, waiting },
  });
}

export function notVerified(name: string, differences: readonly string[]): LpctlError {
  return new LpctlError({
    code: "LPCTL_MIGRATE_NOT_VERIFIED",
    exit: Exit.different,
    message: `All operations of ${name} are on the chain, and ${differences.length === 1 ? "one thing is" : `${differences.length} things are`} not as it should be`,
    why: differences.slice(0, 5).join("; "),
    next: "Look at what the script's `verify` compares",
    details: { differences },
  });
}
