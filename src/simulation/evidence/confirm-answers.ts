import { z } from "zod";
import { toRecordedError, type RecordedAnswer } from "../../chain/recorded-answer.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";

/**
 * Asks recorded calls of contracts again, of a local chain that stands at the recorded block, and gives the positions of those
 * it answers otherwise, or that cannot be asked of it because they speak of another block. Wording of errors plays no part.
 */
export async function unconfirmedAnswers(local: Rpc, block: bigint, answers: readonly RecordedAnswer[]): Promise<number[]> {
  const at = formatTag(block);
  const outcomes = await Promise.all(
    answers.map(async (answer) => {
      if (answer.method !== "eth_call") return true;
      const [request, tag, ...rest] = answer.params;
      if (tag !== at || rest.length > 0) return false;
      return (await askAgain(local, request)) === told(answer);
    }),
  );
  return outcomes.flatMap((holds, index) => (holds ? [] : [index]));
}

async function askAgain(local: Rpc, request: unknown): Promise<string> {
  try {
    const result = await local.request("eth_call", [request, "latest"], z.string());
    return result.toLowerCase();
  } catch (error) {
    const said = toRecordedError(error);
    if (said === undefined) throw error;
    return `error ${said.data ?? "0x"}`;
  }
}

function told({ result, error }: RecordedAnswer): string {
  return error === undefined ? String(result).toLowerCase() : `error ${error.data ?? "0x"}`;
}
