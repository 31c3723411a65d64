import { Exit, LpctlError } from "../errors.ts";

/**
 * What a command says when it cannot reach the chain that `node start` made for this project: that it is stopped, and how
 * it goes on. Any other failure stays as it is.
 */
export async function explainStoppedNode(error: unknown, projectFolder: string, network: { name: string; rpcUrl: string }): Promise<unknown> {
  if (!(error instanceof LpctlError) || error.code !== "LPCTL_RPC_UNREACHABLE") return error;
  const { loadNodeRecord } = await import("../node/node-record.ts");
  // A record that cannot be read is told by the commands that need it.
  const record = await loadNodeRecord(projectFolder).catch(() => undefined);
  if (record === undefined || record.network !== network.name || !isSameEndpoint(record.rpcUrl, network.rpcUrl)) return error;
  const { details, why } = error;
  return new LpctlError({
    code: "LPCTL_RPC_UNREACHABLE",
    exit: Exit.network,
    message: `The local chain of network ${network.name} is not running: nothing answers at ${new URL(record.rpcUrl).origin}`,
    why: record.stoppedAt === null ? `${why ?? ""}; it ended without lpctl node stop`.replace(/^; /, "") : `it was stopped at ${record.stoppedAt}`,
    next: "lpctl node start",
    details,
    cause: error,
  });
}

function isSameEndpoint(left: string, right: string): boolean {
  return URL.canParse(left) && URL.canParse(right) && new URL(left).host === new URL(right).host;
}
