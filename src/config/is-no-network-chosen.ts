import { LpctlError } from "../errors.ts";

/** Whether an error of `resolveNetwork` only says that nobody has chosen a network, or configured any. */
export function isNoNetworkChosen(error: unknown): boolean {
  return error instanceof LpctlError && ["LPCTL_NETWORK_NOT_CHOSEN", "LPCTL_CONFIG_MISSING"].includes(error.code);
}
