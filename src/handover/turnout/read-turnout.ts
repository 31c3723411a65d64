import { readFunction, tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Project } from "../../inspection/project.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import { readVotes } from "../../voting/find/find-votes.ts";
import { readTallyInput } from "../../voting/tally/read-tally-input.ts";
import { tallyUnder } from "../../voting/tally/tally-under.ts";
import { isOver, voteReference, type VoteFacts } from "../../voting/vote.ts";
import { readVoteSources } from "../../voting/find/vote-sources.ts";
import { accountAt, type PrivilegeGraph } from "../graph/privilege.ts";
import type { TurnoutSettings } from "../target/target-schema.ts";
import { simulateTurnout, type PastTurnout, type QuorumNeeded, type TurnoutResult } from "./simulate-turnout.ts";

const DRAWS = 10_000;
const MOST_DRAWS = 1_000_000;
const SEED = 1n;
const BAR = 0.9;
/** Older votes say little about who votes now. */
const MOST_VOTES = 30;
const PPM = 1_000_000;

/** The governor that drives a timelock; undefined where people do. */
export function governorOf(graph: PrivilegeGraph, timelock: Address): Address | undefined {
  return graph.privileges.find(({ kind, contract, power, holder }) => kind === "role" && contract === timelock && power === "PROPOSER_ROLE" && accountAt(graph, holder).kind === "vote-governor")?.holder;
}

/**
 * How probable it is that a vote of this governor reaches what it needs, by what past votes show or the file states.
 * @throws LPCTL_HANDOVER_TURNOUT_UNKNOWN where there are no votes and nothing is stated
 */
export async function readTurnout(project: Project, governor: Address, settings: TurnoutSettings = {}): Promise<TurnoutResult> {
  const needed = await readQuorum(project.rpc, governor);
  const { distribution, transcoders } = settings;
  const common = { needed, draws: Math.min(MOST_DRAWS, Math.max(1, Number(settings.draws ?? DRAWS))), seed: BigInt(settings.seed ?? SEED), bar: settings.bar ?? BAR };
  if (distribution !== undefined) {
    if (transcoders === undefined && needed.transcoderShare > 0) throw unknownTurnout("the governor requires votes of transcoders themselves, and the file does not say how many of them vote", "turnout: {distribution: …, transcoders: {shares: [\"25%\"]}}");
    return simulateTurnout({ ...common, source: { kind: "stated", turnout: distribution, transcoders } });
  }
  const votes = await readPast(project, governor);
  if (votes.length === 0) throw unknownTurnout("no poll and no vote is over yet", 'turnout: {distribution: {triangular: {least: "20%", mode: "35%", most: "60%"}}, transcoders: {shares: ["25%"]}}');
  return simulateTurnout({ ...common, source: { kind: "past", votes } });
}

async function readQuorum(rpc: Rpc, governor: Address): Promise<QuorumNeeded> {
  const [[numerator], denominator, transcoders] = await Promise.all([
    readFunction(rpc, governor, "function quorumNumerator() view returns (uint256)"),
    tryReadFunction(rpc, governor, "function quorumDenominator() view returns (uint256)"),
    tryReadFunction(rpc, governor, "function transcoderQuorum() view returns (uint256)"),
  ]);
  return { quorumShare: Number(numerator as bigint) / Number((denominator?.[0] as bigint | undefined) ?? 100n), transcoderShare: Number((transcoders?.[0] as bigint | undefined) ?? 0n) / PPM };
}

async function readPast(project: Project, governor: Address): Promise<PastTurnout[]> {
  const { rpc, controller } = project;
  project.progress?.("Counting past votes");
  const votes = (await readVotes(rpc, await readVoteSources(rpc, controller, { governors: [governor] }))).filter(isCounted).slice(-MOST_VOTES);
  const past: PastTurnout[] = [];
  // One after the other: each reads the stake of all its voters.
  for (const vote of votes) past.push(await countOne(rpc, vote, controller));
  return past;
}

/** Voting has ended, and it was a vote of this protocol. */
function isCounted(vote: VoteFacts): boolean {
  if (vote.kind === "poll") return isOver(vote) && !vote.foreign;
  return vote.state !== "canceled" && (isOver(vote) || vote.state === "succeeded" || vote.state === "queued");
}

async function countOne(rpc: Rpc, vote: VoteFacts, controller: Address | undefined): Promise<PastTurnout> {
  // Of the stake that is active, as governors measure their quorum.
  const { participationWei, baseWei, rows, transcoders } = tallyUnder(vote.kind === "poll" ? "livepeer-explorer" : vote.rules, await readTallyInput(rpc, vote, { controller }));
  const own = transcoders?.castWei ?? rows.filter(({ voter, delegate }) => voter === delegate).reduce((sum, { effectiveWei }) => sum + effectiveWei, 0n);
  const shareOf = (amountWei: bigint): number => (baseWei === 0n ? 0 : Math.min(1, Number((amountWei * BigInt(PPM)) / baseWei) / PPM));
  return { vote: voteReference(vote), share: shareOf(participationWei), transcoderShare: shareOf(own) };
}

function unknownTurnout(why: string, example: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_HANDOVER_TURNOUT_UNKNOWN",
    exit: Exit.refused,
    message: "Nobody knows whether a vote would reach its quorum",
    why: `${why}; a handover to votes that never reach their quorum cannot be taken back`,
    next: `State in the handover file what you expect: ${example}`,
  });
}

/** Stops a handover that would leave the protocol without anybody who can act. @throws LPCTL_HANDOVER_QUORUM_UNREACHABLE */
export function requireReachable(result: TurnoutResult, accepted: string | undefined): void {
  if (result.reachable || accepted !== undefined) return;
  throw new LpctlError({
    code: "LPCTL_HANDOVER_QUORUM_UNREACHABLE",
    exit: Exit.refused,
    message: `A vote would reach its quorum in ${(result.probability * 100).toFixed(1)}% of ${result.draws} draws, and ${(result.bar * 100).toFixed(0)}% are wanted`,
    why: "who holds the Controller and cannot reach its quorum can change nothing any more, not even the quorum",
    next: 'Lower the quorum first, or have more stake vote; whoever knows better says why: --accept-turnout "reason"',
    details: { probability: result.probability, quorumProbability: result.quorumProbability, transcoderProbability: result.transcoderProbability, quorumShare: result.needed.quorumShare, transcoderShare: result.needed.transcoderShare },
  });
}
