import type { Hex } from "../protocol/hex.ts";

/** A pre- or postcondition and how it turned out. */
export interface ConditionOutcome {
  label: string;
  expect: Hex;
  /** Undefined when the read reverted. */
  actual: Hex | undefined;
  holds: boolean;
}
