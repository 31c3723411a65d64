import { LpctlError } from "../errors.ts";

/**
 * For a command that works on a file and can do without a network: where none is configured, as on a machine that has none, the
 * error says so.
 * @param command what to type instead
 */
export function orOffline(command: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof LpctlError) || !["LPCTL_CONFIG_MISSING", "LPCTL_NETWORK_NOT_CHOSEN"].includes(error.code)) throw error;
    const { code, exit, message, why, details } = error;
    throw new LpctlError({ code, exit, message, why, details, next: `Without a network: ${command}`, cause: error });
  };
}
