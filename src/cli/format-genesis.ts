import { BUCKETS } from "../genesis/genesis-file.ts";
import type { AssessedGenesis } from "../genesis/open-genesis.ts";
import { hashPrediction } from "../genesis/prediction.ts";
import { printable } from "../protocol/printable.ts";
import { formatHuman } from "../protocol/units.ts";
import { formatFindings } from "./findings.ts";
import { styleFor } from "./style.ts";

type Shown = Pick<AssessedGenesis, "loaded" | "findings" | "share" | "prepared" | "prediction"> & { done?: number };

/** A genesis for people: what is divided, among whom, how, by which plan, and what was found. */
export function formatGenesis(shown: Shown, stream: "stdout" | "stderr" = "stdout"): string {
  const style = styleFor(stream);
  const { file, path } = shown.loaded.parsed;
  const { allocations, grants } = file;
  const line = (name: string, value: string): string => `  ${name.padEnd(14)}${value}`;
  const many = { team: `${grants.team.length} vesting grants`, investors: `${grants.investors.length} vesting grants`, community: `${grants.community.length} timelocks` };
  const about = { crowd: `to the ${file.distribution.kind}`, company: `to ${file.bankMultisig}`, ...many };
  const widest = Math.max(...["total" as const, ...BUCKETS].map((name) => formatHuman(allocations[name], "wei-lpt").length));
  const amount = (name: "total" | (typeof BUCKETS)[number]): string => formatHuman(allocations[name], "wei-lpt").padStart(widest);
  return [
    style.bold(`Genesis ${printable(path)}: profile ${file.profile}, chain ${file.chainId}`),
    ...BUCKETS.map((bucket) => line(bucket, `${amount(bucket)}  ${style.dim(about[bucket])}`)),
    line("total", amount("total")),
    line("grants start", new Date(Number(grants.startSeconds) * 1000).toISOString().replace(".000Z", "Z")),
    line("governance", `${file.governanceMultisig}  ${style.dim(file.unpause ? "unpaused before it takes over" : "takes over a paused Controller")}`),
    ...formatPlanLines(shown, line),
    ...(shown.findings.length === 0 ? [] : ["", formatFindings(shown.findings, stream)]),
  ].join("\n");
}

function formatPlanLines({ share, prepared, prediction, done = 0 }: Shown, line: (name: string, value: string) => string): string[] {
  return [
    ...(share === undefined ? [] : [line("recipients", `${share.recipients}, each ${formatHuman(share.tokensPerAllocationWei, "wei-lpt")}; ${share.remainderWei} wei are left over`), line("merkle root", share.root)]),
    ...(prepared === undefined
      ? []
      : [
          line("deployer", `${prepared.plan.from}, from nonce ${prepared.plan.firstNonce} on`),
          line("transactions", `${prepared.plan.transactions.length}${done === 0 ? "" : `, ${done} of them mined`}`),
          line("Controller", prepared.suite.controller),
          line("plan hash", prepared.planHash),
        ]),
    ...(prediction === undefined ? [] : [line("gas", prediction.gasUsed.toString()), line("state hash", hashPrediction(prediction))]),
  ];
}

/** The same as data. */
export function describeGenesis({ loaded, findings, share, prepared, prediction }: Shown): Record<string, unknown> {
  const { file, path } = loaded.parsed;
  return {
    file: path,
    fileHash: loaded.fileHash,
    chainId: file.chainId,
    profile: file.profile,
    allocations: file.allocations,
    grants: { startSeconds: file.grants.startSeconds, team: file.grants.team.length, investors: file.grants.investors.length, community: file.grants.community.length },
    share: share ?? null,
    plan:
      prepared === undefined
        ? null
        : {
            hash: prepared.planHash,
            deployer: prepared.plan.from,
            firstNonce: prepared.plan.firstNonce,
            transactions: prepared.plan.transactions.length,
            controller: prepared.suite.controller,
            gas: prediction?.gasUsed ?? null,
            stateHash: prediction === undefined ? null : hashPrediction(prediction),
          },
    findings,
  };
}
