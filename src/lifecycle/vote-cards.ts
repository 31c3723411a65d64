/** What the report says about the steps of a vote: who may propose, when it is open, what it takes to pass. */
import { formatClock, formatQuorum } from "../authority/format-authority.ts";
import type { VoteGovernorNode } from "../authority/node.ts";
import type { RouteStep } from "../authority/step.ts";
import { readTimelockDelay } from "../authority/vote-simulation.ts";
import type { Rpc } from "../chain/rpc.ts";
import { formatHuman } from "../protocol/units.ts";
import type { RouteCard } from "../report/report-data.ts";
import { formatWeight } from "../voting/format-weight.ts";
import { readGovernorTraits, type GovernorTraits } from "../voting/governor-traits.ts";
import { readRounds } from "../voting/rounds.ts";
import { lengthOf } from "./length-of.ts";
import type { BlockTime } from "./read-block-time.ts";

export type VoteCard = Pick<RouteCard, "waits" | "about" | "notes" | "brief"> & { who: string };

/** Undefined for any other step. */
export async function readVoteCard(rpc: Rpc, { kind, vote }: RouteStep, blockTime: BlockTime | undefined): Promise<VoteCard | undefined> {
  if (vote === undefined) return undefined;
  const { governor } = vote;
  const { votingDelay, votingPeriod, clockMode, timelock } = governor;
  const about = (units: bigint): Promise<string | undefined> => readLength(rpc, governor, units, blockTime);
  switch (kind) {
    case "vote-create":
      return { who: "whoever has enough votes", brief: `with ${amount(governor, governor.proposalThresholdWei)}`, notes: [{ label: "to propose", text: `at least ${amount(governor, governor.proposalThresholdWei)}` }] };
    case "vote": {
      const traits = await readGovernorTraits(rpc, governor.address);
      const quorum = formatQuorum(governor);
      return {
        who: "everybody with votes",
        waits: `opens after ${formatClock(votingDelay, clockMode)}`,
        about: await about(votingDelay),
        ...(quorum === undefined ? {} : { brief: `quorum ${quorum}` }),
        notes: [
          { label: "counts", text: `votes as they are when the vote opens${governor.votes === undefined ? "" : `, by ${governor.votes}`}` },
          ...(await quorumNotes(governor, traits)),
          { label: "passes", text: majority(traits) },
        ],
      };
    }
    case "vote-queue":
    case "vote-execute": {
      // Without a timelock, what passes the vote is executed at once.
      if (kind === "vote-queue" || timelock === undefined) return { who: "anyone", waits: `${formatClock(votingPeriod, clockMode)} of voting`, about: await about(votingPeriod) };
      const seconds = await readTimelockDelay(rpc, timelock);
      return { who: "anyone", waits: `${seconds} seconds after it is queued`, about: seconds < 120n ? undefined : lengthOf(seconds) };
    }
    default:
      return undefined;
  }
}

async function quorumNotes(governor: VoteGovernorNode, { quorumCounts, transcoderQuorumPpm }: GovernorTraits): Promise<NonNullable<RouteCard["notes"]>> {
  const share = formatQuorum(governor);
  return [
    ...(share === undefined ? [] : [{ label: "quorum", text: `${share} of all votes, ${quorumCounts.join(", ")} counted` }]),
    ...(transcoderQuorumPpm === undefined ? [] : [{ label: "transcoders", text: `must themselves cast ${formatHuman(transcoderQuorumPpm, "percent-1e6")} of the active stake` }]),
  ];
}

function majority({ rules, quotaPpm }: GovernorTraits): string {
  if (quotaPpm === undefined) return "with more votes for it than against it";
  const share = formatHuman(quotaPpm, "percent-1e6");
  return `with ${rules === "stake-governor" ? "more than" : "at least"} ${share} of the votes for and against`;
}

async function readLength(rpc: Rpc, node: VoteGovernorNode, units: bigint, blockTime: BlockTime | undefined): Promise<string | undefined> {
  if (node.clockMode === "seconds") return units < 120n ? undefined : lengthOf(units);
  const blocks = node.clockMode === "blocks" ? units : units * ((await readRounds(rpc, node.votes))?.lengthBlocks ?? 0n);
  return blockTime === undefined ? undefined : lengthOf((blocks * blockTime.milliseconds) / 1_000n);
}

function amount({ rules }: VoteGovernorNode, wei: bigint): string {
  return `${formatWeight(wei, rules)}${rules === "oz-governor" ? "" : " of stake"}`;
}
