import { readFunction } from "../chain/read-function.ts";
import { localAccounts } from "../node/local-accounts.ts";
import type { Proof } from "./rehearsal.ts";
import { addressIn, type Stage } from "./stage.ts";

/** Views of the JobsManager that cover every kind of its storage: packed and plain values, a mapping, structs with text. */
const VIEWS: readonly { name: string; signature: string; args: (broadcaster: string) => unknown[] }[] = [
  { name: "verificationRate", signature: "function verificationRate() view returns (uint64)", args: () => [] },
  { name: "verificationPeriod", signature: "function verificationPeriod() view returns (uint256)", args: () => [] },
  { name: "verificationSlashingPeriod", signature: "function verificationSlashingPeriod() view returns (uint256)", args: () => [] },
  { name: "doubleClaimSegmentSlashAmount", signature: "function doubleClaimSegmentSlashAmount() view returns (uint256)", args: () => [] },
  { name: "finderFee", signature: "function finderFee() view returns (uint256)", args: () => [] },
  { name: "numJobs", signature: "function numJobs() view returns (uint256)", args: () => [] },
  {
    name: "broadcasters[broadcaster]",
    signature: "function broadcasters(address) view returns (uint256 deposit, uint256 withdrawBlock)",
    args: (broadcaster) => [broadcaster],
  },
  {
    name: "job 0",
    signature:
      "function getJob(uint256 jobId) view returns (string streamId, string transcodingOptions, uint256 maxPricePerSegment, address broadcasterAddress, address transcoderAddress, uint256 creationRound, uint256 creationBlock, uint256 endBlock, uint256 escrow, uint256 totalClaims)",
    args: () => [0n],
  },
  { name: "controller", signature: "function controller() view returns (address)", args: () => [] },
];

/** The state behind the JobsManager proxy, as its own functions tell it. */
export async function readJobsState(stage: Stage): Promise<Record<string, string>> {
  const { project } = stage;
  const address = addressIn(stage, "JobsManager");
  const broadcaster = localAccounts().broadcaster.address;
  const values = await Promise.all(
    VIEWS.map(async ({ name, signature, args }): Promise<[string, string]> => {
      const answer = await readFunction(project.rpc, address, signature, args(broadcaster));
      return [name, answer.toArray().map(String).join(", ")];
    }),
  );
  return Object.fromEntries(values);
}

/** The same answers before and after. */
export function stateKept(before: Record<string, string>, after: Record<string, string>, what = "the state behind the proxy is kept"): Proof {
  const lost = Object.keys(before).filter((name) => before[name] !== after[name]);
  return {
    what,
    holds: lost.length === 0,
    detail:
      lost.length === 0
        ? `${Object.keys(before).length} values read before and after are equal (${Object.keys(before).join(", ")})`
        : lost.map((name) => `${name}: ${before[name] ?? ""} -> ${after[name] ?? ""}`).join("; "),
  };
}
