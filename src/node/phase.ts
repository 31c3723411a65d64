/**
 * Who owns the Controller: a key, a 2-of-3 Safe, a LIP-25 Governor that the Safe owns, or the StakeTimelock, which only the
 * StakeGovernor drives, in which stake votes. There the Safe may have a veto that ends.
 */
export const PHASES = ["eoa", "safe", "governor", "stake"] as const;
export type Phase = (typeof PHASES)[number];
