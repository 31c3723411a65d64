import type { Hex } from "./hex.ts";

/** What a batch has to do for an upgrade to be whole; told by the source of the new code. */
export interface UpgradeTraits {
  /** Variables the new code has and the old one had not, as far as a batch could set them. */
  newVariables: NewVariable[];
  /** Functions of the new code that initialise it. */
  initializers: Initializer[];
}

export interface NewVariable {
  label: string;
  /** Solidity type. */
  type: string;
  setters: { name: string; selector: Hex }[];
  /** The code compares it with zero somewhere: zero has a meaning then. */
  isZeroAware: boolean;
}

export interface Initializer {
  name: string;
  selector: Hex;
  /** The old code has it too, so that it was called, or could have been, before. */
  isOld: boolean;
  /** `once`: runs once for each version, whoever is first; `restricted`: by who calls; `open`: by nothing that is seen. */
  guard: "once" | "restricted" | "open";
}
