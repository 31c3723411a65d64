/**
 * What a net change is to a signer; each change has exactly one class.
 *
 * - `intended`: an intent of the proposal asks for it, or the people who prepared it named it in the proposal's effects
 * - `bookkeeping`: nonces, approvals and queues of the authorities on the way
 * - `accrual`: happens without the proposal too, as time passes
 * - `unexplained`: everything else. There must be none.
 */
export type ChangeClass = "intended" | "bookkeeping" | "accrual" | "unexplained";

/** Why a change is intended that no intent asks for: somebody wrote it into effects.json. */
export const NAMED_BY_PEOPLE = "named in the proposal's effects";

export const CHANGE_CLASSES = ["intended", "bookkeeping", "accrual", "unexplained"] as const satisfies readonly ChangeClass[];
