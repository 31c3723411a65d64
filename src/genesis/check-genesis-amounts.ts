import { formatHuman } from "../protocol/units.ts";
import { BUCKETS, GRANT_BUCKETS, type GrantBucket } from "./genesis-file.ts";
import type { GenesisFindings } from "./genesis-findings.ts";
import type { ParsedGenesis } from "./parse-genesis-file.ts";
import { YEAR_SECONDS } from "./genesis-values.ts";

const LONG_YEARS = 10n;
/** Nobody lives to see it: a wrong unit. */
const LIFETIME_YEARS = 100n;

/**
 * Every sum, to the wei: the buckets are the total, the grants are their bucket. The contract lets grants stay below their
 * bucket, and what is left then is locked in the GenesisManager for ever. Terms of vesting make sense.
 */
export function checkGenesisAmounts({ file }: ParsedGenesis, findings: GenesisFindings): void {
  const { allocations } = file;
  const sumWei = BUCKETS.reduce((sum, bucket) => sum + allocations[bucket], 0n);
  if (allocations.total === 0n) findings.add("refuse", "genesis-no-supply", ["allocations", "total"], "The first supply is 0 LPT.");
  if (sumWei !== allocations.total) {
    findings.add("refuse", "genesis-allocation-sum", ["allocations", "total"], `The buckets hold ${lpt(sumWei)}, not the total of ${lpt(allocations.total)}: ${byHowMuch(sumWei, allocations.total)}.`);
  }
  if (allocations.crowd === 0n && file.distribution.kind === "merkle-mine") {
    findings.add("refuse", "genesis-crowd-empty", ["allocations", "crowd"], "The crowd's bucket is empty, and a MerkleMine distributes it.");
  }
  for (const bucket of GRANT_BUCKETS) checkBucket(bucket, file, findings);
  for (const bucket of ["team", "investors"] as const) {
    for (const [index, grant] of file.grants[bucket].entries()) {
      const at = (key: string): PropertyKey[] => ["grants", bucket, index, key];
      if (grant.cliffSeconds > grant.durationSeconds) {
        findings.add("refuse", "genesis-cliff-after-end", at("cliff"), `The cliff (${span(grant.cliffSeconds)}) is longer than the vesting (${span(grant.durationSeconds)}): the contract would revert.`);
      }
      if (grant.durationSeconds === 0n) findings.add("refuse", "genesis-no-vesting", at("duration"), "A vesting of no length locks nothing.", "A grant that is free at the start is one of the community's.");
      if (grant.durationSeconds > LONG_YEARS * YEAR_SECONDS) {
        findings.add(grant.durationSeconds > LIFETIME_YEARS * YEAR_SECONDS ? "refuse" : "warning", "genesis-long-vesting", at("duration"), `This grant vests over ${span(grant.durationSeconds)}.`, "Is that the unit that was meant?");
      }
    }
  }
}

function checkBucket(bucket: GrantBucket, file: ParsedGenesis["file"], findings: GenesisFindings): void {
  const grants = file.grants[bucket];
  for (const [index, { amountWei }] of grants.entries()) {
    if (amountWei === 0n) findings.add("refuse", "genesis-grant-of-nothing", ["grants", bucket, index, "amount"], "This grant is of 0 LPT.");
  }
  const grantedWei = grants.reduce((sum, { amountWei }) => sum + amountWei, 0n);
  const bucketWei = file.allocations[bucket];
  if (grantedWei === bucketWei) return;
  findings.add(
    "refuse",
    grantedWei > bucketWei ? "genesis-bucket-overfilled" : "genesis-bucket-not-filled",
    ["allocations", bucket],
    `The ${grants.length} grants of ${bucket} come to ${lpt(grantedWei)}, its bucket holds ${lpt(bucketWei)}: ${byHowMuch(grantedWei, bucketWei)}.`,
    grantedWei > bucketWei ? "The contract would revert at the grant that is one too many." : "What is not granted would be locked in the GenesisManager for ever.",
  );
}

function lpt(wei: bigint): string {
  return formatHuman(wei, "wei-lpt");
}

function byHowMuch(found: bigint, wanted: bigint): string {
  return found > wanted ? `${lpt(found - wanted)} too much` : `${lpt(wanted - found)} too little`;
}

function span(seconds: bigint): string {
  return seconds !== 0n && seconds % YEAR_SECONDS === 0n ? `${seconds / YEAR_SECONDS} years` : formatHuman(seconds, "seconds");
}
