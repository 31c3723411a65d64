/**
 * Who owns the Controller: a key, a 2-of-3 Safe, a LIP-25 Governor that the Safe owns, or the treasury's timelock, whose
 * proposer is the LivepeerGovernor in which stake votes.
 */
export const PHASES = ["eoa", "safe", "governor", "stake"] as const;
export type Phase = (typeof PHASES)[number];
