import * as Args from "@oclif/core/args";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { ZERO_ADDRESS } from "../../src/protocol/hex.ts";

export default class SafeShow extends ProjectCommand<typeof SafeShow> {
  static override summary = "A Safe as it is on chain: version and code proven, owners, threshold, nonce, modules, guard.";
  static override description = "Refuses a Safe whose version is unknown or whose code is not the official one, by code hash.";
  static override args = { safe: Args.string({ description: "Address. Default: the Safe on the way to the Controller." }) };
  static override examples = ["<%= config.bin %> safe show", "<%= config.bin %> safe show 0x… --json"];

  protected override async execute(): Promise<Outcome> {
    const address = this.args.safe === undefined ? undefined : this.address(this.args.safe, "SAFE");
    const project = await this.openProject("read");
    const { findSafe } = await import("../../src/inspection/find-safe.ts");
    const safe = await findSafe(project, address);
    const orNone = (value: string): string => (value === ZERO_ADDRESS ? "none" : value);
    return {
      result: safe,
      text: [
        `Safe ${safe.address}`,
        `  version           ${safe.version} (${safe.singletonName} ${safe.singleton}, code hash known)`,
        `  threshold         ${safe.threshold} of ${safe.owners.length}`,
        ...safe.owners.map((owner) => `  owner             ${owner}`),
        `  nonce             ${safe.nonce}`,
        `  modules           ${safe.modules.length === 0 ? "none" : safe.modules.join(", ")}`,
        `  guard             ${orNone(safe.guard)}`,
        `  fallback handler  ${orNone(safe.fallbackHandler)}`,
      ].join("\n"),
      next: "lpctl safe queue",
    };
  }
}
