/** What an organisation asks of findings beyond what lpctl does: the `policy` section of `lpctl.yaml`. */
export interface Policy {
  /** Checks, or codes of findings, whose warnings refuse. */
  refuse: readonly string[];
  /** Notes that refuse once the proposal is kept, and not before. No file says it: see `beforeItIsKept`. */
  later?: readonly string[] | undefined;
  allow: readonly Allowance[];
  /** Blocks a LIP-25 Governor has to wait at least, in every proposal. */
  minimumDelayBlocks?: bigint | undefined;
  /** Whoever signs types the words that a second machine shows. */
  secondDevice?: boolean | undefined;
}

/** A refusal that somebody answers for, in one proposal. */
export interface Allowance {
  /** Code of the finding. */
  finding: string;
  /** Name of the proposal's folder, or its id, which also binds what it says. */
  proposal: string;
  reason: string;
}
