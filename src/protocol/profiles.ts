/**
 * Which suite of contracts is deployed:
 * - `launch`: that of 2018, with jobs, their verification and a faucet
 * - `current`: tickets instead of jobs, stake votes and a treasury
 */
export const PROFILES = ["launch", "current"] as const;
export type Profile = (typeof PROFILES)[number];
