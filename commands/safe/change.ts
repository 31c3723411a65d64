import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { proposalOutcome } from "../../src/cli/proposal-outcome.ts";
import { draftFlags, parseCount, readEffects } from "../../src/cli/route-flags.ts";
import { printable } from "../../src/protocol/printable.ts";
import { ZERO_ADDRESS, type Address } from "../../src/protocol/hex.ts";

const addresses = (summary: string) => Flags.string({ multiple: true, helpValue: "ADDRESS", summary });

export default class SafeChange extends ProjectCommand<typeof SafeChange> {
  static override summary = "Propose a change of a Safe itself: owners, threshold, modules, guard, fallback handler.";
  static override description =
    "Makes one proposal, to be signed and executed like any other, and reports what the Safe is before and after it. An empty transaction of the " +
    "changed Safe is tried on the fork: a change after which it could not act any more is refused. Nothing is sent.";
  static override args = { safe: Args.string({ description: "Address. Default: the Safe on the way to the Controller." }) };
  static override flags = {
    "add-owner": addresses("Let one more account sign; repeatable."),
    "remove-owner": addresses("Let an account sign no longer; repeatable."),
    "swap-owner": Flags.string({ multiple: true, helpValue: "OLD=NEW", summary: "Let another account sign instead of one; repeatable." }),
    threshold: Flags.string({ helpValue: "N", summary: "How many owners have to sign from then on." }),
    "enable-module": addresses("Let a contract act without any signature; repeatable."),
    "disable-module": addresses("Take that away; repeatable."),
    guard: Flags.string({ helpValue: "ADDRESS", summary: "Have a contract judge every transaction; `none` removes it." }),
    "fallback-handler": Flags.string({ helpValue: "ADDRESS", summary: "The contract that answers calls the Safe does not know; `none` removes it." }),
    ...draftFlags,
  };
  static override examples = [
    "<%= config.bin %> safe change --add-owner 0x… --threshold 3",
    "<%= config.bin %> safe change 0x… --swap-owner 0xOLD…=0xNEW…",
  ];

  protected override async execute(): Promise<Outcome> {
    const { flags, args } = this;
    const list = (given: readonly string[] | undefined, flag: string): Address[] => (given ?? []).map((text) => this.address(text, flag));
    const orNone = (text: string | undefined, flag: string): Address | undefined => (text === undefined ? undefined : text === "none" ? ZERO_ADDRESS : this.address(text, flag));
    const request = {
      addOwners: list(flags["add-owner"], "--add-owner"),
      removeOwners: list(flags["remove-owner"], "--remove-owner"),
      swapOwners: (flags["swap-owner"] ?? []).map((text) => this.parseSwap(text)),
      threshold: flags.threshold === undefined ? undefined : parseCount(flags.threshold, "--threshold", 0n),
      enableModules: list(flags["enable-module"], "--enable-module"),
      disableModules: list(flags["disable-module"], "--disable-module"),
      guard: orNone(flags.guard, "--guard"),
      fallbackHandler: orNone(flags["fallback-handler"], "--fallback-handler"),
    };
    const given = args.safe === undefined ? undefined : this.address(args.safe, "SAFE");
    const project = { ...(await this.openProject("write")), aftermath: false };
    const { findSafe } = await import("../../src/inspection/find-safe.ts");
    const { proposeSafeChange } = await import("../../src/lifecycle/safe/propose-safe-change.ts");
    const { address } = await findSafe(project, given);
    return proposalOutcome(await proposeSafeChange(project, address, request, { dryRun: flags["dry-run"], effects: await readEffects(flags.effects), producedBy: producedBy() }));
  }

  private parseSwap(text: string): { owner: Address; newOwner: Address } {
    const [owner, newOwner, more] = text.split("=");
    if (owner !== undefined && newOwner !== undefined && more === undefined) return { owner: this.address(owner, "--swap-owner"), newOwner: this.address(newOwner, "--swap-owner") };
    throw new LpctlError({ code: "LPCTL_USAGE_PAIRS", exit: Exit.usage, message: `--swap-owner takes OLD=NEW, not "${printable(text)}"`, next: "For example: --swap-owner 0xOLD…=0xNEW…" });
  }
}
