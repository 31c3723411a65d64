/** Who owns the Controller: a key, a 2-of-3 Safe, or a LIP-25 Governor that the Safe owns. */
export const PHASES = ["eoa", "safe", "governor"] as const;
export type Phase = (typeof PHASES)[number];
