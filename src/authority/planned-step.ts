import type { Address, Hex } from "../protocol/hex.ts";

/** One thing a fork does when it rehearses a route. */
export type PlannedStep =
  | {
      kind: "transaction";
      title: string;
      /** Impersonated on the fork; needs no key. */
      from: Address;
      to: Address | null;
      valueWei: bigint;
      data: Hex;
      /** Preparation that stands for something off chain (a signature): run, but not reported as an effect. */
      setup?: boolean;
      /** Words it is known to leave in storage. A hint, to look ahead at the steps after it before anything has run. */
      leaves?: { address: Address; slot: Hex; word: Hex }[];
    }
  | { kind: "advance-blocks"; title: string; blocks: bigint }
  | { kind: "advance-time"; title: string; seconds: bigint };
