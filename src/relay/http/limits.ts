import { detail } from "./problem.ts";

/** What one relay takes from its clients before it says no. */
export interface RelayLimits {
  /** Of one client address, on average. */
  requestsPerSecond: number;
  /** Of one client address, at once after a silence. */
  requestBurst: number;
  bodyBytes: number;
  connections: number;
  /** For the head of a request to arrive. */
  headSeconds: number;
  /** For a whole request to arrive. A connection may be silent for five seconds more. */
  requestSeconds: number;
  /** Of one Safe, unexecuted: without a signature anyone could fill the disk in an owner's name. */
  unsignedProposals: number;
}

export const DEFAULT_LIMITS: RelayLimits = {
  requestsPerSecond: 100,
  requestBurst: 300,
  bodyBytes: 512 * 1024,
  connections: 512,
  headSeconds: 10,
  requestSeconds: 30,
  unsignedProposals: 100,
};

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

const MOST_ADDRESSES = 10_000;

/** A token bucket for each client address. */
export class RateLimiter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: Pick<RelayLimits, "requestsPerSecond" | "requestBurst">) {
    this.#perSecond = limits.requestsPerSecond;
    this.#burst = limits.requestBurst;
  }

  /** Counts one request. @throws HttpProblem 429 with `Retry-After` in seconds */
  take(address: string, nowMs: number = performance.now()): void {
    const bucket = this.#buckets.get(address) ?? { tokens: this.#burst, filledAtMs: nowMs };
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((nowMs - bucket.filledAtMs) / 1000) * this.#perSecond);
    bucket.filledAtMs = nowMs;
    // Also when it is refused: those who come most often stay, and the oldest go.
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size > MOST_ADDRESSES) this.#forgetOldest();
    if (bucket.tokens < 1) {
      const seconds = Math.max(1, Math.ceil((1 - bucket.tokens) / this.#perSecond));
      throw detail(429, `Request was throttled. Expected available in ${seconds} second${seconds === 1 ? "" : "s"}.`, { "retry-after": String(seconds) });
    }
    bucket.tokens -= 1;
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
