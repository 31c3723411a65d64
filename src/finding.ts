/** What a check found: shown to the signer; `refuse` stops the proposal. */
export interface Finding {
  severity: "info" | "warning" | "refuse";
  /** Stable, kebab-case, e.g. `layout-variable-moved`. */
  code: string;
  /** One sentence: what was found. */
  title: string;
  /** Where and why: variable, slot, old and new type, address. */
  detail?: string | undefined;
}
