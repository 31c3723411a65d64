/** Whether the answers that evidence holds are those of the chain that its state makes. */
import { requestKey } from "../chain/recorded-answer.ts";
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";
import { answerFromState } from "../simulation/evidence/answer-from-state.ts";
import { isOfState, unconfirmedAnswers } from "../simulation/evidence/confirm-answers.ts";
import type { Evidence } from "../simulation/evidence/evidence.ts";
import { refuseEvidence } from "../simulation/evidence/evidence-error.ts";
import { startForkOf } from "../simulation/fork.ts";
import { startRecorded } from "../simulation/witness/witness.ts";
import type { Assessment } from "./assess-proposal.ts";

/**
 * How many calls of contracts the local chain answered as the file does.
 * @throws LPCTL_EVIDENCE_ANSWER_DIFFERS for one it answers otherwise and the file does not own up to
 */
export function requireConfirmed({ answers, unconfirmed, state }: Evidence, { record }: Assessment): number {
  const tell = answerFromState(state);
  const admitted = new Set(unconfirmed.flatMap((index) => answers.slice(index, index + 1)).map(({ method, params }) => requestKey(method, params)));
  let confirmed = 0;
  for (const answer of record.answers().filter(({ method }) => isOfState(method))) {
    if (record.confirmed.has(answer)) confirmed += answer.method === "eth_call" ? 1 : 0;
    else if (tell(answer.method, answer.params) === undefined && !admitted.has(requestKey(answer.method, answer.params))) throw answerDiffers(answer.params[0]);
  }
  return confirmed;
}

/** An altered answer leads astray in a hundred ways, so the answers are asked again before anything else is blamed. */
export async function whyNot(evidence: Evidence, error: unknown): Promise<unknown> {
  if (!(error instanceof LpctlError) || /^LPCTL_(EVIDENCE|STATE)_/.test(error.code)) return error;
  const { answers, state } = evidence;
  const fork = await startForkOf(await startRecorded(state));
  try {
    const wrong = await unconfirmedAnswers(fork.rpc, fork.block.number, answers).catch(() => []);
    const first = wrong.find((index) => !evidence.unconfirmed.includes(index));
    if (first !== undefined) return answerDiffers(answers[first]?.params[0]);
  } finally {
    await fork.stop();
  }
  return new LpctlError({
    code: "LPCTL_EVIDENCE_DIFFERENT",
    exit: Exit.different,
    message: "What was recorded cannot be made again",
    why: [error.message, error.why].filter((part) => part !== undefined).join(": "),
    next: `Try the version that made the file: ${evidence.producedBy}`,
    cause: error,
  });
}

function answerDiffers(call: unknown): LpctlError {
  const what = printable(JSON.stringify(call ?? null).slice(0, 200));
  return refuseEvidence("LPCTL_EVIDENCE_ANSWER_DIFFERS", "An answer in the evidence is not the one that the chain gives", `asked of the state in the file, ${what} gives another answer`);
}
