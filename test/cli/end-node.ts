import { LpctlError } from "../../src/errors.ts";
import { stopNode } from "../../src/node/stop-node.ts";

/**
 * Ends the chain of a project as `lpctl node stop --forget` does, without a process for it: for the end of tests that are
 * not about that. What the command would refuse is left alone here too.
 */
export async function endNode(folder: string): Promise<void> {
  try {
    await stopNode(folder, { forget: true });
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
  }
}
