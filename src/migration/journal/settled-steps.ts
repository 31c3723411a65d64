import { createHash } from "node:crypto";
import { decodeSigned } from "../../chain/decode-signed.ts";
import type { PlannedContent } from "../../chain/compare-mined.ts";
import type { JournalAttempt } from "../../chain/journal-entries.ts";
import type { Hex } from "../../protocol/hex.ts";

const HASH_BYTES = 32;
const MARK_BYTES = 16;

/** The transaction that the journal has for a step that is over. */
export interface SettledTransaction {
  hash: Hex;
  nonce: number;
  /** Of what its bytes ask for; of zeros where they are not what the journal says of them. */
  mark: Uint8Array;
}

/**
 * The steps of a plan that are over for good, in 57 bytes each: that they are, and for what was sent its hash, its nonce and a mark
 * of what it asks for, so that a journal that somebody else wrote can be told from ours.
 */
export class SettledSteps {
  count = 0;
  readonly #steps: number;
  readonly #settled: Uint8Array;
  #hashes = new Uint8Array(0);
  #marks = new Uint8Array(0);
  #nonces = new Float64Array(0);

  constructor(steps: number) {
    this.#steps = steps;
    this.#settled = new Uint8Array((steps >> 3) + 1);
  }

  has(step: number): boolean {
    return ((this.#settled[step >> 3] ?? 0) & (1 << (step & 7))) !== 0;
  }

  /** @param mined the transaction that did it; undefined for what was skipped */
  add(step: number, mined: JournalAttempt | undefined): void {
    this.#settled[step >> 3] = (this.#settled[step >> 3] ?? 0) | (1 << (step & 7));
    this.count++;
    if (mined === undefined) return;
    if (this.#hashes.length === 0) {
      this.#hashes = new Uint8Array(this.#steps * HASH_BYTES);
      this.#marks = new Uint8Array(this.#steps * MARK_BYTES);
      this.#nonces = new Float64Array(this.#steps);
    }
    this.#hashes.set(Buffer.from(mined.hash.slice(2), "hex"), step * HASH_BYTES);
    this.#nonces[step] = Number(mined.nonce);
    const signed = decodeSigned(mined.raw);
    if (signed !== undefined && signed.hash === mined.hash && signed.nonce === mined.nonce) this.#marks.set(markOf(signed), step * MARK_BYTES);
  }

  /** Undefined where it was skipped, or is not over. */
  transactionOf(step: number): SettledTransaction | undefined {
    const hash = this.#hashes.subarray(step * HASH_BYTES, (step + 1) * HASH_BYTES);
    if (!this.has(step) || hash.every((byte) => byte === 0)) return undefined;
    return { hash: `0x${Buffer.from(hash).toString("hex")}`, nonce: this.#nonces[step] ?? 0, mark: this.#marks.subarray(step * MARK_BYTES, (step + 1) * MARK_BYTES) };
  }
}

/** What a transaction asks for, in 16 bytes. */
export function markOf({ chainId, to, data, valueWei }: Omit<PlannedContent, "to"> & { to: string | null }): Uint8Array {
  return createHash("sha256").update(`${chainId} ${to?.toLowerCase() ?? ""} ${data.toLowerCase()} ${valueWei}`).digest().subarray(0, MARK_BYTES);
}
