import type { Outcome } from "../../src/cli/base-command.ts";
import { formatFindings } from "../../src/cli/findings.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { formatTable } from "../../src/cli/table.ts";
import { contractReference, upgradeArgs, upgradeFlags } from "../../src/cli/upgrade-flags.ts";

export default class UpgradeCheck extends ProjectCommand<typeof UpgradeCheck> {
  static override summary = "Compare new code with the code that runs: storage first.";
  static override description =
    "Compiles the new source, finds the source of what runs by its bytecode, and compares storage layouts by the rules of " +
    "OpenZeppelin's upgrades-core, made to fit registry proxies. Sends and writes nothing. Exit code 3 when refused.";
  static override args = upgradeArgs;
  static override flags = upgradeFlags;
  static override examples = [
    "<%= config.bin %> upgrade check JobsManager --to contracts/jobs/JobsManagerV2.sol:JobsManagerV2",
    "<%= config.bin %> upgrade check --proxy 0x… --from old/Vault.sol:Vault --to Vault.sol:Vault",
  ];

  protected override async execute(): Promise<Outcome> {
    const contract = contractReference(this.args.contract, this.flags.proxy);
    const project = await this.openProject("read");
    const { compareUpgrade } = await import("../../src/lifecycle/compare-upgrade.ts");
    const { requireCompatible } = await import("../../src/lifecycle/propose-upgrade.ts");
    const { to, from } = this.flags;
    const { applyPolicy } = await import("../../src/checks/apply-policy.ts");
    const compared = await compareUpgrade(project, { contract, to, from });
    // What the policy allows it allows one proposal, and this is none.
    const findings = applyPolicy(compared.findings, project.policy, { name: undefined, id: "0x" });
    const comparison = { ...compared, findings };
    const { verdict } = comparison;
    const slots = verdict?.slots ?? [];
    const failure = captureRefusal(() => requireCompatible(comparison));
    return {
      result: { contract: comparison.contract, ok: failure === undefined, findings, slots },
      text: () =>
        [
          formatTable(slots, [
            { header: "SLOT", value: (row) => row.slot, align: "right" },
            { header: "OFFSET", value: (row) => String(row.offsetBytes), align: "right" },
            { header: "VARIABLE", value: (row) => row.label },
            { header: "TYPE", value: (row) => row.type },
            { header: "STATE", value: (row) => (row.before === undefined ? row.state : `${row.state}: was ${row.before.label} ${row.before.type}`) },
          ]),
          "",
          formatFindings(findings),
        ].join("\n"),
      next: failure === undefined ? `lpctl upgrade propose ${this.flags.proxy === undefined ? contract : `--proxy ${contract}`} --to ${to} --key NAME` : undefined,
      failure,
    };
  }
}

function captureRefusal(check: () => void): Outcome["failure"] {
  try {
    check();
    return undefined;
  } catch (error) {
    return error as NonNullable<Outcome["failure"]>;
  }
}
