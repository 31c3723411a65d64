import { keccakCode, STATE_BYTES } from "./keccak-code.ts";

/** keccak-256 in bulk: one hasher for all, results written where they belong. */
export interface KeccakInto {
  /** Hashes `length` bytes of `source` from `at` and writes 32 bytes into `target` at `into`. Source and target may be one array. */
  hash(source: Uint8Array, at: number, length: number, target: Uint8Array, into: number): void;
}

/** What is used of WebAssembly: TypeScript's library has it only among what browsers have. */
declare const WebAssembly: {
  instantiate(code: Uint8Array): Promise<{ instance: { exports: { memory: { buffer: ArrayBuffer }; permute: () => void } } }>;
};

const HASH_BYTES = 32;
/** Bytes of a message that go into the state at a time (the rate of keccak-256). */
const BLOCK = 136;

let shared: Promise<KeccakInto> | undefined;

/** The permutation is WebAssembly, some ten times as fast as in JavaScript; what is around it makes no garbage. */
export function createKeccakInto(): Promise<KeccakInto> {
  shared ??= create();
  return shared;
}

async function create(): Promise<KeccakInto> {
  const { instance } = await WebAssembly.instantiate(keccakCode());
  const { memory, permute } = instance.exports;
  const state = new Uint8Array(memory.buffer, 0, STATE_BYTES);
  const quarters = new Uint32Array(memory.buffer, 0, STATE_BYTES / 4);
  return {
    // From the first byte to the last without waiting in between, so that all may use the one state. Loops, because views and
    // calls of the engine's own copying cost more than so few bytes do.
    hash: (source, at, length, target, into) => {
      const first = Math.min(length, BLOCK);
      for (let quarter = first >> 2; quarter < quarters.length; quarter++) quarters[quarter] = 0;
      for (let byte = 0; byte < first; byte++) state[byte] = source[at + byte] ?? 0;
      let left = length;
      for (let from = at + BLOCK; left >= BLOCK; from += BLOCK) {
        permute();
        left -= BLOCK;
        for (let byte = 0; byte < Math.min(left, BLOCK); byte++) state[byte] = (state[byte] ?? 0) ^ (source[from + byte] ?? 0);
      }
      // Padding before SHA-3: a one bit, zeros, and a one bit at the end of the block.
      state[left] = (state[left] ?? 0) ^ 0x01;
      state[BLOCK - 1] = (state[BLOCK - 1] ?? 0) ^ 0x80;
      permute();
      for (let byte = 0; byte < HASH_BYTES; byte++) target[into + byte] = state[byte] ?? 0;
    },
  };
}
