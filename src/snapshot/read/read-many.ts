import { z } from "zod";
import { decodeAggregated, encodeAggregate, MULTICALL3 } from "../../chain/bulk-calls.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { openSource, type BulkSource } from "./bulk-source.ts";
import { ANSWERED, getterLensCall, REVERTED } from "./getter-lens.ts";
import { answerShort, answerUnexpected } from "./read-errors.ts";
import type { Route } from "./read-in-chunks.ts";
import { readRecords, type BulkOptions } from "./read-slots.ts";
import { bytesOf, decodeLens, hexOf } from "./slot-lens.ts";

/** Many questions of one shape to one contract: view functions whose arguments and results have a fixed size. */
export interface Questions {
  contract: Address;
  /** Call data, `questionBytes` each, one behind the other. */
  data: Uint8Array;
  questionBytes: number;
  /** Words of each answer. */
  words: number;
}

export interface Answers {
  /** 32 bytes for each word, in the order of the questions; zeros where a call reverted. */
  words: Uint8Array;
  /** 1 for each question that was answered, 0 where the call reverted. */
  answered: Uint8Array;
}

/**
 * View functions in bulk: through a lens that is there for one `eth_call`, else Multicall3, else batches of JSON-RPC.
 * A call that reverts among many is asked again alone, since it may only have been short of gas.
 * @throws LPCTL_SNAPSHOT_ANSWER_UNEXPECTED, and what `readSlots` throws
 */
export async function readMany(rpc: Rpc, questions: Questions, options: BulkOptions): Promise<Answers> {
  const { contract, data, questionBytes, words } = questions;
  if (questionBytes < 4 || data.length % questionBytes !== 0) throw new RangeError("questions have one size each");
  const count = data.length / questionBytes;
  const recordBytes = 1 + words * 32;
  const records = new Uint8Array(count * recordBytes);
  if (count > 0) {
    const source = await openSource(rpc, options.block);
    const routes = [callsRoute(source, questions)];
    if (source.hasMulticall) routes.unshift(multicallRoute(source, questions));
    if (source.takesOverrides) routes.unshift(lensRoute(source, questions));
    await readRecords(source, { questions: data, questionBytes, into: records, recordBytes, of: `${contract} ${words}`, routes, options });
  }
  const answers = { words: new Uint8Array(count * words * 32), answered: new Uint8Array(count) };
  for (let index = 0; index < count; index++) {
    const at = index * recordBytes;
    if (records[at] !== ANSWERED) continue;
    answers.answered[index] = 1;
    answers.words.set(records.subarray(at + 1, at + recordBytes), index * words * 32);
  }
  return answers;
}

function lensRoute(source: BulkSource, questions: Questions): Route {
  const { reader, paces } = source;
  const { contract, data, questionBytes, words } = questions;
  return {
    pace: paces.getterLens,
    read: async (from, count) => {
      const asked = data.subarray(from * questionBytes, (from + count) * questionBytes);
      const answer = await reader.ask({
        method: "eth_call",
        params: (at) => getterLensCall(contract, asked, questionBytes, words * 32, at),
        schema: z.string(),
        options: { isTransaction: true, together: {} },
      });
      const records = decodeLens(answer);
      const due = count * (1 + words * 32);
      if (records?.length !== due) throw answerShort(reader.rpc.origin, contract, due, records?.length ?? 0);
      return confirm(source, questions, from, records);
    },
    givenUp: () => {
      source.takesOverrides = false;
    },
  };
}

function multicallRoute(source: BulkSource, questions: Questions): Route {
  const { reader, paces } = source;
  const { contract, words } = questions;
  return {
    pace: paces.multicall,
    read: async (from, count) => {
      const calls = Array.from({ length: count }, (_, index) => ({ to: contract, data: questionAt(questions, from + index) }));
      const data = encodeAggregate(calls);
      const answer = await reader.ask({ method: "eth_call", params: (at) => [{ to: MULTICALL3, data }, at], schema: z.string(), options: { isTransaction: true, together: {} } });
      let answers: (Hex | undefined)[];
      try {
        answers = decodeAggregated(answer as Hex, count);
      } catch (error) {
        if (error instanceof RangeError || error instanceof SyntaxError) throw answerShort(reader.rpc.origin, MULTICALL3, count * words * 32, answer.length / 2 - 1);
        throw error;
      }
      const records = new Uint8Array(count * (1 + words * 32));
      for (const [index, given] of answers.entries()) {
        const bytes = given === undefined ? undefined : bytesOf(given.slice(2));
        if (bytes?.length !== words * 32) continue;
        records[index * (1 + words * 32)] = ANSWERED;
        records.set(bytes, index * (1 + words * 32) + 1);
      }
      return confirm(source, questions, from, records);
    },
  };
}

function callsRoute(source: BulkSource, questions: Questions): Route {
  return {
    pace: source.paces.calls,
    read: (from, count) => confirm(source, questions, from, new Uint8Array(count * (1 + questions.words * 32))),
  };
}

/** Asks again, each by itself, what has no answer of the right length. */
async function confirm({ reader }: BulkSource, questions: Questions, from: number, records: Uint8Array): Promise<Uint8Array> {
  const recordBytes = 1 + questions.words * 32;
  const together = {};
  const open: Promise<void>[] = [];
  for (let at = 0; at < records.length; at += recordBytes) {
    if (records[at] === ANSWERED) continue;
    const data = questionAt(questions, from + at / recordBytes);
    const ask = async (): Promise<void> => {
      const answer = await reader
        .ask({ method: "eth_call", params: (block) => [{ to: questions.contract, data }, block], schema: z.string(), options: { isTransaction: true, together } })
        .catch((error: unknown) => {
          if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_CALL_REVERTED" && !isOutOfGas(error)) return undefined;
          throw error;
        });
      records.fill(0, at, at + recordBytes);
      records[at] = REVERTED;
      if (answer === undefined) return;
      const bytes = bytesOf(answer.slice(2));
      if (!answer.startsWith("0x") || bytes.length * 2 !== answer.length - 2) throw answerShort(reader.rpc.origin, questions.contract, recordBytes - 1, bytes.length);
      if (bytes.length !== recordBytes - 1) throw answerUnexpected(questions.contract, data, recordBytes - 1, bytes.length);
      records[at] = ANSWERED;
      records.set(bytes, at + 1);
    };
    open.push(ask());
  }
  await Promise.all(open);
  return records;
}

function isOutOfGas(error: LpctlError): boolean {
  return /out of gas|gas (?:limit|too low|uint64)|OutOfGas/i.test(String(error.details?.["rpcMessage"] ?? ""));
}

function questionAt({ data, questionBytes }: Questions, index: number): Hex {
  return `0x${hexOf(data.subarray(index * questionBytes, (index + 1) * questionBytes))}`;
}
