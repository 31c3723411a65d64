import { z } from "zod";
import type { Rpc } from "../../chain/rpc.ts";
import { hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { openSource, type BulkSource } from "./bulk-source.ts";
import { answerShort } from "./read-errors.ts";
import type { Route } from "./read-in-chunks.ts";
import { readRecords, type BulkOptions } from "./read-slots.ts";
import { bytesOf, CODE_LENS, decodeLens, hexOf } from "./slot-lens.ts";

const WORD = 32;
/** Has no code and no storage on any chain. */
const LENS_AT: Address = "0x0000000000000000006c7063746c20636f6465";

/**
 * How many bytes of code accounts have, in bulk: through a lens that is there for one `eth_call`, else by `eth_getCode` in batches.
 * @param accounts 20 bytes each
 * @throws what `readSlots` throws
 */
export async function readCodeSizes(rpc: Rpc, accounts: readonly Address[], options: BulkOptions): Promise<number[]> {
  const questions = new Uint8Array(accounts.length * WORD);
  for (const [index, account] of accounts.entries()) questions.set(bytesOf(account.slice(2)), index * WORD + 12);
  const sizes = new Uint8Array(questions.length);
  if (accounts.length > 0) {
    const source = await openSource(rpc, options.block);
    const routes = [batchRoute(source, accounts)];
    if (source.takesOverrides) routes.unshift(lensRoute(source, questions));
    await readRecords(source, { questions, questionBytes: WORD, into: sizes, recordBytes: WORD, of: "code", routes, options });
  }
  const view = new DataView(sizes.buffer);
  return accounts.map((_, index) => view.getUint32(index * WORD + WORD - 4));
}

function lensRoute(source: BulkSource, questions: Uint8Array): Route {
  const { reader, paces } = source;
  return {
    pace: paces.codeLens,
    read: async (from, count) => {
      const asked = questions.subarray(from * WORD, (from + count) * WORD);
      const params = (at: unknown): unknown[] => [{ to: LENS_AT, data: `0x${hexOf(asked)}` }, at, { [LENS_AT]: { code: CODE_LENS } }];
      const answer = await reader.ask({ method: "eth_call", params, schema: z.string(), options: { isTransaction: true, together: {} } });
      const sizes = decodeLens(answer);
      if (sizes?.length !== asked.length) throw answerShort(reader.rpc.origin, LENS_AT, asked.length, sizes?.length ?? 0);
      return sizes;
    },
    givenUp: () => {
      source.takesOverrides = false;
    },
  };
}

function batchRoute({ reader, paces }: BulkSource, accounts: readonly Address[]): Route {
  return {
    pace: paces.slots,
    read: async (from, count) => {
      const together = {};
      const asked = accounts.slice(from, from + count);
      const codes = await Promise.all(asked.map((account) => reader.ask<Hex>({ method: "eth_getCode", params: (at) => [account, at], schema: hexSchema, options: { together } })));
      const sizes = new Uint8Array(count * WORD);
      const view = new DataView(sizes.buffer);
      for (const [index, code] of codes.entries()) view.setUint32(index * WORD + WORD - 4, (code.length - 2) / 2);
      return sizes;
    },
  };
}
