import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatSync } from "../../src/cli/format-sync.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import type { Project } from "../../src/inspection/project.ts";
import type { Synced } from "../../src/lifecycle/exchange/sync-bundles.ts";
import type { Address } from "../../src/protocol/hex.ts";

export default class SafeSync extends ProjectCommand<typeof SafeSync> {
  static override summary = "Exchange signatures of all proposals with a Safe service, a folder or a file, both ways.";
  static override description =
    "Sends what the other side lacks and takes what is missing here. Nothing that comes is believed: fields are hashed, signatures " +
    "recovered and compared with the owners on chain. What contradicts the files here is shown, and ends the command with exit code 3. " +
    "A service that is down, slow or busy costs nothing: what was not moved is named and stays in the files (exit code 6).";
  static override flags = {
    with: Flags.string({ helpValue: "service|FOLDER|FILE|URL", summary: "Default: the service of the network (safeServiceUrl)." }),
  };
  static override examples = ["<%= config.bin %> safe sync", "<%= config.bin %> safe sync --with ../signatures", "<%= config.bin %> safe sync --with http://127.0.0.1:8888/api"];

  protected override async execute(): Promise<Outcome> {
    const network = await this.network("write");
    const project = await this.openProject("write");
    const [{ openTransport }, { syncBundles }] = await Promise.all([import("../../src/lifecycle/exchange/open-transport.ts"), import("../../src/lifecycle/exchange/sync-bundles.ts")]);
    const { name, safeServiceUrl, safeServiceKeyFile } = network;
    const transport = await openTransport({ with: this.flags.with, network: name, chainId: project.chainId, safeServiceUrl, safeServiceKeyFile });
    const synced = await syncBundles(project, transport, await safeOfController(project));
    const { failure: _failure, ...result } = synced;
    return {
      result: { ...result, foreign: synced.foreign.map(({ transaction: _transaction, ...row }) => row) },
      text: () => formatSync(synced),
      failure: verdict(synced),
      next: synced.bundles.some(({ signatures, threshold }) => BigInt(signatures) >= threshold) ? "lpctl safe queue" : undefined,
    };
  }
}

/** Asked about also while no proposal waits for it: somebody may have put something there. */
async function safeOfController(project: Project): Promise<Address[]> {
  if (project.controller === undefined) return [];
  const { findSafe } = await import("../../src/inspection/find-safe.ts");
  return findSafe(project, undefined).then(
    ({ address }) => [address],
    (error: unknown) => {
      if (error instanceof LpctlError && error.exit !== Exit.network) return [];
      throw error;
    },
  );
}

/** Tampering first: that it also broke down excuses nothing. */
function verdict({ transport, findings, failure, notMoved }: Synced): LpctlError | undefined {
  const refusals = findings.filter(({ severity }) => severity === "refuse");
  if (refusals.length > 0) {
    return new LpctlError({
      code: "LPCTL_SYNC_TAMPERED",
      exit: Exit.refused,
      message: `What ${transport} gives cannot be right: ${refusals.length === 1 ? "one finding" : `${refusals.length} findings`}`,
      why: refusals[0]?.title,
      next: "Nothing wrong was taken over. Tell the other signers another way, and use no service that lies: lpctl safe sync --with FOLDER",
    });
  }
  if (failure === undefined) return undefined;
  const { code, exit, message, why, next } = failure;
  return new LpctlError({ code, exit, message, why: notMoved.length === 0 ? why : `${why ?? "it failed"}; not moved: ${notMoved.length}`, next, cause: failure });
}
