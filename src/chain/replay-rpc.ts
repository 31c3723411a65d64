import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";
import { requestKey, settle, type RecordedAnswer } from "./recorded-answer.ts";
import type { Endpoint } from "./rpc-errors.ts";
import { Rpc, type Transport } from "./rpc.ts";

/** Answers a request without a record; undefined where it cannot. */
export type Answerer = (method: string, params: readonly unknown[]) => unknown;

/**
 * An `Rpc` that speaks to nobody: it repeats what was recorded.
 * @param url where a local chain may be forked from, should anybody ask; never asked by this `Rpc` itself
 * @param answer asked first, for what need not be recorded because something better tells it
 */
export function replayRpc(url: string, answers: readonly RecordedAnswer[], answer: Answerer = () => undefined): Rpc {
  const recorded = new Map(answers.map((one) => [requestKey(one.method, one.params), one]));
  return new Rpc(url, { transport: replayTransport(recorded, answer) });
}

const ENDPOINT: Endpoint = { origin: "the evidence file", redact: printable };

function replayTransport(recorded: ReadonlyMap<string, RecordedAnswer>, answer: Answerer): Transport {
  return {
    endpoint: ENDPOINT,
    async send(method, params) {
      // In a later turn, as from a network: nothing that is asked may depend on being answered at once.
      await Promise.resolve();
      const told = answer(method, params);
      if (told !== undefined) return told;
      const found = recorded.get(requestKey(method, params));
      if (found !== undefined) return settle(found, ENDPOINT);
      throw new LpctlError({
        code: "LPCTL_EVIDENCE_NOT_RECORDED",
        exit: Exit.refused,
        message: `The evidence holds no answer to ${method}`,
        why: `asked with ${printable(JSON.stringify(params).slice(0, 200))}: another version of lpctl may ask what the one that wrote the file did not, or the file was edited`,
        next: "Reproduce it with the version of lpctl that wrote it, or write it anew: lpctl proposal simulate",
        details: { method, params },
      });
    },
  };
}
