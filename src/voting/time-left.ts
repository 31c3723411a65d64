import type { Rpc } from "../chain/rpc.ts";
import { readContractBlock } from "./contract-block.ts";
import { readRounds } from "./rounds.ts";
import type { ClockMode, VoteFacts } from "./vote.ts";

/** How long until something about a vote changes by itself. */
export interface TimeLeft {
  what: "votes are taken" | "votes are no longer taken" | "it can be executed";
  /** In units of the vote's clock: through the end of which round, block or second. */
  until: bigint;
  unit: ClockMode;
  /** Units of the clock that pass until then; 0 in the last one. */
  units: bigint;
  /** As contracts count them; undefined for a clock of seconds. */
  blocks: bigint | undefined;
  seconds: bigint | undefined;
}

/** How long a block takes, as contracts count them. */
export type BlockMilliseconds = bigint | undefined;

/** Undefined for a vote that changes no more, or only when somebody does something. */
export async function readTimeLeft(rpc: Rpc, vote: VoteFacts, blockMilliseconds: BlockMilliseconds): Promise<TimeLeft | undefined> {
  const { contractNumber, timestampSeconds } = await readContractBlock(rpc, "latest");
  const inBlocks = (what: TimeLeft["what"], unit: ClockMode, until: bigint, units: bigint, blocks: bigint): TimeLeft => ({
    what,
    until,
    unit,
    units,
    blocks,
    seconds: blockMilliseconds === undefined ? undefined : (blocks * blockMilliseconds) / 1_000n,
  });
  if (vote.kind === "poll") {
    return vote.state === "over" ? undefined : inBlocks("votes are no longer taken", "blocks", vote.endBlock, vote.endBlock - contractNumber, vote.endBlock - contractNumber);
  }
  if (vote.state === "queued" && vote.etaSeconds !== undefined) {
    const seconds = vote.etaSeconds > timestampSeconds ? vote.etaSeconds - timestampSeconds : 0n;
    return { what: "it can be executed", until: vote.etaSeconds, unit: "seconds", units: seconds, blocks: undefined, seconds };
  }
  if (vote.state !== "pending" && vote.state !== "active") return undefined;
  const [what, until] = vote.state === "pending" ? (["votes are taken", vote.snapshot] as const) : (["votes are no longer taken", vote.deadline] as const);
  const units = until > vote.clock ? until - vote.clock : 0n;
  switch (vote.clockMode) {
    case "seconds":
      return { what, until, unit: "seconds", units, blocks: undefined, seconds: units };
    case "blocks":
      return inBlocks(what, "blocks", until, units, units);
    case "rounds": {
      const span = vote.token === undefined ? undefined : await readRounds(rpc, vote.token);
      if (span === undefined) return { what, until, unit: "rounds", units, blocks: undefined, seconds: undefined };
      const end = span.startBlock + (until - span.current + 1n) * span.lengthBlocks;
      return inBlocks(what, "rounds", until, units, end > contractNumber ? end - contractNumber : 0n);
    }
  }
}
