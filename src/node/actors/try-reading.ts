import { LpctlError } from "../../errors.ts";

/** Undefined when the contract lacks the function or the call reverts; failures of the network are thrown. */
export async function tryReading<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof LpctlError && (error.code === "LPCTL_CHAIN_CALL_REVERTED" || error.code === "LPCTL_CHAIN_NOT_THAT_CONTRACT")) return undefined;
    throw error;
  }
}
