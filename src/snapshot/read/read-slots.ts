import { z } from "zod";
import type { ReadBlock } from "../../chain/block-reader.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Address } from "../../protocol/hex.ts";
import { openSource, type BulkSource } from "./bulk-source.ts";
import { openChunkCache } from "./chunk-cache.ts";
import { answerShort } from "./read-errors.ts";
import { readInChunks, type ReadProgress, type Route } from "./read-in-chunks.ts";
import { bytesOf, decodeLens, hexOf, slotLensCall } from "./slot-lens.ts";

export interface BulkOptions {
  /** The state after this block is read, and no other. */
  block: ReadBlock;
  /** Where what was read is kept, so that the same reading goes on there after a kill; nothing is kept without it. */
  cachePath?: string | undefined;
  onProgress?: ((progress: ReadProgress) => void) | undefined;
  /** Requests under way at once; 4 unless said, 16 small ones. Fewer where the node says that it is too much. */
  inFlight?: number | undefined;
  signal?: AbortSignal | undefined;
}

const WORD = 32;
const LARGE_IN_FLIGHT = 4;
const SMALL_IN_FLIGHT = 16;

/**
 * Storage of a contract in bulk: through a lens in the place of its code, else as batches of JSON-RPC, else one by one, as the
 * node allows. Give it an `Rpc` that remembers nothing.
 * @param slots 32 bytes each, in any order
 * @returns the words, 32 bytes each, in the same order
 * @throws LPCTL_SNAPSHOT_REORG, LPCTL_SNAPSHOT_ANSWER_SHORT, LPCTL_SNAPSHOT_CACHE_OTHER, LPCTL_ANVIL_STATE_GONE, and what `Rpc` throws
 */
export async function readSlots(rpc: Rpc, contract: Address, slots: Uint8Array, options: BulkOptions): Promise<Uint8Array> {
  if (slots.length % WORD !== 0) throw new RangeError("slots have 32 bytes each");
  const words = new Uint8Array(slots.length);
  if (slots.length === 0) return words;
  const source = await openSource(rpc, options.block);
  const routes = [batchRoute(source, contract, slots)];
  if (source.takesOverrides) routes.unshift(lensRoute(source, contract, slots));
  await readRecords(source, { questions: slots, questionBytes: WORD, into: words, recordBytes: WORD, of: contract, routes, options });
  return words;
}

interface Records {
  questions: Uint8Array;
  questionBytes: number;
  into: Uint8Array;
  recordBytes: number;
  of: string;
  routes: readonly Route[];
  options: BulkOptions;
}

/** Fills `into`, from the cache and by the routes, and makes sure of the block. */
export async function readRecords({ reader, chainId }: BulkSource, { questions, questionBytes, into, recordBytes, of, routes, options }: Records): Promise<void> {
  const { cachePath, block } = options;
  const cache = cachePath === undefined ? undefined : openChunkCache(cachePath, { ...block, chainId, of }, questions, questionBytes, recordBytes);
  const gaps = cache?.fill(into) ?? [[0, into.length / recordBytes]];
  if (!reader.takesHash) await reader.requireSame();
  const keep = cache === undefined ? undefined : cache.keep.bind(cache);
  const inFlight = options.inFlight ?? (routes.length > 1 ? LARGE_IN_FLIGHT : SMALL_IN_FLIGHT);
  await readInChunks({ into, recordBytes, gaps, routes, inFlight, keep, onProgress: options.onProgress, signal: options.signal });
  if (!reader.takesHash) await reader.requireSame();
}

function lensRoute(source: BulkSource, contract: Address, slots: Uint8Array): Route {
  const { reader, paces } = source;
  return {
    pace: paces.slotLens,
    read: async (from, count) => {
      const asked = slots.subarray(from * WORD, (from + count) * WORD);
      // Alone in its body, so that several are worked on at once; with all the gas that the node gives.
      const answer = await reader.ask({ method: "eth_call", params: (at) => slotLensCall(contract, asked, at), schema: z.string(), options: { isTransaction: true, together: {} } });
      const words = decodeLens(answer);
      if (words?.length !== asked.length) throw answerShort(reader.rpc.origin, contract, asked.length, words?.length ?? 0);
      return words;
    },
    givenUp: () => {
      source.takesOverrides = false;
    },
  };
}

/** Some nodes drop leading zeros of a word; without even one digit it is none. */
const wordSchema = z.string().regex(/^0x[0-9a-fA-F]{1,64}$/, "not a storage word");

function batchRoute({ reader, paces }: BulkSource, contract: Address, slots: Uint8Array): Route {
  return {
    pace: paces.slots,
    read: async (from, count) => {
      const together = {};
      const words = await Promise.all(
        Array.from({ length: count }, (_, index) => {
          const slot = `0x${hexOf(slots.subarray((from + index) * WORD, (from + index + 1) * WORD))}`;
          return reader.ask({ method: "eth_getStorageAt", params: (at) => [contract, slot, at], schema: wordSchema, options: { together } });
        }),
      );
      return bytesOf(words.map((word) => word.slice(2).padStart(WORD * 2, "0")).join(""));
    },
  };
}
