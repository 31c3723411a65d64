import type { Address, Hex } from "../protocol/hex.ts";

/** One visible piece of a rehearsal. The caller shows the title and what `run` gives back. */
export interface RehearsalStep {
  title: string;
  run(update: (doing: string) => void): Promise<string | void>;
}

/** Something the rehearsal set out to prove, with what it found. */
export interface Proof {
  what: string;
  holds: boolean;
  detail: string;
}

export interface RehearsedProposal {
  name: string;
  title: string;
  id: Hex;
  effectsHash: Hex;
  /** Path of the HTML report. */
  report: string;
}

export interface RehearsalResult {
  scenario: string;
  /** Where proposals, reports and journals of this rehearsal are. */
  folder: string;
  controller: Address;
  proposals: RehearsedProposal[];
  proofs: Proof[];
}

/** A rehearsal that is ready to run: its steps in order, the result afterwards, and `stop` whatever happened. */
export interface Rehearsal {
  steps: RehearsalStep[];
  result(): RehearsalResult;
  stop(): Promise<void>;
}

export interface RehearsalOptions {
  /** Emptied and used by this rehearsal alone. */
  folder: string;
  compilerCaches: string[];
  producedBy: string;
}

export interface Scenario {
  name: string;
  summary: string;
  prepare(options: RehearsalOptions): Rehearsal;
}
