import type { Check } from "./check.ts";

/** A check whose work is done before there is anything to simulate: it passes on what was found by then. */
export function preparedCheck(parts: Pick<Check, "name" | "codes" | "explains">): Check {
  return {
    ...parts,
    find: (_proposal, _simulation, { prepared }) => prepared.filter(({ code }) => parts.codes.includes(code)),
  };
}
