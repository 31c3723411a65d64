import { z } from "zod";
import { toRecordedError, type RecordedAnswer } from "../../chain/recorded-answer.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { sameHex } from "./same-hex.ts";

/** Whether a local chain answers it from its state alone. */
export function isOfState(method: string): boolean {
  return /^eth_(call|getCode|getBalance|getTransactionCount|getStorageAt)$/.test(method);
}

/**
 * Asks what was asked of an RPC again, of a local chain that stands at the recorded block, and gives the positions of answers
 * about state that it does not give, or cannot be asked for because they speak of another block. Wording of errors plays no part.
 */
export async function unconfirmedAnswers(local: Rpc, block: bigint, answers: readonly RecordedAnswer[]): Promise<number[]> {
  const at = formatTag(block);
  const outcomes = await Promise.all(
    answers.map(async (answer) => {
      if (!isOfState(answer.method)) return true;
      if (answer.params.at(-1) !== at) return false;
      return sameHex(await askAgain(local, answer), told(answer));
    }),
  );
  return outcomes.flatMap((holds, index) => (holds ? [] : [index]));
}

async function askAgain(local: Rpc, { method, params }: RecordedAnswer): Promise<string> {
  try {
    return await local.request(method, [...params.slice(0, -1), "latest"], z.string());
  } catch (error) {
    const said = toRecordedError(error);
    if (said === undefined) throw error;
    return `error ${said.data ?? "0x"}`;
  }
}

function told({ result, error }: RecordedAnswer): string {
  return error === undefined ? String(result) : `error ${error.data ?? "0x"}`;
}
