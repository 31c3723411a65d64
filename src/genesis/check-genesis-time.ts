import type { BlockHeader } from "../chain/rpc.ts";
import { formatHuman } from "../protocol/units.ts";
import type { GenesisFindings } from "./genesis-findings.ts";
import { YEAR_SECONDS } from "./genesis-values.ts";
import type { ParsedGenesis } from "./parse-genesis-file.ts";

/** Time that a transaction may take to be mined; what is left until the grants start must be enough for all of them. */
const SECONDS_PER_TRANSACTION = 15n;
/** Blocks come late when nobody sends anything, on some chains. */
const CLOCKS_AGREE_SECONDS = 900n;
/** Until the start nothing vests and no timelock opens: later than this is a slip of the pen. */
const LIFETIME_SECONDS = 100n * YEAR_SECONDS;

export interface Clock {
  /** Of this machine. */
  nowSeconds: bigint;
  /** The newest one; undefined without a chain. */
  block?: Pick<BlockHeader, "number" | "timestampSeconds"> | undefined;
  /** How many there are to be sent. */
  transactions: number;
}

/**
 * The grants start in the future, by the clock that the contracts will read: that of the chain. A timelock reverts when it
 * is created after its release, and the community's bucket could then never be granted.
 */
export function checkGrantsStart({ file }: ParsedGenesis, findings: GenesisFindings, { nowSeconds, block, transactions }: Clock): void {
  const { startSeconds } = file.grants;
  const keyPath = ["grants", "start"];
  const clock = block === undefined ? "it is now" : `the time of block ${block.number} is`;
  const clockSeconds = block?.timestampSeconds ?? nowSeconds;
  if (block !== undefined) {
    const apart = nowSeconds > block.timestampSeconds ? nowSeconds - block.timestampSeconds : block.timestampSeconds - nowSeconds;
    if (apart > CLOCKS_AGREE_SECONDS) {
      findings.add(
        "warning",
        "genesis-clocks-differ",
        [],
        `The chain's clock is ${formatHuman(apart, "seconds")} ${nowSeconds > block.timestampSeconds ? "behind" : "ahead of"} that of this machine.`,
        `The newest block says ${formatInstant(block.timestampSeconds)}, this machine ${formatInstant(nowSeconds)}. The contracts go by the block's.`,
      );
    }
  }
  const needed = BigInt(transactions) * SECONDS_PER_TRANSACTION;
  if (startSeconds <= clockSeconds) {
    findings.add("refuse", "genesis-start-passed", keyPath, `The grants start at ${formatInstant(startSeconds)}, and ${clock} ${formatInstant(clockSeconds)}.`, "Timelocks cannot be created after their release.");
  } else if (startSeconds <= clockSeconds + needed) {
    findings.add(
      "refuse",
      "genesis-start-too-soon",
      keyPath,
      `The grants start at ${formatInstant(startSeconds)}, in ${formatHuman(startSeconds - clockSeconds, "seconds")}, and sending ${transactions} transactions may take ${formatHuman(needed, "seconds")}.`,
      "A timelock that is created too late reverts, and its tokens would stay in the GenesisManager. In 2018 there were four hours.",
    );
  } else if (startSeconds > clockSeconds + YEAR_SECONDS) {
    findings.add(
      startSeconds > clockSeconds + LIFETIME_SECONDS ? "refuse" : "warning",
      "genesis-start-far",
      keyPath,
      `The grants start at ${formatInstant(startSeconds)}, more than ${startSeconds > clockSeconds + LIFETIME_SECONDS ? "100 years" : "a year"} from now.`,
      "Until then nothing vests, and no timelock opens. Is that the moment that was meant?",
    );
  }
}

/** `2026-12-01T00:00:00Z` */
export function formatInstant(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s after 1970` : date.toISOString().replace(".000Z", "Z");
}
