import { Exit, LpctlError } from "../errors.ts";

export interface SourceReference {
  source: string;
  /** Absent when the file is meant to hold exactly one contract. */
  contract?: string;
}

/** Reads `contracts/a.sol:Name` or `contracts/a.sol`. Errors: LPCTL_SOLIDITY_BAD_REFERENCE. */
export function parseSourceReference(text: string): SourceReference {
  const match = /^(.+\.sol)(?::([A-Za-z_$][A-Za-z0-9_$]*))?$/.exec(text.trim());
  const [, source, contract] = match ?? [];
  if (source === undefined) {
    throw new LpctlError({
      code: "LPCTL_SOLIDITY_BAD_REFERENCE",
      exit: Exit.usage,
      message: `"${text}" does not name a contract in a Solidity file.`,
      why: "The form is FILE.sol:CONTRACT; the contract may be left out when the file holds only one.",
      next: "For example: contracts/jobs/JobsManagerV2.sol:JobsManagerV2",
      details: { reference: text },
    });
  }
  return contract === undefined ? { source } : { source, contract };
}
