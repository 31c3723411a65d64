import { hasReverted } from "./has-reverted.ts";
import type { Check } from "./check.ts";

const DIFFERENCES_SHOWN = 20;

/** What the proposal changes now is what it was made to change, within what people allowed. */
export const effectsKept: Check = {
  name: "effects-kept",
  codes: ["effects-drifted", "effects-not-pinned"],
  explains:
    "Between preparing and executing, a contract on the way may be upgraded or a value moved, so that the same calls do something " +
    "else. The proposal's id covers its effects by name; they are compared again before every signature and before " +
    "execution. In May 2023 a proposal to Tornado Cash looked like an earlier, harmless one; its contract had been " +
    "destroyed and deployed anew with other code after the vote.",
  find: (proposal, simulation, { drift }) => {
    if (hasReverted(simulation)) return [];
    if (proposal.effectsHash === undefined) {
      return [{ severity: "info", code: "effects-not-pinned", title: "This proposal does not say what it may change: it was made before proposals carried the hash of their effects" }];
    }
    if (drift === undefined || drift.length === 0) return [];
    if (drift === "unknown") {
      return [
        {
          severity: "refuse",
          code: "effects-drifted",
          title: "The proposal does not change what it was made to change, or what people allowed beyond that is not at hand",
          detail: "its effects.json does not lie beside it, and its effects now have another hash than the one it carries",
        },
      ];
    }
    const more = drift.length - DIFFERENCES_SHOWN;
    return [
      {
        severity: "refuse",
        code: "effects-drifted",
        title: `The proposal no longer changes what it was made to change: ${drift.length === 1 ? "one difference" : `${drift.length} differences`}`,
        detail: [...drift.slice(0, DIFFERENCES_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join("; "),
      },
    ];
  },
};
