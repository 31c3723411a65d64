/**
 * What a net change is to a signer; each change has exactly one class.
 *
 * - `intended`: an intent of the proposal asks for it, or the people who prepared it named it in the proposal's effects
 * - `bookkeeping`: nonces, approvals and queues of the authorities on the way
 * - `accrual`: happens without the proposal too, as time passes
 * - `unexplained`: everything else. There must be none.
 */
export type ChangeClass = "intended" | "bookkeeping" | "accrual" | "unexplained";

export const CHANGE_CLASSES = ["intended", "bookkeeping", "accrual", "unexplained"] as const satisfies readonly ChangeClass[];
