import type { Address } from "../../protocol/hex.ts";
import type { Profile } from "../../protocol/profiles.ts";
import type { Role } from "../actors/actor.ts";
import type { Misbehaviour } from "../actors/misbehaviour.ts";

/** How an actor fares: it does its work, it cannot for a reason that will pass, or its calls fail. */
export type Health = { state: "ok" } | { state: "waiting" | "failing"; reason: string };

/** Something that happened, told once. Plain data. */
export interface RunnerEvent {
  /** Counts up from 1 since the runner began, without a gap. */
  sequence: number;
  block: bigint;
  round: bigint;
  kind: EventKind;
  /** The actor it is about; null when none of the cast. */
  actor: string | null;
  /** One line, with the actor in it. */
  text: string;
}

export type EventKind =
  | "round" | "reward" | "missed-reward" | "bonding" | "pool" | "slash" | "job" | "claim" | "verification" | "fees" | "ticket" | "vote"
  | "pause" | "registry" | "parameter" | "health" | "chain";

export interface ActorStatus {
  name: string;
  role: Role;
  address: Address;
  misbehaviour: Misbehaviour | null;
  health: Health;
}

export interface ActiveTranscoder {
  address: Address;
  /** Null for one that is not of the cast. */
  name: string | null;
  stakeWei: bigint;
  lastRewardRound: bigint;
}

/** How many of each there have been since the runner began. */
export interface WorkCounts {
  rounds: bigint;
  rewards: bigint;
  missedRewards: bigint;
  jobs: bigint;
  claims: bigint;
  verifications: bigint;
  slashes: bigint;
  feesWei: bigint;
  tickets: bigint;
  /** Votes cast in polls and governors. */
  votes: bigint;
  /** Stake that went from one transcoder to another. */
  movedWei: bigint;
}

/** The protocol and its actors as they stand. Plain data, numbers read from the chain. */
export interface RunnerStatus {
  profile: Profile;
  seed: bigint;
  block: bigint;
  /** The newest block's own time. */
  blockTimestampSeconds: bigint;
  paused: boolean;
  round: { number: bigint; startBlock: bigint; endBlock: bigint; initialized: boolean; locked: boolean };
  supplyWei: bigint;
  bondedWei: bigint;
  /** Share of the supply that is active in this round, parts per million. */
  bondedPpm: bigint;
  inflation: { raw: bigint; human: string };
  mintableWei: bigint;
  mintedWei: bigint;
  activeSet: ActiveTranscoder[];
  work: WorkCounts;
  actors: ActorStatus[];
  /** The last ones, oldest first. */
  events: RunnerEvent[];
  /** Whether the chain answered when it was last asked, and if not, why. */
  chain: { reachable: true } | { reachable: false; reason: string };
  /** Rounds begun per second of real time, over the last ten seconds. */
  roundsPerSecond: number;
}
