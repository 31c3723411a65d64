import { Exit, LpctlError } from "../errors.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { printable } from "../protocol/printable.ts";
import { CHECKS } from "./all-checks.ts";
import type { Check } from "./check.ts";

/**
 * A check by its name, or by the code of a finding it gives.
 * @param inPolicy whether lpctl.yaml names it, and not who typed the command
 * @throws LPCTL_CHECK_UNKNOWN with the nearest name and all names
 */
export function findCheck(name: string, inPolicy = false): Check {
  const found = CHECKS.find((check) => check.name === name || check.codes.includes(name));
  if (found !== undefined) return found;
  const names = CHECKS.map((check) => check.name);
  const near = nearestName(name, [...names, ...CHECKS.flatMap(({ codes }) => codes)]);
  throw new LpctlError({
    code: "LPCTL_CHECK_UNKNOWN",
    exit: Exit.usage,
    message: inPolicy ? `The policy in lpctl.yaml names "${printable(name)}", which is no check and no finding` : `There is no check, and no finding, called "${printable(name)}"`,
    why: `the checks are ${names.join(", ")}`,
    next: near === undefined ? "lpctl proposal check --explain storage-layout" : `Did you mean ${near}?`,
    details: { checks: names },
  });
}
