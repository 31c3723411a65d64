import { readAuthority } from "../../authority/climb.ts";
import { planRoute } from "../../authority/route.ts";
import type { RouteContext } from "../../authority/step.ts";
import { LpctlError } from "../../errors.ts";
import type { Call } from "../../proposal/call.ts";
import { canonicalHash } from "../../proposal/canonical.ts";
import type { Address } from "../../protocol/hex.ts";
import { hasFailed } from "../../simulation/has-failed.ts";
import type { Fork } from "../../simulation/fork.ts";

export interface Walked {
  /** What the fork did, one line each. */
  steps: string[];
  /** Why it came to nothing; undefined when the calls were made. */
  failure: string | undefined;
}

export interface Delays {
  delayBlocks: bigint;
  delaySeconds: bigint;
}

/**
 * Has an account make calls on a fork along its whole way: signatures given, votes cast, delays passed. Nobody's key is needed,
 * and what it takes on chain is what it takes here.
 */
export async function walkPath(fork: Fork, account: Address, title: string, calls: readonly Call[], delays: Delays): Promise<Walked> {
  const done: string[] = [];
  try {
    const [node, chainId, sinceBlock] = await Promise.all([readAuthority(fork.rpc, account), fork.rpc.chainId(), fork.rpc.blockNumber()]);
    const subject = canonicalHash({ title, calls });
    const context: RouteContext = {
      // Not a number that a real update or operation would use.
      parameters: { salt: BigInt(canonicalHash({ account, title, calls })) >> 1n, ...delays },
      subject: { proposalId: subject, title, reportHash: undefined, rehearsedAs: subject },
      sinceBlock,
      chainId,
      effect: async () => undefined,
    };
    const steps = await Promise.all(planRoute(node, calls, context).map((step) => step.simulation(fork.rpc)));
    for (const step of steps.flat()) {
      if (step.kind === "advance-blocks") await fork.advanceBlocks(step.blocks);
      else if (step.kind === "advance-time") fork.advanceTime(step.seconds);
      else {
        const receipt = await fork.send(step);
        if (hasFailed(receipt)) return { steps: done, failure: `"${step.title}" reverts` };
      }
      done.push(step.title);
    }
    return { steps: done, failure: undefined };
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    return { steps: done, failure: [error.message, error.why].filter((words) => words !== undefined).join(": ") };
  }
}

/** Makes calls in an account's own name, without the way to it. */
export async function sendDirectly(fork: Fork, from: Address, calls: readonly Call[]): Promise<string | undefined> {
  for (const [index, call] of calls.entries()) {
    const receipt = await fork.send({ from, ...call });
    if (hasFailed(receipt)) return `call ${index + 1} of ${calls.length}, to ${call.to}, reverts when ${from} makes it`;
  }
  return undefined;
}
