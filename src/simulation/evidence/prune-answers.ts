import { Exit, LpctlError } from "../../errors.ts";
import type { RecordedAnswer } from "../../chain/recorded-answer.ts";
import { printable } from "../../protocol/printable.ts";
import type { RecordedState } from "../witness/recorded-state.ts";
import { answerFromState } from "./answer-from-state.ts";
import { sameHex } from "./same-hex.ts";

/** How the state was fetched is no part of what was found. */
const OF_THE_WITNESS = /^(eth_getProof|eth_createAccessList)$/;

/**
 * The answers that the recorded state does not give itself.
 * @throws LPCTL_EVIDENCE_CONTRADICTION where the state says another thing than the RPC did
 */
export function pruneAnswers(answers: readonly RecordedAnswer[], state: RecordedState): RecordedAnswer[] {
  const tell = answerFromState(state);
  return answers.filter((answer) => {
    if (OF_THE_WITNESS.test(answer.method)) return false;
    const told = tell(answer.method, answer.params);
    if (told === undefined) return true;
    if (typeof told === "string" && !(typeof answer.result === "string" && sameHex(told, answer.result))) throw contradiction(answer, told);
    return false;
  });
}

function contradiction({ method, params, result }: RecordedAnswer, told: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_EVIDENCE_CONTRADICTION",
    exit: Exit.network,
    message: `The RPC contradicts itself: its answer to ${method} is not what the state of the same block holds`,
    why: printable(`${JSON.stringify(params).slice(0, 160)}: ${String(result).slice(0, 80)}, and ${told.slice(0, 80)} in the state`),
    next: "Do not believe this RPC. Use another one, and simulate again: lpctl proposal simulate",
    details: { method, params },
  });
}
